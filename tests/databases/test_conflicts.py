"""Writers that meet: serialization failures and deadlocks are tried again, and nothing is lost or
told twice, at every isolation that a host may set."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from stackone_connect import clock, database_errors
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock, retried, retry, transact, update
from stackone_connect.services import accounts, events, sessions, sync
from stackone_connect.services._reconcile import reconcile
from tests.background.conftest import PATIENCE, SharedDatabase
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    SnapshotFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import receive

VENDOR = connections["default"].vendor
IS_SERVER = VENDOR != "sqlite"
LEVELS: dict[str, list[Any]] = {
    "postgresql": [
        IsolationLevel.READ_COMMITTED,
        IsolationLevel.REPEATABLE_READ,
        IsolationLevel.SERIALIZABLE,
    ],
    "mysql": ["read committed", "repeatable read", "serializable"],
    "sqlite": [None],
}


@pytest.fixture(params=LEVELS[VENDOR], ids=str)
def database(request: pytest.FixtureRequest, shared_database: SharedDatabase) -> SharedDatabase:
    """One that other threads can use, at each isolation."""
    options = {**shared_database.settings_dict["OPTIONS"]}
    if request.param is not None:
        options["isolation_level"] = request.param
    if VENDOR == "mysql":
        # The default of MariaDB from 11.6 on: a row that another has changed is no longer read.
        options["init_command"] = "SET innodb_snapshot_isolation = ON"
    return replace(
        shared_database, settings_dict={**shared_database.settings_dict, "OPTIONS": options}
    )


# --- Our services, at once -------------------------------------------------------------------


def test_completions_of_one_organization_at_once_all_succeed_and_are_told_once(
    database: SharedDatabase, stackone: FakeStackOne, told: list[tuple[str, Any]]
) -> None:
    owner = OwnerFactory.create()
    own = [SessionFactory.create(owner=owner, provider="bamboohr") for _ in range(8)]

    def complete(session: ConnectSession) -> str:
        new = stackone.link(owner.origin_owner_id, provider="bamboohr")
        return sessions.complete(
            organization=organization_of(owner),
            session_id=session.pk,
            account_id=new.account_id,
            client=stackone,
        ).status

    assert database.at_once(*(partial(complete, each) for each in own)) == ["completed"] * 8
    assert set(ConnectSession.objects.values_list("outcome", flat=True)) == {"create"}
    assert LinkedAccount.objects.count() == 8
    told_of = Counter(told)
    assert set(told_of.values()) == {1}
    assert Counter(name for name, _ in told) == {"session_completed": 8, "account_linked": 8}


def test_everything_at_once_for_one_organization(
    database: SharedDatabase, stackone: FakeStackOne, told: list[tuple[str, Any]]
) -> None:
    owner = OwnerFactory.create()
    organization = organization_of(owner)
    linked = AccountFactory.create_batch(3, owner=owner)
    for account in linked:
        stackone.accounts[account.account_id] = snapshot_of(account)
    own = [SessionFactory.create(owner=owner, provider="bamboohr") for _ in range(3)]
    named = [stackone.link(owner.origin_owner_id, provider="bamboohr") for _ in range(6)]

    def issue() -> None:
        sessions.issue(organization=organization, client=stackone)

    def complete(number: int) -> None:
        sessions.complete(
            organization=organization,
            session_id=own[number].pk,
            account_id=named[number].account_id,
            client=stackone,
        )

    def disconnect(number: int) -> None:
        accounts.disconnect(
            organization=organization, account_id=linked[number].account_id, client=stackone
        )

    def event(number: int) -> None:
        events.process(
            event_id=receive(
                account_id=named[3 + number].account_id, origin_owner_id=owner.origin_owner_id
            ),
            client=stackone,
        )

    database.at_once(
        *(issue for _ in range(3)),
        *(partial(work, number) for work in (complete, disconnect, event) for number in range(3)),
    )
    events.process_due(client=stackone)
    assert ConnectSession.objects.filter(status="issued").count() == 3
    assert {s.status for s in ConnectSession.objects.filter(pk__in=[s.pk for s in own])} == {
        "completed"
    }
    assert LinkedAccount.objects.connected().count() == 6
    assert {each.state for each in WebhookEvent.objects.all()} == {"done"}
    assert all(count == 1 for (name, _), count in Counter(told).items() if "updated" not in name)


def test_a_new_organization_that_presses_twice_at_once_is_pinned_once(
    database: SharedDatabase, stackone: FakeStackOne
) -> None:
    organization = OrganizationFactory.create()

    def issue() -> None:
        sessions.issue(organization=organization, client=stackone)

    database.at_once(*(issue for _ in range(4)))
    assert OriginOwner.objects.filter(organization=organization).count() == 1
    assert ConnectSession.objects.filter(status="issued").count() == 4


def test_two_sweeps_of_the_same_owners_that_wait_for_each_other_make_each_account_once(
    database: SharedDatabase, stackone: FakeStackOne
) -> None:
    """Who waited must not go by what was there before it waited."""
    owners = OwnerFactory.create_batch(2)
    found = [SnapshotFactory.build(origin_owner_id=o.origin_owner_id) for o in owners * 5]

    def sweep() -> None:
        reconcile(project="default", fetch=FetchNumber.take(), present=found, from_sweep=True)

    database.at_once(*(sweep for _ in range(6)))
    assert LinkedAccount.objects.count() == 10


def test_the_same_delivery_twice_at_once_is_stored_once(database: SharedDatabase) -> None:
    found = database.at_once(*(partial(receive, account_id="one") for _ in range(6)))
    assert len(set(found)) == 1
    assert WebhookEvent.objects.count() == 1


def test_syncs_and_events_at_once_end_in_sync(
    database: SharedDatabase, stackone: FakeStackOne, told: list[tuple[str, Any]]
) -> None:
    owners = OwnerFactory.create_batch(4)
    for owner in owners:
        for _ in range(3):
            new = stackone.link(owner.origin_owner_id)
            receive(account_id=new.account_id, origin_owner_id=owner.origin_owner_id)

    def sweep() -> None:
        sync.sync_all(client=stackone)

    def process() -> None:
        events.process_due(client=stackone)

    database.at_once(sweep, process, sweep, process)
    events.process_due(client=stackone)
    assert LinkedAccount.objects.connected().count() == 12
    linked = Counter(key for name, key in told if name == "account_linked")
    assert len(linked) == 12
    assert set(linked.values()) == {1}


# --- A deadlock ------------------------------------------------------------------------------


def holding_in_another_order(
    first: OriginOwner, second: OriginOwner, is_held: threading.Event, waits: threading.Event
) -> None:
    """Lock two owners the wrong way round, and be the one whom the database lets win."""
    rows = OriginOwner.objects
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            if VENDOR == "postgresql":
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # so we find it, not this one
        # MariaDB ends the one that has changed less.
        OwnerFactory.create_batch(20)
        rows.filter(pk=second.pk).update(touched_at=clock.now())
        is_held.set()
        waits.wait(PATIENCE)
        time.sleep(0.3)
        rows.filter(pk=first.pk).update(touched_at=clock.now())


@pytest.fixture
def conflicts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The conflicts that were found, by the database's own code."""
    found: list[str] = []
    is_conflict = database_errors.is_conflict

    def noted(error: Any) -> bool:
        if is_conflict(error):
            found.append(database_errors.reason(error).partition(":")[2])
            return True
        return False

    monkeypatch.setattr(database_errors, "is_conflict", noted)
    return found


