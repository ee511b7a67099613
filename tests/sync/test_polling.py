"""Polling: sessions are settled without a webhook and without a browser's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import _polling
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
    assert _polling.poll(client=stackone) == 2
    assert read(session) == ("completed", "create", made.account_id)
    assert read(rival) == ("issued", "", "")


def test_a_session_without_attempt_is_settled_by_the_owners_accounts(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    made = stackone.link(owner.origin_owner_id)
    stackone.link("another-owner")
    _polling.poll(client=stackone)
    assert read(session) == ("completed", "create", made.account_id)
    assert LinkedAccount.objects.count() == 1


def test_a_denied_consent_is_kept_and_settles_nothing(
    session: ConnectSession, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt(status="error", code="access_denied")
    _polling.poll(client=stackone)
    assert read(session) == ("issued", "", "")
    assert (session.attempt_status, session.attempt_code) == ("error", "access_denied")


def test_a_guess_is_corrected_by_an_attempt_that_is_heard_of_later(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id)
    _polling.poll(client=stackone)
    second = stackone.link(owner.origin_owner_id)
    stackone.attempts[session.stackone_id] = attempt(second.account_id)
    _polling.poll(client=stackone)
    assert read(session) == ("completed", "create", second.account_id)


def test_what_was_learned_of_attempts_is_kept_when_the_list_cant_be_had(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner, stackone_created_at=clock.now())
    stackone.attempts[session.stackone_id] = attempt(account.account_id)
    stackone.failing["accounts_of"] = StackOneBadAnswerError()
    assert _polling.poll(client=stackone) == 0
    assert read(session) == ("completed", "create", account.account_id)


def test_a_session_whose_id_stackone_left_out_is_settled_by_the_list(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner, stackone_id="")
    stackone.link(owner.origin_owner_id)
    _polling.poll(client=stackone)
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
    assert _polling.poll(client=stackone) == is_asked
    assert bool(stackone.calls) == is_asked


def test_one_owner_can_be_asked_about_alone(
    session: ConnectSession, stackone: FakeStackOne
) -> None:
    other = SessionFactory.create()
    _polling.poll(client=stackone, owner=session.owner)
    assert ("latest_attempt", session.stackone_id) in stackone.calls
    assert ("latest_attempt", other.stackone_id) not in stackone.calls


# --- Bounds --------------------------------------------------------------------------------------


def asked(stackone: FakeStackOne) -> list[str]:
    """StackOne's ids of the sessions that were asked about since this was last called."""
    found = [argument for name, argument in stackone.calls if name == "latest_attempt"]
    stackone.calls.clear()
    return found


def ids(*sessions: ConnectSession) -> set[str]:
    return {session.stackone_id for session in sessions}


def test_each_owner_has_one_session_asked_about_before_any_has_its_second(
    stackone: FakeStackOne,
) -> None:
    SessionFactory.create_batch(300, owner=OwnerFactory.create())
    pair = SessionFactory.create_batch(2, owner=OwnerFactory.create())
    alone = SessionFactory.create()
    assert _polling.poll(client=stackone, limit=3) == 3
    assert len(ids(*pair, alone) & set(asked(stackone))) == 2
    assert _polling.poll(client=stackone, limit=5) == 5
    assert len(ids(*pair, alone) & set(asked(stackone))) == 3


def test_nobody_waits_longer_than_it_takes_to_ask_about_all(stackone: FakeStackOne) -> None:
    sessions = [
        session
        for owner in OwnerFactory.create_batch(3)
        for session in SessionFactory.create_batch(3, owner=owner)
    ]
    for _ in range(3):
        assert _polling.poll(client=stackone, limit=3) == 3
        assert stackone.names.count("accounts_of") == 3
        once = asked(stackone)
        assert len({s.owner_id for s in sessions if s.stackone_id in once}) == 3
        sessions = [s for s in sessions if s.stackone_id not in once]
    assert not sessions


def test_more_owners_than_one_poll_asks_about_take_turns(stackone: FakeStackOne) -> None:
    SessionFactory.create_batch(2, owner=OwnerFactory.create())
    sessions = SessionFactory.create_batch(5)
    seen: set[str] = set()
    for _ in range(4):
        _polling.poll(client=stackone, limit=2)
        seen |= set(asked(stackone))
    assert ids(*sessions) <= seen


def test_new_sessions_do_not_keep_an_older_one_of_their_owner_waiting(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    _polling.poll(client=stackone, limit=1)
    assert asked(stackone) == [session.stackone_id]
    for _ in range(3):
        SessionFactory.create(owner=owner, created_at=clock.now())
    seen: list[str] = []
    for _ in range(4):
        SessionFactory.create(owner=owner, created_at=clock.now())
        _polling.poll(client=stackone, limit=1)
        seen += asked(stackone)
    assert session.stackone_id in seen


def test_an_owner_that_stackone_refuses_is_not_asked_about_first_each_time(
    session: ConnectSession, stackone: FakeStackOne
) -> None:
    other = SessionFactory.create()
    stackone.failing["accounts_of"] = StackOneBadAnswerError()
    _polling.poll(client=stackone, limit=1)
    _polling.poll(client=stackone, limit=1)
    assert asked(stackone) == [session.stackone_id, other.stackone_id]


def test_sessions_that_there_was_no_time_for_keep_their_turn(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = SessionFactory.create_batch(3, owner=owner)
    passed = iter([False, True, False, True])
    monkeypatch.setattr(Deadline, "passed", lambda self: next(passed))
    assert _polling.poll(client=stackone, limit=3) == 1
    assert _polling.poll(client=stackone, limit=3) == 1
    assert asked(stackone) == [sessions[0].stackone_id, sessions[1].stackone_id]


def test_few_sessions_are_in_memory_at_once(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = SessionFactory.create_batch(12, owner=owner)
    monkeypatch.setattr(_polling, "AT_ONCE", 5)
    made: list[int] = []
    ask = _polling._poll_owner

    def spy(owner: OriginOwner, few: Any, *others: Any) -> int:
        made.append(len(few))
        return ask(owner, few, *others)

    monkeypatch.setattr(_polling, "_poll_owner", spy)
    assert _polling.poll(client=stackone, limit=None) == 12
    assert made == [5, 5, 2]
    assert sorted(asked(stackone)) == sorted(ids(*sessions))


def test_without_a_limit_every_one_is_asked_about(stackone: FakeStackOne) -> None:
    owner = OwnerFactory.create()
    SessionFactory.create_batch(12, owner=owner)
    assert _polling.poll(client=stackone, limit=None) == 12
    assert stackone.names.count("latest_attempt") == 12
    assert stackone.names.count("accounts_of") == 1


def test_every_call_has_a_deadline(session: ConnectSession, stackone: FakeStackOne) -> None:
    _polling.poll(client=stackone)
    assert stackone.names == ["latest_attempt", "accounts_of"]
    assert 0 < stackone.remaining[0] <= _polling.ATTEMPT_SECONDS
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
    assert _polling.poll(client=stackone) == 0
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
    _polling.poll(client=stackone)
    assert stackone.names.count("accounts_of") == 3


def test_an_attempt_that_cant_be_read_leaves_the_rest(
    session: ConnectSession, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.failing["latest_attempt"] = StackOneRejectedError()
    stackone.link(owner.origin_owner_id)
    assert _polling.poll(client=stackone) == 1
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
        _polling.poll(client=stackone)
        assert read(session) == ("completed", "create", made.account_id)
