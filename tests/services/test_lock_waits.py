"""The wait for an owner's lock ends with the request's deadline, and nothing is lost by it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test.utils import CaptureQueriesContext

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    WebhookEvent,
    transactions,
    waits,
)
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock, owners_lock
from stackone_connect.services import (
    _polling,
    _reconcile,
    accounts,
    events,
    owners,
    sessions,
)
from tests.api.conftest import Api
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    SnapshotFactory,
    UserFactory,
    organization_of,
)
from tests.fakes import FakeStackOne

#: SQLite in memory has one connection, which never waits for itself; see below for one in a file.
HAS_OTHER_CONNECTIONS = connection.vendor != "sqlite"


@contextmanager
def held_elsewhere(owner: OriginOwner) -> Iterator[None]:
    """Another worker holds the owner's lock."""
    is_held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with owner_lock(owner):
                is_held.set()
                let_go.wait(30)
        finally:
            connection.close()

    worker = threading.Thread(target=hold)
    worker.start()
    assert is_held.wait(10)
    try:
        yield
    finally:
        let_go.set()
        worker.join()


if HAS_OTHER_CONNECTIONS:

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("several", [False, True])
    def test_a_lock_that_another_worker_holds_is_waited_for_until_the_deadline(
        several: bool,
    ) -> None:
        owner, other = OwnerFactory.create_batch(2)
        before = OriginOwner.objects.get(pk=owner.pk).touched_at
        with held_elsewhere(owner):
            began = time.monotonic()
            deadline = Deadline(1.2)
            lock = (
                owners_lock([owner.pk, other.pk], deadline=deadline)
                if several
                else owner_lock(owner, deadline=deadline)
            )
            with pytest.raises(UnavailableError) as raised, lock:
                pass
            assert 0.9 < time.monotonic() - began < 5
            assert raised.value.retry_after == 5
            with owner_lock(other, deadline=Deadline(0)):
                pass  # nobody waits for another owner
        with owner_lock(owner, deadline=Deadline(0)):
            pass  # it is free, so a deadline that has passed does not matter
        assert OriginOwner.objects.get(pk=owner.pk).touched_at > before

    @pytest.mark.django_db(transaction=True)
    def test_a_completion_that_could_not_be_written_in_time_can_be_repeated(
        stackone: FakeStackOne, configure: Callable[..., None]
    ) -> None:
        member = UserFactory.create()
        api = Api(member)
        issued = api.issue(provider="bamboohr").json()
        account = stackone.link(str(organization_of(member).pk))
        configure(CONNECT_TIMEOUT=0.5, READ_TIMEOUT=0.5, DEADLINE=1)
        with held_elsewhere(OriginOwner.objects.get()):
            began = time.monotonic()
            refused = api.complete(issued["id"], account.account_id)
            assert time.monotonic() - began < 5
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused["Retry-After"] == "5"
        assert not LinkedAccount.objects.exists()
        assert ConnectSession.objects.get().claimed_account_id == ""
        answer = api.complete(issued["id"], account.account_id)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "create")


# --- On every database -------------------------------------------------------------------------


#: How each database is asked for how long it waits, and milliseconds in its unit.
LIMITS = {
    "postgresql": ("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'", 1),
    "sqlite": ("PRAGMA busy_timeout", 1),
    "mysql": ("SELECT @@SESSION.innodb_lock_wait_timeout", 1000),
}


def the_limit() -> float:
    """Milliseconds that this connection's statements wait for a lock; 0 for no limit."""
    sql, unit = LIMITS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0]) * unit


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("several", [False, True])
def test_the_wait_is_bounded_before_the_lock_is_taken_and_as_before_afterwards(
    several: bool,
) -> None:
    keys = [OwnerFactory.create().pk for _ in range(2 if several else 1)]
    before = the_limit()
    with owners_lock(keys, deadline=Deadline(2.5)):
        assert 2000 <= the_limit() <= 2500
    assert the_limit() == before


@pytest.mark.django_db(transaction=True)
def test_a_single_write_is_bounded_without_a_transaction_of_ours() -> None:
    owner = OwnerFactory.create()
    seen = []

    def ask(execute: Callable[..., object], sql: str, *rest: Any) -> object:
        seen.append((sql, connection.in_atomic_block))
        return execute(sql, *rest)

    before = the_limit()
    with connection.execute_wrapper(ask), CaptureQueriesContext(connection) as queries:
        rows = OriginOwner.objects.filter(pk=owner.pk)
        assert transactions.update(rows, deadline=Deadline(2.5), origin_owner_name="New") == 1
    assert the_limit() == before
    assert not any(is_inside for _, is_inside in seen)
    if connection.vendor == "postgresql":
        assert len(queries) == 1
    owner.refresh_from_db()
    assert owner.origin_owner_name == "New"