if IS_SERVER:

    @pytest.mark.parametrize("from_sweep", [False, True])
    def test_a_deadlock_is_tried_again_and_what_was_learned_is_written_and_told_once(
        from_sweep: bool,
        shared_database: SharedDatabase,
        told: list[tuple[str, Any]],
        conflicts: list[str],
    ) -> None:
        first, second = OwnerFactory.create_batch(2)
        found = [SnapshotFactory.build(origin_owner_id=o.origin_owner_id) for o in (first, second)]
        is_held, waits = threading.Event(), threading.Event()

        def write() -> None:
            is_held.wait(PATIENCE)
            waits.set()
            reconcile(
                project="default", fetch=FetchNumber.take(), present=found, from_sweep=from_sweep
            )

        shared_database.at_once(
            partial(holding_in_another_order, first, second, is_held, waits), write
        )
        assert conflicts == ["40P01" if VENDOR == "postgresql" else "1213"]
        assert LinkedAccount.objects.count() == 2
        assert [name for name, _ in told] == ["account_linked"] * 2


# --- A serialization failure -----------------------------------------------------------------


def test_what_another_has_changed_since_it_was_read_is_read_again(
    database: SharedDatabase, conflicts: list[str], request: pytest.FixtureRequest
) -> None:
    owner = OwnerFactory.create(origin_owner_name="1")
    rows = OriginOwner.objects.filter(pk=owner.pk)
    settings = {**database.settings_dict, "OPTIONS": {**database.settings_dict["OPTIONS"]}}
    settings["OPTIONS"].pop("transaction_mode", None)  # SQLite's would lock before it reads
    is_read, is_changed = threading.Event(), threading.Event()

    def add_one() -> None:
        name = rows.get().origin_owner_name
        is_read.set()
        is_changed.wait(PATIENCE)
        rows.update(origin_owner_name=str(int(name) + 1))

    def change() -> None:
        is_read.wait(PATIENCE)
        # Where reading locks, it waits for the reader; where it does not, it is done before.
        update(rows, origin_owner_name="10", deadline=Deadline(1))
        is_changed.set()

    def try_to_change() -> None:
        with suppress(UnavailableError):
            change()
        is_changed.set()

    def as_the_host_does() -> None:
        with transaction.atomic():
            add_one()

    replace(database, settings_dict=settings).at_once(
        lambda: retry(as_the_host_does), try_to_change
    )
    level = request.node.callspec.params.get("database")
    name = rows.get().origin_owner_name
    if level in LEVELS[VENDOR][:1] and VENDOR != "sqlite":
        assert (name, conflicts) == ("2", [])  # at read committed the last one wins, as it says
    elif name == "11":
        codes = {"postgresql": "40001", "mysql": "1020", "sqlite": "SQLITE_BUSY_SNAPSHOT"}
        assert conflicts == [codes[VENDOR]]
    else:
        assert (VENDOR, level, name) == ("mysql", "serializable", "2")


