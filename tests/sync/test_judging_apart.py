"""What a sync has written and not judged yet: whoever comes next judges it, by what is so then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import _bearing, _judging, _polling
from stackone_connect.services._reconcile import Evidence, reconcile
from tests.factories import AccountFactory, SessionFactory, SnapshotFactory, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


def session_since(owner: OriginOwner, began: datetime, **fields: Any) -> Any:
    ends = began + timedelta(minutes=30)
    times = {"created_at": began, "stackone_created_at": began}
    return SessionFactory.create(
        owner=owner, expires_at=ends, stackone_expires_at=ends, **times, **fields
    )


@pytest.fixture
def sweep_is_kept_from_judging(monkeypatch: pytest.MonkeyPatch) -> Any:
    """As others write of the owner for as long as the deadline, or as a process that is killed."""

    def sweep(owner: OriginOwner, *found: Any) -> None:
        def locked(*_: Any, **__: Any) -> Any:
            raise UnavailableError

        with monkeypatch.context() as patched:
            patched.setattr(_judging, "_judge_locked", locked)
            reconcile(
                project=owner.project, fetch=FetchNumber.take(), present=found, from_sweep=True
            )

    return sweep


@pytest.mark.parametrize("then", ["an event as it is", "an event of a move", "a sync", "a poll"])
def test_an_account_that_a_sweep_left_unjudged_is_judged_by_what_comes_next(
    then: str, owner: OriginOwner, sweep_is_kept_from_judging: Any, stackone: FakeStackOne
) -> None:
    """The session is over for more than an hour, so that nothing is asked about it."""
    session = session_since(owner, ago(hours=5))
    found = SnapshotFactory.build(
        account_id="a",
        origin_owner_id=owner.origin_owner_id,
        created_at=ago(hours=4, minutes=50),
        updated_at=ago(hours=2),
    )
    sweep_is_kept_from_judging(owner, found)
    stackone.accounts["a"] = found
    session.refresh_from_db()
    assert session.outcome == ""
    if then == "an event of a move":
        found = stackone.touch("a")
    if then == "a poll":
        LinkedAccount.objects.update(fetched_at=ago(minutes=2))
        _polling.poll()
    else:
        reconcile(
            project=owner.project,
            fetch=FetchNumber.take(),
            present=[found],
            from_sweep=then == "a sync",
        )
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("create", "a")
    assert LinkedAccount.objects.get().is_judged


def test_a_poll_leaves_what_a_sync_is_about_to_judge(
    owner: OriginOwner, sweep_is_kept_from_judging: Any, stackone: FakeStackOne
) -> None:
    session_since(owner, ago(hours=5))
    found = SnapshotFactory.build(origin_owner_id=owner.origin_owner_id, created_at=ago(hours=5))
    sweep_is_kept_from_judging(owner, found)
    _polling.poll()
    assert not LinkedAccount.objects.get().is_judged


def test_who_waits_for_a_poll_waits_for_no_lock_beyond_the_deadline(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_since(owner, ago(hours=5))
    AccountFactory.create(
        owner=owner,
        is_judged=False,
        stackone_created_at=ago(hours=5),
        fetched_at=ago(minutes=2),
    )
    given: list[Deadline | None] = []

    def locked(*_: Any, deadline: Deadline | None) -> list[Any]:
        given.append(deadline)
        return []

    monkeypatch.setattr(_judging, "_judge_locked", locked)
    deadline = Deadline(3)
    _polling.poll(owner=owner, deadline=deadline)
    assert given == [deadline]


def test_a_poll_guesses_once_no_more_sessions_are_open_than_can_be_judged(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an account that has said what it says before."""
    monkeypatch.setattr(_bearing, "GUESSED_AMONG", 1)
    one, other = (session_since(owner, ago(minutes=minutes)) for minutes in (20, 15))
    found = stackone.link(owner.origin_owner_id, created_at=ago(minutes=5))
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[found])
    other.status = "failed"
    other.save()
    _polling.poll()
    one.refresh_from_db()
    assert (one.outcome, one.account_id) == ("create", found.account_id)


def test_accounts_that_no_session_could_be_about_are_judged_at_once(owner: OriginOwner) -> None:
    """Of an owner without sessions, and of one whose sessions are of another time."""
    other = SessionFactory.create().owner
    found = [
        SnapshotFactory.build(origin_owner_id=each.origin_owner_id, created_at=ago(days=9))
        for each in (owner, other)
    ]
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=found, from_sweep=True)
    assert [row.is_judged for row in LinkedAccount.objects.all()] == [True, True]


def test_what_was_written_anew_meanwhile_is_not_noted_as_judged(owner: OriginOwner) -> None:
    row = AccountFactory.create(owner=owner, fetched_number=7, is_judged=False)
    LinkedAccount.objects.update(fetched_number=8)
    _judging.judge_apart([row])
    assert not LinkedAccount.objects.get().is_judged


@pytest.mark.parametrize("from_sweep", [False, True])
def test_rows_whose_keys_the_database_does_not_return_are_judged_too(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch, *, from_sweep: bool
) -> None:
    """As MySQL does not."""
    features = type(connection.features)
    monkeypatch.setattr(features, "can_return_rows_from_bulk_insert", False)
    session = SessionFactory.create(owner=owner, sent={"label": "Head office"})
    found = [
        SnapshotFactory.build(origin_owner_id=owner.origin_owner_id, provider=provider)
        for provider in ("bamboohr", "personio")
    ]
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=found, from_sweep=from_sweep)
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("create", found[0].account_id)
    assert LinkedAccount.objects.get(provider="bamboohr").label == "Head office"


def test_a_session_with_an_attempt_is_polled_no_more_and_still_judged(
    owner: OriginOwner, sweep_is_kept_from_judging: Any, stackone: FakeStackOne
) -> None:
    """Polling learned of the attempt while StackOne's list failed; then came the sweep."""
    session = session_since(
        owner,
        ago(minutes=10),
        attempt_status="authenticated",
        attempt_account_id="a",
        attempt_at=ago(minutes=5),
    )
    found = stackone.link(owner.origin_owner_id, account_id="a", created_at=ago(minutes=5))
    sweep_is_kept_from_judging(owner, found)
    _polling.poll()
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[found])
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("create", "a")


def test_what_a_sweep_judged_by_older_facts_is_made_good_by_the_next_event(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a sweep's writing and its judging comes the event of the move."""
    account = AccountFactory.create(owner=owner, account_id="a", stackone_updated_at=ago(days=3))
    session = session_since(owner, ago(minutes=20))
    listed = snapshot_of(account, label="renamed", updated_at=ago(hours=3))
    moved = snapshot_of(account, label="renamed", updated_at=ago(minutes=5))
    evidence = Evidence(
        session=session,
        attempt=ConnectionAttempt(
            status="authenticated", code="", account_id="a", at=ago(minutes=5)
        ),
    )
    judge_apart = _judging.judge_apart

    def with_an_event_before(news: Any) -> Any:
        reconcile(
            project=owner.project,
            fetch=FetchNumber.take(),
            present=[moved],
            evidence=[evidence],
        )
        session.refresh_from_db()
        assert session.outcome == "update"
        return judge_apart(news)

    with monkeypatch.context() as patched:
        patched.setattr(_judging, "judge_apart", with_an_event_before)
        reconcile(
            project=owner.project, fetch=FetchNumber.take(), present=[listed], from_sweep=True
        )
    assert LinkedAccount.objects.get().stackone_updated_at == moved.updated_at
    # The next event of the account, such as the second of those that StackOne sends of one move.
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[moved])
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("update", "a")
