"""Polling: sessions are settled without a webhook and without a browser's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import polling
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


def attempt(account_id: str = "", status: str = "authenticated", code: str = "") -> Any:
    return ConnectionAttempt(status=status, code=code, account_id=account_id, at=clock.now())


@pytest.fixture
def session(owner: OriginOwner) -> ConnectSession:
    return SessionFactory.create(owner=owner)


def read(session: ConnectSession) -> tuple[str, str, str]:
    session.refresh_from_db()
    return session.status, session.outcome, session.account_id


# --- What settles a session ----------------------------------------------------------------------


def test_a_session_is_settled_by_its_attempt(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    rival = SessionFactory.create(owner=owner)
    made = stackone.link(owner.origin_owner_id)
    stackone.attempts[session.stackone_id] = attempt(made.account_id)
    assert polling.poll(client=stackone) == 2
    assert read(session) == ("completed", "create", made.account_id)
    assert read(rival) == ("issued", "", "")


def test_a_session_without_attempt_is_settled_by_the_owners_accounts(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    made = stackone.link(owner.origin_owner_id)
    stackone.link("another-owner")
    polling.poll(client=stackone)
    assert read(session) == ("completed", "create", made.account_id)
    assert LinkedAccount.objects.count() == 1


def test_a_denied_consent_is_kept_and_settles_nothing(
    session: ConnectSession, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt(status="error", code="access_denied")
    polling.poll(client=stackone)
    assert read(session) == ("issued", "", "")
    assert (session.attempt_status, session.attempt_code) == ("error", "access_denied")


def test_a_guess_is_corrected_by_an_attempt_that_is_heard_of_later(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id)
    polling.poll(client=stackone)
    second = stackone.link(owner.origin_owner_id)
    stackone.attempts[session.stackone_id] = attempt(second.account_id)
    polling.poll(client=stackone)
    assert read(session) == ("completed", "create", second.account_id)


def test_what_was_learned_of_attempts_is_kept_when_the_list_cant_be_had(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner, stackone_created_at=clock.now())
    stackone.attempts[session.stackone_id] = attempt(account.account_id)
    stackone.failing["accounts_of"] = StackOneBadAnswerError()
    assert polling.poll(client=stackone) == 0
    assert read(session) == ("completed", "create", account.account_id)


def test_a_session_whose_id_stackone_left_out_is_settled_by_the_list(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner, stackone_id="")
    stackone.link(owner.origin_owner_id)
    polling.poll(client=stackone)
    assert read(session)[:2] == ("completed", "create")
    assert stackone.names == ["accounts_of"]


# --- Which sessions are asked about --------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "is_asked"),
    [
        pytest.param({}, True, id="open"),
        pytest.param({"expires_in": -59}, True, id="expired within the hour"),
        pytest.param({"expires_in": -61}, False, id="expired more than an hour ago"),
        pytest.param({"status": "pending"}, False, id="pending"),
        pytest.param({"status": "failed"}, False, id="failed"),
        pytest.param({"attempt_account_id": "a", "attempt_status": "ok"}, False, id="attempt"),
        pytest.param({"attempt_status": "error"}, True, id="attempt that came to nothing"),
        pytest.param({"claimed_account_id": "a", "claimed_at": clock.now()}, True, id="claim"),
        pytest.param(
            {
                "status": "completed",
                "outcome": "create",
                "account_id": "a",
                "completed_at": clock.now(),
            },
            True,
            id="settled by a guess",
        ),
    ],
)
def test_sessions_are_asked_about_until_an_hour_past_their_end(
    facts: dict[str, Any], is_asked: bool, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    facts = dict(facts)
    expires_at = clock.now() + timedelta(minutes=facts.pop("expires_in", 10))
    SessionFactory.create(owner=owner, expires_at=expires_at, **facts)
    assert polling.poll(client=stackone) == is_asked
    assert bool(stackone.calls) == is_asked


def test_one_owner_can_be_asked_about_alone(
    session: ConnectSession, stackone: FakeStackOne
) -> None:
    other = SessionFactory.create()
    polling.poll(client=stackone, owner=session.owner)
    assert ("latest_attempt", session.stackone_id) in stackone.calls
    assert ("latest_attempt", other.stackone_id) not in stackone.calls


# --- Bounds --------------------------------------------------------------------------------------


def test_one_poll_asks_about_so_many_sessions_and_chance_lets_none_wait_for_ever(
    stackone: FakeStackOne,
) -> None:
    for owner in OwnerFactory.create_batch(3):
        SessionFactory.create_batch(3, owner=owner)
    assert polling.poll(client=stackone, limit=4) == 4
    assert stackone.names.count("latest_attempt") == 4
    assert 2 <= stackone.names.count("accounts_of") <= 3
    for _ in range(50):
        polling.poll(client=stackone, limit=4)
    asked = {argument for name, argument in stackone.calls if name == "latest_attempt"}
    assert asked == set(ConnectSession.objects.values_list("stackone_id", flat=True))


def test_without_a_limit_every_one_is_asked_about(stackone: FakeStackOne) -> None:
    owner = OwnerFactory.create()
    SessionFactory.create_batch(12, owner=owner)
    assert polling.poll(client=stackone, limit=None) == 12
    assert stackone.names.count("latest_attempt") == 12
    assert stackone.names.count("accounts_of") == 1


def test_every_call_has_a_deadline(session: ConnectSession, stackone: FakeStackOne) -> None:
    polling.poll(client=stackone)
    assert stackone.names == ["latest_attempt", "accounts_of"]
    assert 0 < stackone.remaining[0] <= polling.ATTEMPT_SECONDS
    assert 0 < stackone.remaining[1] <= 12


@pytest.mark.parametrize(
    "error",
    [StackOneUnavailableError, StackOneRateLimitedError, StackOneMisconfiguredError],
)
def test_a_stackone_that_answers_nobody_ends_the_poll(
    error: type[Any], stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    SessionFactory.create_batch(3)
    stackone.failing["accounts_of"] = error()
    assert polling.poll(client=stackone) == 0
    assert stackone.names.count("accounts_of") == 1
    assert lines("connect_session.polling_stopped") == [
        f"connect_session.polling_stopped code={error.code}"
    ]


@pytest.mark.parametrize("error", [StackOneBadAnswerError, StackOneRejectedError])
def test_one_owner_that_stackone_refuses_does_not_stand_in_the_others_way(
    error: type[Any], stackone: FakeStackOne
) -> None:
    SessionFactory.create_batch(3)
    stackone.failing["accounts_of"] = error()
    polling.poll(client=stackone)
    assert stackone.names.count("accounts_of") == 3


def test_an_attempt_that_cant_be_read_leaves_the_rest(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.failing["latest_attempt"] = StackOneRejectedError()
    stackone.link(owner.origin_owner_id)
    assert polling.poll(client=stackone) == 1
    assert read(session)[:2] == ("completed", "create")


# --- Accounts that share a session ---------------------------------------------------------------


def test_polling_says_the_same_in_whatever_order_stackone_lists(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner, provider="", sent={"expires_in": 1800})
    moved = AccountFactory.create(owner=owner)
    stackone.accounts[moved.account_id] = snapshot_of(moved)
    stackone.touch(moved.account_id)
    made = stackone.link(owner.origin_owner_id, provider="personio")
    for _ in range(2):
        stackone.accounts = dict(reversed(stackone.accounts.items()))
        polling.poll(client=stackone)
        assert read(session) == ("completed", "create", made.account_id)