if connection.vendor == "postgresql":

    @pytest.mark.django_db(transaction=True)
    def test_where_the_server_binds_the_values_a_single_write_has_a_transaction(
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        owner = OwnerFactory.create()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", True)
        connection.close()
        try:
            rows = OriginOwner.objects.filter(pk=owner.pk)
            assert transactions.update(rows, deadline=Deadline(2.5), origin_owner_name="New") == 1
            with owner_lock(owner, deadline=Deadline(2.5)):
                assert 2000 <= the_limit() <= 2500
            assert the_limit() == 0
        finally:
            connection.close()


@pytest.fixture
def in_a_file(db: None, tmp_path: Path) -> Iterator[tuple[DatabaseWrapper, DatabaseWrapper]]:
    """Two connections to one SQLite database."""
    settings = {**connection.settings_dict, "NAME": str(tmp_path / "two.sqlite3"), "OPTIONS": {}}
    settings |= {"ENGINE": "django.db.backends.sqlite3", "TIME_ZONE": None, "AUTOCOMMIT": True}
    first, second = DatabaseWrapper(settings, "first"), DatabaseWrapper(settings, "second")
    with first.cursor() as cursor:
        cursor.execute("CREATE TABLE held (n integer)")
    yield first, second
    first.close()
    second.close()


def test_on_sqlite_the_one_writer_is_waited_for_until_the_deadline(
    in_a_file: tuple[DatabaseWrapper, DatabaseWrapper],
) -> None:
    first, second = in_a_file
    with first.cursor() as holder, second.cursor() as waiter:
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(UnavailableError), waits.bounded(second, Deadline(0.3)):
            waiter.execute("INSERT INTO held VALUES (1)")
        assert 0.2 < time.monotonic() - began < 4
        assert waiter.execute("PRAGMA busy_timeout").fetchone() == (5000,)
        holder.execute("ROLLBACK")
        with waits.bounded(second, Deadline(0.3)):
            waiter.execute("INSERT INTO held VALUES (1)")


def test_any_other_trouble_of_the_database_is_raised_as_it_is(
    in_a_file: tuple[DatabaseWrapper, DatabaseWrapper],
) -> None:
    first, _ = in_a_file
    with (
        first.cursor() as cursor,
        pytest.raises(OperationalError, match="no such table"),
        waits.bounded(first, Deadline(1)),
    ):
        cursor.execute("INSERT INTO missing VALUES (1)")


# --- What callers do with it ---------------------------------------------------------------------


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The keys of owners whose lock others hold, beyond every deadline."""
    held: set[int] = set()

    @contextmanager
    def lock(
        keys: Collection[int], *, deadline: Deadline | None = None
    ) -> Iterator[frozenset[int]]:
        if len(keys) == 1 and not held.isdisjoint(keys):
            raise UnavailableError
        with owners_lock(keys, deadline=deadline) as locked:
            yield locked

    monkeypatch.setattr(_reconcile, "owners_lock", lock)
    monkeypatch.setattr(transactions, "owners_lock", lock)
    return held


@pytest.mark.django_db
def test_an_issue_that_could_not_look_first_fails_and_says_so(
    stackone: FakeStackOne, busy: set[int]
) -> None:
    owner = OwnerFactory.create(accounts_read_at=None)
    stackone.link(owner.origin_owner_id)
    busy.add(owner.pk)
    with pytest.raises(UnavailableError):
        sessions.issue(organization=organization_of(owner))
    session = ConnectSession.objects.get()
    assert (session.status, session.error_code) == ("failed", "unavailable")


@pytest.mark.django_db
def test_a_completion_is_logged_as_unconfirmed(
    stackone: FakeStackOne, busy: set[int], lines: Callable[..., list[str]]
) -> None:
    session = SessionFactory.create()
    account = stackone.link(session.owner.origin_owner_id)
    busy.add(session.owner.pk)
    with pytest.raises(UnavailableError):
        sessions.complete(
            organization=organization_of(session.owner),
            session_id=session.pk,
            account_id=account.account_id,
        )
    [line] = lines("connect_session.unconfirmed")
    assert "code=unavailable" in line


def an_event(owner: OriginOwner, account_id: str) -> WebhookEvent:
    return WebhookEvent.objects.create(
        event="account.updated",
        account_id=account_id,
        origin_owner_id=owner.origin_owner_id,
        digest=account_id,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("together", [1, 3])
def test_events_stay_due_and_no_attempt_is_counted(
    together: int, stackone: FakeStackOne, busy: set[int]
) -> None:
    owner = OwnerFactory.create()
    busy.add(owner.pk)
    for _ in range(together):
        an_event(owner, stackone.link(owner.origin_owner_id).account_id)
    other = OwnerFactory.create()
    an_event(other, stackone.link(other.origin_owner_id).account_id)
    events.process_due(client=stackone)
    assert LinkedAccount.objects.get().owner == other
    left = WebhookEvent.objects.filter(origin_owner_id=owner.origin_owner_id)
    for event in left:
        assert (event.state, event.attempts, event.last_error) == ("due", 0, "unavailable")
        assert event.next_attempt_at > clock.now()  # in a moment, not at once
    busy.clear()
    left.update(next_attempt_at=clock.now())
    events.process_due(client=stackone)
    assert LinkedAccount.objects.count() == together + 1


@pytest.mark.django_db
def test_a_poll_goes_on_with_the_next_owner(
    stackone: FakeStackOne, busy: set[int], lines: Callable[..., list[str]]
) -> None:
    first, second = SessionFactory.create_batch(2)
    busy.add(first.owner.pk)
    for session in (first, second):
        account = stackone.link(session.owner.origin_owner_id)
        stackone.attempts[session.stackone_id] = ConnectionAttempt(
            status="ok", code="", account_id=account.account_id, at=clock.now()
        )
    assert _polling.poll(client=stackone) == 1
    assert list(ConnectSession.objects.filter(status="completed")) == [second]
    [line] = lines("connect_session.polling_failed")
    assert "code=unavailable" in line
    busy.clear()
    _polling.poll(client=stackone)
    assert ConnectSession.objects.filter(status="completed").count() == 2


@pytest.mark.django_db
def test_a_sweep_judges_every_other_owner_and_the_next_poll_that_one(
    stackone: FakeStackOne, busy: set[int]
) -> None:
    first, second = SessionFactory.create_batch(2)
    busy.add(first.owner.pk)
    present = [
        SnapshotFactory.build(origin_owner_id=session.owner.origin_owner_id)
        for session in (first, second)
    ]
    _reconcile.reconcile(
        project="default", present=present, fetch=FetchNumber.take(), from_sweep=True
    )
    assert LinkedAccount.objects.count() == 2
    assert list(ConnectSession.objects.filter(status="completed")) == [second]
    busy.clear()
    stackone.accounts = {account.account_id: account for account in present}
    _polling.poll(client=stackone)
    assert ConnectSession.objects.filter(status="completed").count() == 2


@pytest.mark.django_db
def test_a_disconnect_that_could_not_be_written_down_is_repeated_harmlessly(
    stackone: FakeStackOne, busy: set[int]
) -> None:
    account = AccountFactory.create()
    other = AccountFactory.create()
    for row in (account, other):
        stackone.accounts[row.account_id] = SnapshotFactory.build(
            account_id=row.account_id, origin_owner_id=row.owner.origin_owner_id
        )
    due = {"disconnect_requested_at": clock.now(), "next_disconnect_at": clock.now()}
    LinkedAccount.objects.update(**due)
    busy.add(account.owner.pk)
    assert accounts.retry_disconnects(client=stackone) == 1
    busy.clear()
    assert accounts.retry_disconnects(client=stackone) == 1
    assert not LinkedAccount.objects.connected().exists()


@pytest.mark.django_db
def test_a_deleted_organization_whose_owner_is_busy_does_not_stand_in_the_next_ones_way(
    stackone: FakeStackOne, busy: set[int]
) -> None:
    first, second = AccountFactory.create_batch(2)
    for row in (first, second):
        stackone.accounts[row.account_id] = SnapshotFactory.build(
            account_id=row.account_id, origin_owner_id=row.owner.origin_owner_id
        )
    OriginOwner.objects.update(organization=None)
    busy.add(first.owner.pk)
    assert owners.finish_deletions(client=stackone) == 1
    assert list(OriginOwner.objects.all()) == [first.owner]
    busy.clear()
    assert owners.finish_deletions(client=stackone) == 1


@pytest.mark.django_db
def test_a_statement_that_runs_for_many_values_is_bounded_too() -> None:
    owner = OwnerFactory.create()
    rename = f"UPDATE {OriginOwner._meta.db_table} SET origin_owner_name = %s WHERE id = %s"  # noqa: S608 - a table of ours
    with waits.bounded(connection, Deadline(2.5)), connection.cursor() as cursor:
        cursor.executemany(rename, [("New", owner.pk), ("Newer", owner.pk)])
        assert 2000 <= the_limit() <= 2500
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Newer"