# --- The loop --------------------------------------------------------------------------------


def conflict() -> OperationalError:
    """As MariaDB's drivers raise it."""
    return OperationalError(1213, "Deadlock found")


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [True, False])
def test_a_claim_that_meets_another_is_tried_again(
    at_once: bool, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = OwnerFactory.create()
    linked = stackone.link(owner.origin_owner_id)
    event_id = receive(account_id=linked.account_id, origin_owner_id=owner.origin_owner_id)
    refusals = [conflict(), conflict()]

    def refuse_first(execute: Any, sql: str, *rest: Any) -> Any:
        if refusals and "leased_until" in sql and "UPDATE" in sql:
            raise refusals.pop()
        return execute(sql, *rest)

    with connections["default"].execute_wrapper(refuse_first):
        if at_once:
            events.process(event_id=event_id, client=stackone)
        else:
            events.process_due(client=stackone)
    assert not refusals
    assert WebhookEvent.objects.get().state == "done"
    assert stackone.names.count("get_account") == 1


class Failing:
    """Work that fails in some of its calls."""

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self._errors = list(errors)

    def __call__(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done"


@pytest.mark.django_db
@pytest.mark.parametrize("run", [retry, transact, lambda work: retried(work)()])
def test_conflicts_are_tried_again_until_it_is_done(run: Callable[[Any], Any]) -> None:
    work = Failing(conflict(), conflict(), conflict())
    assert run(work) == "done"
    assert work.calls == 4


@pytest.mark.django_db
def test_but_not_beyond_the_deadline(lines: Callable[..., list[str]]) -> None:
    work = Failing(*(conflict() for _ in range(1000)))
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        transact(work, deadline=Deadline(0.5))
    assert 0.4 < time.monotonic() - began < 2
    assert 2 <= work.calls < 100  # with pauses that grow
    [line] = lines("database.unavailable")
    assert line.endswith("error=OperationalError:1213 count=1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("the server closed the connection"), UnavailableError),
        (ValueError("a bug"), ValueError),
        (OriginOwner.DoesNotExist(), OriginOwner.DoesNotExist),
    ],
)
def test_nothing_else_is_tried_again(error: Exception, expected: type[Exception]) -> None:
    work = Failing(error)
    with pytest.raises(expected):
        transact(work)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [retry, transact])
def test_a_callers_transaction_is_not_tried_again_in_part(run: Callable[[Any], Any]) -> None:
    work = Failing(conflict())
    with pytest.raises(OperationalError), transaction.atomic():
        run(work)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_written_in_a_callers_transaction_is_a_part_of_it() -> None:
    owner = OwnerFactory.create(origin_owner_name="before")
    rows = OriginOwner.objects.filter(pk=owner.pk)
    with transaction.atomic():
        assert update(rows, origin_owner_name="after") == 1
        transaction.set_rollback(True)
    assert rows.get().origin_owner_name == "before"


@pytest.mark.django_db(transaction=True)
def test_a_try_that_failed_leaves_nothing() -> None:
    made: list[int] = []

    def work() -> None:
        made.append(OwnerFactory.create().pk)
        if len(made) == 1:
            raise conflict()

    transact(work)
    assert list(OriginOwner.objects.values_list("pk", flat=True)) == made[1:]


@pytest.mark.django_db
def test_all_tries_share_one_deadline() -> None:
    seen: list[Deadline] = []

    @retried
    def service(*, deadline: Deadline | None = None) -> None:
        assert deadline is not None
        seen.append(deadline)
        if len(seen) < 3:
            raise conflict()

    service()
    mine = Deadline(5)
    service(deadline=mine)
    assert seen[0] is seen[1] is seen[2] is not mine
    assert seen[3] is mine


@pytest.mark.django_db
def test_a_lock_that_is_taken_by_hand_raises_conflicts_as_they_are() -> None:
    with pytest.raises(OperationalError), owner_lock(OwnerFactory.create()):
        raise conflict()
