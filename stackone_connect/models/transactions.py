"""How rows are written: bounded waits, conflicts tried again, one lock per owner around facts."""

from __future__ import annotations

import contextlib
import inspect
import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from stackone_connect import clock, conf, database_errors
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import statements
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.waits import bounded, need_a_transaction

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Seconds between two tries after a conflict, at most; twice as long each time, up to the longest.
_PAUSE = 0.02
_LONGEST_PAUSE = 0.5


def database() -> str:
    """The alias that our tables are written to."""
    return router.db_for_write(OriginOwner)


def is_inside_transaction() -> bool:
    """Whether the caller holds a transaction on our database, but for the test runner's own."""
    connection = connections[database()]
    if connection.in_atomic_block:
        # Django marks the blocks of its TestCase, for the same reason as durable blocks need it.
        held = [b for b in connection.atomic_blocks if not getattr(b, "_from_testcase", False)]
        return bool(held)
    if connection.connection is None:
        # Not asked for it, which would open one: there may be no database to open it to.
        return not connection.settings_dict["AUTOCOMMIT"]
    return not connection.autocommit


def retried(service: Callable[_P, _T]) -> Callable[_P, _T]:
    """Call it again where others wrote the same at the same time, until its ``deadline``.

    ``service`` opens its own transactions and reads what it decides by inside of them, or again;
    after the last of them nothing of it may fail. ``deadline`` is its keyword, by default
    ``DEADLINE`` seconds from now. Raises :class:`UnavailableError` where it came to nothing by
    then, and where the database can't do it at all. In a caller's transaction, which a conflict has
    undone, errors are raised as they are.
    """
    takes_deadline = "deadline" in inspect.signature(service).parameters

    @wraps(service)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        given: Any = kwargs.get("deadline")
        deadline = given or Deadline(conf.read().deadline)
        if takes_deadline:
            kwargs["deadline"] = deadline
        return retry(partial(service, *args, **kwargs), deadline=deadline)

    return run


def transact(work: Callable[[], _T], *, deadline: Deadline | None = None) -> _T:
    """What ``work`` returns, called in a transaction of its own, as :func:`retried` as needed.

    For a write that stands alone: without it, a row that another holds would be waited for as long
    as the database likes. In a caller's transaction, a part of that one.
    """
    deadline = deadline or Deadline(conf.read().deadline)
    if is_inside_transaction():
        with transaction.atomic(using=database()):
            return work()

    def once() -> _T:
        with _transaction(deadline):
            return work()

    return retry(once, deadline=deadline)


def execute(statement: Callable[[], _T], *, deadline: Deadline | None = None) -> _T:
    """As :func:`transact`, for a single statement: one round trip, without BEGIN and COMMIT."""
    connection = connections[database()]
    if connection.in_atomic_block or is_inside_transaction() or need_a_transaction(connection):
        return transact(statement, deadline=deadline)
    until = deadline or Deadline(conf.read().deadline)

    def once() -> _T:
        with bounded(connection, until):
            return statement()

    return retry(once, deadline=until)


def update(
    rows: models.QuerySet[Any], *, deadline: Deadline | None = None, **values: object
) -> int:
    """``rows.update(…)``, as :func:`execute` does it."""
    return execute(partial(rows.update, **values), deadline=deadline)


def retry(work: Callable[[], _T], *, deadline: Deadline | None = None) -> _T:
    """What ``work`` returns, called as often as :func:`retried` says."""
    deadline = deadline or Deadline(conf.read().deadline)
    pause = _PAUSE
    while True:
        try:
            return work()
        except database_errors.Error as error:
            if is_inside_transaction():
                raise
            if not (database_errors.close_stuck() or database_errors.is_unavailable(error)):
                raise
            if deadline.passed() or not database_errors.is_conflict(error):
                database_errors.log(error)
                raise UnavailableError from error
        time.sleep(min(random.uniform(0, pause), deadline.remaining()))  # noqa: S311 - no secret
        pause = min(2 * pause, _LONGEST_PAUSE)


@contextmanager
def owner_lock(owner: OriginOwner, *, deadline: Deadline | None = None) -> Iterator[None]:
    """As :func:`owners_lock`, for one owner.

    Raises ``OriginOwner.DoesNotExist`` for an owner that was erased meanwhile.
    """
    with owners_lock([owner.pk], deadline=deadline) as locked:
        if not locked:
            raise OriginOwner.DoesNotExist
        yield


@contextmanager
def owners_lock(
    keys: Collection[int], *, deadline: Deadline | None = None
) -> Iterator[frozenset[int]]:
    """A durable transaction in which nobody else changes these owners' facts.

    Gives the keys of those that still exist: an owner may have been erased meanwhile. Two workers
    that each learn one fact must see each other's before they judge. A holder keeps others from
    working, so the wait ends at the deadline (default: ``DEADLINE`` seconds from now) with
    :class:`UnavailableError`; nothing is written then.

    One owner is locked by an update: it comes first in the transaction, so that SQLite takes its
    write lock at once, too. Several are locked in one order, since two callers that each held an
    owner that the other waits for would never end. An update locks rows in the order in which it
    happens to find them, so databases with row locks are asked by primary key, in whose order
    MariaDB searches then.
    """
    alias, rows = database(), OriginOwner.objects.filter(pk__in=keys)
    features = connections[alias].features
    with _transaction(deadline):
        if len(keys) == 1:
            [key] = keys
            found = statements.update_key(OriginOwner, key, alias, touched_at=clock.now())
            yield frozenset(keys if found else ())
        elif features.has_select_for_update:
            # Like an update: rows that refer to these owners may be inserted meanwhile.
            no_key = features.has_select_for_no_key_update
            locked = rows.order_by("pk").select_for_update(no_key=no_key)
            yield frozenset(owner.pk for owner in locked)
        elif rows.update(touched_at=clock.now()) == len(keys):
            yield frozenset(keys)
        else:
            yield frozenset(rows.values_list("pk", flat=True))


@contextmanager
def _transaction(deadline: Deadline | None) -> Iterator[None]:
    """A durable transaction whose waits for locks end at the deadline.

    A deadline that has passed still takes a lock that is free.
    """
    alias = database()
    deadline = deadline or Deadline(conf.read().deadline)
    connection = connections[alias]
    with (
        bounded(connection, deadline),
        _read_committed(connection),
        _write_lock_at_once(connection),
        transaction.atomic(using=alias, durable=True),
    ):
        yield


@contextmanager
def _write_lock_at_once(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have the next transaction of SQLite's wait for its write lock before it reads.

    One that has read is refused the lock at once while another has it, however long it may wait.
    """
    sqlite: Any = connection
    mode = getattr(connection, "transaction_mode", "")
    if mode not in {None, "DEFERRED"}:
        yield
        return
    sqlite.transaction_mode = "IMMEDIATE"
    try:
        yield
    finally:
        sqlite.transaction_mode = mode


@contextmanager
def _read_committed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have the next transaction see what others wrote while it waited for a lock.

    On PostgreSQL, at other isolations that a host may set, it would see what was there before: it
    judges by that, and inserts what is there already. MariaDB's transactions see what is there when
    they first read, which is after they have locked.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    # Not installed where there is no PostgreSQL.
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    with connection.cursor() as cursor:
        # The driver's own: a pool may stand before it, on which nothing can be set.
        driver: Any = cursor.connection
    before = driver.isolation_level
    driver.isolation_level = IsolationLevel.READ_COMMITTED  # a part of the next BEGIN
    try:
        yield
    finally:
        # A connection that broke meanwhile takes its setting with it.
        with contextlib.suppress(Exception):
            driver.isolation_level = before
