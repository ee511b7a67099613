"""Who waited for an owner's lock judges by what is true now, on every database and isolation."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.backends.signals import connection_created

from stackone_connect.entities import AccountSnapshot
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import execute, owner_lock, owners_lock, transact
from stackone_connect.services._reconcile import reconcile
from tests.background.conftest import SharedDatabase
from tests.factories import AccountFactory, OwnerFactory, SnapshotFactory

#: What a host may set; MariaDB's own default is the second, Django's for it the first.
LEVELS = ["read committed", "repeatable read"] if connection.vendor == "mysql" else [None]

Lock = Callable[[OriginOwner], AbstractContextManager[object]]
LOCKS: list[Lock] = [owner_lock, lambda owner: owners_lock([owner.pk])]


@pytest.fixture(params=LEVELS)
def database(request: pytest.FixtureRequest, shared_database: SharedDatabase) -> SharedDatabase:
    """One that other threads can use, at each isolation."""
    if request.param is None:
        return shared_database
    options = {**shared_database.settings_dict["OPTIONS"], "isolation_level": request.param}
    told = {**shared_database.settings_dict, "OPTIONS": options}
    return replace(shared_database, settings_dict=told)


@pytest.mark.parametrize("lock", LOCKS)
def test_who_waited_for_a_lock_sees_what_the_other_wrote(
    database: SharedDatabase, lock: Lock
) -> None:
    owner = OwnerFactory.create()
    held = threading.Event()

    def first() -> None:
        with lock(owner):
            held.set()
            time.sleep(0.3)
            AccountFactory.create(owner=owner, account_id="new")

    def second() -> list[str]:
        held.wait()
        with lock(owner):
            return list(LinkedAccount.objects.of(owner).values_list("account_id", flat=True))

    assert database.at_once(first, second) == [None, ["new"]]


@pytest.mark.parametrize("lock", LOCKS)
def test_another_owner_is_locked_only_where_the_database_has_one_lock(
    database: SharedDatabase, lock: Lock
) -> None:
    owner, other = OwnerFactory.create_batch(2)
    held, done = threading.Event(), threading.Event()

    def first() -> bool:
        with lock(owner):
            held.set()
            return done.wait(timeout=2)

    def second() -> None:
        held.wait()
        with lock(other):
            AccountFactory.create(owner=other)
        done.set()

    assert database.at_once(first, second) == [connection.features.has_select_for_update, None]


def snapshots(owners: list[OriginOwner], each: int) -> list[AccountSnapshot]:
    return [
        SnapshotFactory.build(
            account_id=f"{owner.pk}-{number}", origin_owner_id=owner.origin_owner_id
        )
        for owner in owners
        for number in range(each)
    ]


def test_sweeps_and_events_at_once_never_wait_for_each_other_in_a_circle(
    database: SharedDatabase,
) -> None:
    """Each takes its owners in another order, and both insert the same accounts."""
    owners = OwnerFactory.create_batch(8)
    found = snapshots(owners, each=3)

    def sweep(order: int) -> None:
        chance = random.Random(order)
        for _ in range(6):
            mixed = chance.sample(found, len(found))
            reconcile(project="default", present=mixed, fetch=FetchNumber.take(), from_sweep=True)

    def one_by_one() -> None:
        for snapshot in reversed(found):
            reconcile(project="default", fetch=FetchNumber.take(), present=[snapshot])

    database.at_once(partial(sweep, 1), partial(sweep, 2), one_by_one, one_by_one)
    assert LinkedAccount.objects.connected().count() == len(found)


def test_many_owners_and_few_are_locked_in_one_order(database: SharedDatabase) -> None:
    """A database may search for many rows by one index and for few by another."""
    owners = [OwnerFactory.create(origin_owner_id=f"owner-{99 - n}") for n in range(60)]
    keys = [owner.pk for owner in owners]

    def lock(count: int) -> None:
        chance = random.Random(count)
        for _ in range(25):
            some = chance.sample(keys, count)
            with owners_lock(some):
                pass

    database.at_once(*(partial(lock, count) for count in (60, 50, 5, 3)))


def isolation() -> str:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        return str(cursor.fetchone()[0])


class _Pooled:
    """A driver's connection as some pools give it: what is set stays here, but ``autocommit``."""

    def __init__(self, connection: Any) -> None:
        self.__dict__["of_driver"] = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of_driver, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "autocommit":
            self.of_driver.autocommit = value
        self.__dict__[name] = value


if connection.vendor == "postgresql":

    def test_a_transaction_sees_what_was_written_while_it_waited_behind_a_pool_too(
        shared_database: SharedDatabase,
    ) -> None:
        options = {"isolation_level": IsolationLevel.REPEATABLE_READ}
        told = {**shared_database.settings_dict, "OPTIONS": options}

        def ask() -> tuple[str, str]:
            own = connections["default"]
            own.ensure_connection()
            own.connection = _Pooled(own.connection)
            ours = transact(isolation)
            with transaction.atomic():
                return ours, isolation()

        database = replace(shared_database, settings_dict=told)
        assert database.at_once(ask) == [("read committed", "repeatable read")]

    def test_a_statement_by_itself_is_read_committed_whatever_the_connection_is(
        shared_database: SharedDatabase,
    ) -> None:
        options = {"options": "-c default_transaction_isolation=serializable"}
        told = {**shared_database.settings_dict, "OPTIONS": options}

        def ask() -> tuple[str, str, str]:
            return execute(isolation), transact(isolation), isolation()

        database = replace(shared_database, settings_dict=told)
        assert database.at_once(ask) == [("read committed", "read committed", "serializable")]

    @pytest.mark.parametrize("write", [execute, transact])
    def test_a_new_connection_that_the_host_sets_up_is_waited_on_no_longer(
        shared_database: SharedDatabase, write: Callable[[Callable[[], str]], str]
    ) -> None:
        def set_up(sender: object, connection: Any, **_: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET jit = off")

        def limit() -> str:
            with connections["default"].cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                return str(cursor.fetchone()[0])

        connection_created.connect(set_up)
        try:
            [found] = shared_database.at_once(lambda: write(limit))
        finally:
            connection_created.disconnect(set_up)
        assert found.endswith("ms")


if connection.vendor == "sqlite":

    @pytest.mark.parametrize("mode", [None, "DEFERRED", "IMMEDIATE", "EXCLUSIVE"])
    def test_who_reads_and_then_writes_waits_for_another_writer(
        shared_database: SharedDatabase, mode: str | None
    ) -> None:
        owner = OwnerFactory.create()
        told = {**shared_database.settings_dict, "OPTIONS": {"transaction_mode": mode}}
        held = threading.Event()

        def first() -> None:
            with owner_lock(owner):
                held.set()
                time.sleep(0.3)

        def read_and_write() -> int:
            assert OriginOwner.objects.exists()
            return OriginOwner.objects.update(origin_owner_name="New")

        def second() -> tuple[int, object]:
            held.wait()
            own: Any = connections["default"]
            return transact(read_and_write), own.transaction_mode

        database = replace(shared_database, settings_dict=told)
        assert database.at_once(first, second) == [None, (1, mode)]
