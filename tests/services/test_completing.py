"""``sessions.complete``: StackOne is asked, then believed; whatever the browser says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.api.serializers import SessionSerializer
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt
from stackone_connect.exceptions import (
    AccountNotFoundError,
    SessionConflictError,
    SessionNotFoundError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import sessions
from stackone_connect.services._reconcile import reconcile
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.services.conftest import Meeting


def complete(session: ConnectSession, account_id: str) -> ConnectSession:
    return sessions.complete(
        organization=organization_of(session.owner), session_id=session.pk, account_id=account_id
    )


def rows() -> list[dict[str, Any]]:
    """Every fact that there is."""
    return [
        dict(row)
        for table in (OriginOwner, ConnectSession, LinkedAccount)
        for row in table._default_manager.order_by("pk").values()
    ]


@pytest.fixture
def session(owner: OriginOwner) -> ConnectSession:
    """A session for bamboohr, issued a minute ago."""
    return SessionFactory.create(owner=owner)


@pytest.fixture
def made(owner: OriginOwner, stackone: FakeStackOne) -> AccountSnapshot:
    """An account that came into being after the session was issued."""
    return stackone.link(owner.origin_owner_id)


@pytest.fixture
def old(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    """An account from before the session, untouched since."""
    account = AccountFactory.create(owner=owner)
    stackone.accounts[account.account_id] = snapshot_of(account)
    return account


# --- What came of it -------------------------------------------------------------------------


def test_a_new_account_was_created(
    session: ConnectSession, made: AccountSnapshot, told: list[Any]
) -> None:
    done = complete(session, made.account_id)
    assert (done.status, done.outcome, done.account_id) == ("completed", "create", made.account_id)
    assert done.completed_at is not None
    account = LinkedAccount.objects.get()
    assert told == [("account_linked", account.pk), ("session_completed", session.pk)]


def test_a_new_account_of_a_session_for_several_is_another_one(
    owner: OriginOwner, made: AccountSnapshot, old: LinkedAccount
) -> None:
    session = SessionFactory.create(
        owner=owner, path="multiple", sent={"multiple": True, "expires_in": 1800}
    )
    assert complete(session, made.account_id).outcome == "multiple"


def test_an_account_that_moved_was_updated(
    session: ConnectSession, old: LinkedAccount, stackone: FakeStackOne, told: list[Any]
) -> None:
    stackone.touch(old.account_id)
    done = complete(session, old.account_id)
    assert (done.status, done.outcome, done.account_id) == ("completed", "update", old.account_id)
    assert [name for name, _ in told] == ["account_updated", "session_completed"]


def test_a_false_success_stays_issued_and_is_judged_again_when_more_is_known(
    session: ConnectSession, old: LinkedAccount, stackone: FakeStackOne, told: list[Any]
) -> None:
    """The hub reports success also when StackOne refused the edit (StackOne notes §20.3)."""
    done = complete(session, old.account_id)
    assert (done.status, done.outcome, done.account_id) == ("issued", "", "")
    assert done.claimed_account_id == old.account_id
    assert told == []
    edited = stackone.touch(old.account_id)
    reconcile(project=session.owner.project, fetch=FetchNumber.take(), present=[edited])
    session.refresh_from_db()
    assert (session.status, session.outcome) == ("completed", "update")


def test_a_false_success_that_is_repeated_asks_stackone_again(
    session: ConnectSession, old: LinkedAccount, stackone: FakeStackOne
) -> None:
    complete(session, old.account_id)
    stackone.touch(old.account_id)
    assert complete(session, old.account_id).outcome == "update"
    assert stackone.names.count("get_account") == 2


def test_a_session_may_be_completed_after_it_expired(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner, created_at=clock.now() - timedelta(minutes=40))
    assert session.effective_status() == "expired"
    account = stackone.link(owner.origin_owner_id)
    assert complete(session, account.account_id).effective_status() == "completed"


def test_the_account_asked_for_may_be_completed(
    owner: OriginOwner, old: LinkedAccount, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner, requested_account_id=old.account_id)
    stackone.touch(old.account_id)
    assert complete(session, old.account_id).outcome == "update"


# --- Saying it again -------------------------------------------------------------------------


def test_saying_it_twice_is_the_same_answer_and_signalled_once(
    session: ConnectSession,
    made: AccountSnapshot,
    stackone: FakeStackOne,
    told: list[Any],
    lines: Callable[..., list[str]],
) -> None:
    first = complete(session, made.account_id)
    calls, before = list(stackone.calls), rows()
    again = complete(session, made.account_id)
    assert SessionSerializer(again).data == SessionSerializer(first).data
    assert (stackone.calls, rows()) == (calls, before)
    assert [name for name, _ in told].count("session_completed") == 1
    assert len(lines("connect_session.completed")) == 1


def test_what_was_known_already_may_be_said_all_the_same(
    session: ConnectSession, made: AccountSnapshot, told: list[Any]
) -> None:
    reconcile(project=session.owner.project, fetch=FetchNumber.take(), present=[made])
    session.refresh_from_db()
    assert (session.status, session.account_id) == ("completed", made.account_id)
    assert complete(session, made.account_id).outcome == "create"
    assert [name for name, _ in told].count("session_completed") == 1


def test_a_session_whose_outcome_is_revised_is_signalled_once_all_the_same(
    session: ConnectSession,
    made: AccountSnapshot,
    stackone: FakeStackOne,
    told: list[Any],
    lines: Callable[..., list[str]],
) -> None:
    assert complete(session, made.account_id).outcome == "create"
    # StackOne says that the account was another session's doing …
    other = SessionFactory.create(owner=session.owner)
    stackone.attempts[other.stackone_id] = ConnectionAttempt(
        status="authenticated", code="", account_id=made.account_id, at=made.created_at
    )
    assert complete(other, made.account_id).outcome == "create"
    session.refresh_from_db()
    assert (session.status, session.outcome) == ("issued", "")
    # … and then that it was changed once more.
    later = clock.now() + timedelta(minutes=1)
    edited = replace(made, updated_at=later)
    reconcile(project=session.owner.project, fetch=FetchNumber.take(), present=[edited])
    session.refresh_from_db()
    assert (session.status, session.outcome) == ("completed", "update")
    assert [pk for name, pk in told if name == "session_completed"] == [session.pk, other.pk]
    assert lines("connect_session.revised")


# --- What can't be ---------------------------------------------------------------------------


def test_an_unknown_account_changes_nothing(
    session: ConnectSession, stackone: FakeStackOne, told: list[Any]
) -> None:
    before = rows()
    with pytest.raises(AccountNotFoundError):
        complete(session, "unknown")
    assert (rows(), told) == (before, [])


def test_an_account_of_another_owner_changes_nothing_and_the_operator_is_told(
    session: ConnectSession,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    foreign = stackone.link("another-owner")
    before = rows()
    with pytest.raises(AccountNotFoundError):
        complete(session, foreign.account_id)
    assert rows() == before
    [line] = lines()
    assert line.startswith("account.of_another_owner ")
    assert [r.levelno for r in caplog.records if r.getMessage() == line] == [logging.WARNING]


def test_an_account_that_is_gone_at_stackone_is_gone_here(
    session: ConnectSession, old: LinkedAccount, stackone: FakeStackOne, told: list[Any]
) -> None:
    del stackone.accounts[old.account_id]
    with pytest.raises(AccountNotFoundError):
        complete(session, old.account_id)
    old.refresh_from_db()
    assert old.disconnected_at is not None
    assert told == [("account_disconnected", old.pk)]


def test_an_unknown_session_is_not_found(owner: OriginOwner, stackone: FakeStackOne) -> None:
    for session_id in ("6b2f1a1e-3c55-4c7c-9a51-2f8a3c1f0000", "garbage", "", None, 7, "\x00"):
        with pytest.raises(SessionNotFoundError):
            sessions.complete(
                organization=organization_of(owner), session_id=session_id, account_id="a"
            )
    assert stackone.calls == []


CONFLICTS: dict[str, dict[str, Any]] = {
    "for another provider": {"provider": "gusto"},
    "for another account": {"requested_account_id": "another"},
    "completed with another account": {
        "status": "completed",
        "outcome": "create",
        "account_id": "another",
        "completed_at": clock.now(),
        "claimed_account_id": "another",
        "claimed_at": clock.now(),
    },
    "pending": {"status": "pending", "stackone_created_at": None, "expires_at": None},
    "failed": {"status": "failed", "stackone_created_at": None, "expires_at": None},
}


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_is_told_and_the_account_recorded_all_the_same(
    conflict: str, owner: OriginOwner, made: AccountSnapshot, told: list[Any]
) -> None:
    session = SessionFactory.create(
        owner=owner, created_at=clock.now() - timedelta(minutes=5), **CONFLICTS[conflict]
    )
    before = ConnectSession.objects.values().get()
    for _ in range(2):
        with pytest.raises(SessionConflictError):
            complete(session, made.account_id)
    assert ConnectSession.objects.values().get() == before
    assert LinkedAccount.objects.get().account_id == made.account_id
    assert [name for name, _ in told] == ["account_linked"]


def test_two_workers_with_different_accounts_leave_one_completion_and_both_accounts(
    meeting: Meeting, stackone: FakeStackOne, told: list[Any]
) -> None:
    owner = OwnerFactory.create()
    session = SessionFactory.create(owner=owner, provider="", sent={"expires_in": 1800})
    one, other = (stackone.link(owner.origin_owner_id) for _ in range(2))
    stackone.during["get_account"] = meeting.point
    results = meeting.run(
        lambda: complete(session, one.account_id), lambda: complete(session, other.account_id)
    )
    assert {type(each) for each in results} == {ConnectSession, SessionConflictError}, results
    [done] = [each for each in results if isinstance(each, ConnectSession)]
    session.refresh_from_db()
    assert (session.account_id, session.claimed_account_id) == (done.account_id,) * 2
    assert {a.account_id for a in LinkedAccount.objects.all()} == {
        one.account_id,
        other.account_id,
    }
    assert [name for name, _ in told].count("session_completed") == 1


def test_two_workers_with_the_same_account_both_get_the_one_answer(
    meeting: Meeting, stackone: FakeStackOne, told: list[Any]
) -> None:
    owner = OwnerFactory.create()
    session = SessionFactory.create(owner=owner)
    account = stackone.link(owner.origin_owner_id)
    stackone.during["get_account"] = meeting.point
    results = meeting.run(
        lambda: complete(session, account.account_id),
        lambda: complete(session, account.account_id),
    )
    assert [getattr(each, "outcome", each) for each in results] == ["create", "create"]
    assert LinkedAccount.objects.count() == 1
    assert sorted(name for name, _ in told) == ["account_linked", "session_completed"]


# --- Attempts --------------------------------------------------------------------------------


def attempt(account_id: str = "", status: str = "authenticated", code: str = "") -> Any:
    return ConnectionAttempt(status=status, code=code, account_id=account_id, at=clock.now())


def test_an_attempt_is_kept_with_the_session(
    session: ConnectSession, made: AccountSnapshot, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt(made.account_id)
    done = complete(session, made.account_id)
    assert (done.attempt_status, done.attempt_account_id) == ("authenticated", made.account_id)
    assert stackone.remaining[stackone.names.index("latest_attempt")] <= 4


def test_a_denied_consent_is_no_mystery(
    session: ConnectSession, old: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt(status="error", code="access_denied")
    done = complete(session, old.account_id)
    assert (done.attempt_status, done.attempt_code) == ("error", "access_denied")
    assert done.status == "issued"


def test_an_attempt_that_names_another_account_wins_over_what_the_browser_says(
    session: ConnectSession, made: AccountSnapshot, stackone: FakeStackOne
) -> None:
    real = stackone.link(session.owner.origin_owner_id)
    stackone.attempts[session.stackone_id] = attempt(real.account_id)
    with pytest.raises(SessionConflictError):
        complete(session, made.account_id)
    session.refresh_from_db()
    assert (session.status, session.account_id) == ("completed", real.account_id)
    assert LinkedAccount.objects.count() == 2


def test_an_attempt_that_names_an_account_that_is_gone_proves_nothing(
    session: ConnectSession, made: AccountSnapshot, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt("gone")
    done = complete(session, made.account_id)
    assert (done.status, done.outcome) == ("issued", "")


def test_an_attempt_that_names_an_account_of_another_owner_attaches_nothing(
    session: ConnectSession, made: AccountSnapshot, stackone: FakeStackOne
) -> None:
    foreign = stackone.link("another-owner")
    stackone.attempts[session.stackone_id] = attempt(foreign.account_id)
    complete(session, made.account_id)
    assert [a.account_id for a in LinkedAccount.objects.all()] == [made.account_id]


def test_an_attempt_that_can_not_be_read_is_done_without(
    session: ConnectSession,
    made: AccountSnapshot,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
) -> None:
    stackone.failing["latest_attempt"] = StackOneUnavailableError(request_id="req-1")
    assert complete(session, made.account_id).outcome == "create"
    assert lines("attempt_unread") == [
        f"connect_session.attempt_unread code=stackone_unavailable session={session.pk} "
        "request_id=req-1"
    ]


# --- StackOne failing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        StackOneRejectedError,
        StackOneMisconfiguredError,
        StackOneBadAnswerError,
        StackOneRateLimitedError,
        StackOneUnavailableError,
    ],
)
def test_nothing_changes_when_stackone_fails(
    error: type[StackOneError],
    session: ConnectSession,
    made: AccountSnapshot,
    stackone: FakeStackOne,
    told: list[Any],
) -> None:
    stackone.failing["get_account"] = error()
    before = rows()
    with pytest.raises(error):
        complete(session, made.account_id)
    assert (rows(), told) == (before, [])
    del stackone.failing["get_account"]
    assert complete(session, made.account_id).outcome == "create"


def test_nothing_changes_when_stackone_fails_halfway(
    session: ConnectSession, made: AccountSnapshot, stackone: FakeStackOne
) -> None:
    stackone.attempts[session.stackone_id] = attempt("another")

    def fails_from_now_on() -> None:
        stackone.failing["get_account"] = StackOneUnavailableError()

    stackone.during["latest_attempt"] = fails_from_now_on
    before = rows()
    with pytest.raises(StackOneUnavailableError):
        complete(session, made.account_id)
    assert rows() == before


# --- What is told ----------------------------------------------------------------------------


def test_a_completion_writes_exactly_one_line(
    session: ConnectSession,
    made: AccountSnapshot,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    complete(session, made.account_id)
    [line] = lines()
    assert line == (
        f"connect_session.completed outcome=create predicted=create "
        f"organization={session.owner.organization_id} provider=bamboohr session={session.pk} "
        f"account={made.account_id}"
    )
    [record] = [r for r in caplog.records if r.getMessage() == line]
    assert record.levelno == logging.INFO
    extra = {
        "outcome": "create",
        "organization_id": session.owner.organization_id,
        "provider": "bamboohr",
        "session_id": session.pk,
        "account_id": made.account_id,
    }
    assert extra.items() <= vars(record).items()


def test_a_prediction_that_did_not_come_true_shows_in_the_line(
    owner: OriginOwner, made: AccountSnapshot, lines: Callable[..., list[str]]
) -> None:
    session = SessionFactory.create(owner=owner, path="update")
    complete(session, made.account_id)
    assert " outcome=create predicted=update " in lines()[0]


@pytest.mark.parametrize(
    ("error", "level"),
    [(StackOneMisconfiguredError, logging.ERROR), (StackOneUnavailableError, logging.WARNING)],
)
def test_a_completion_that_stackone_could_not_be_asked_about_writes_one_line(
    error: type[StackOneError],
    level: int,
    session: ConnectSession,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    stackone.failing["get_account"] = error(request_id="r-1")
    lines()
    with pytest.raises(error):
        complete(session, "acc-1")
    assert lines() == [
        f"connect_session.unconfirmed code={error.code} "
        f"organization={session.owner.organization_id} session={session.pk} account=acc-1 "
        "request_id=r-1"
    ]
    assert [r.levelno for r in caplog.records if r.name == "stackone_connect"] == [level]
