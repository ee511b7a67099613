"""Statements that wait for a lock until a deadline, and no longer."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from stackone_connect import database_errors
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import UnavailableError

#: PostgreSQL's, in milliseconds, for the transaction.
_LIMIT = "SET LOCAL lock_timeout = %s"
#: Before a statement by itself. Where a host's connections are serializable, what it writes would
#: let others fail that only read.
_READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"


@contextmanager
def bounded(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    """Statements inside wait for a lock until the deadline; then :class:`UnavailableError`.

    Enter it before the transaction: SQLite may take its lock with ``BEGIN``. On PostgreSQL the
    limit belongs to the transaction that the first statement is in, which may be that statement
    alone; elsewhere to the connection, and it is put back, whatever it was.
    """
    limits = {"sqlite": _of_sqlite, "mysql": _of_mysql, "postgresql": _of_postgresql}
    try:
        with limits.get(connection.vendor, _none)(connection, deadline):
            yield
    except DatabaseError as error:
        if database_errors.is_lock_timeout(error):
            database_errors.log(error)
            raise UnavailableError from error
        raise


def need_a_transaction(connection: BaseDatabaseWrapper) -> bool:
    """Whether a single statement can't be bounded without a transaction around it.

    PostgreSQL takes two statements at once only where the driver puts in the values itself.
    """
    if connection.vendor != "postgresql":
        return False
    return bool(connection.settings_dict["OPTIONS"].get("server_side_binding"))


@contextmanager
def _none(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    yield


@contextmanager
def _of_postgresql(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    """One round trip for the limit and the first statement, which runs as if it were alone."""
    # Not installed where there is no PostgreSQL.
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    is_set = False

    def set_first(  # noqa: PLR0917 - Django calls it so
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        nonlocal is_set
        if is_set:
            return execute(sql, params, many, context)
        is_set = True
        # Zero would be no limit. It ends with the transaction, also behind a pool.
        milliseconds = _milliseconds(deadline)
        limit = _LIMIT % milliseconds
        if many or need_a_transaction(connection):
            context["cursor"].execute(limit)
            return execute(sql, params, many, context)
        if isinstance(params, list | tuple):
            # As a parameter, so that the driver has split this text before.
            limit, params = _LIMIT, [milliseconds, *params]
        before = [limit] if connection.in_atomic_block else [_READ_COMMITTED, limit]
        result = execute("; ".join([*before, sql]), params, many, context)
        if is_psycopg3:
            for _ in before:
                context["cursor"].nextset()  # from what that returned to what the statement did
        return result

    connection.ensure_connection()  # whose first statement may be the host's own
    with connection.execute_wrapper(set_first):
        yield


@contextmanager
def _of_sqlite(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    with connection.cursor() as cursor:
        [before] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_milliseconds(deadline)}")
    with _afterwards(connection, f"PRAGMA busy_timeout = {before}"):
        yield


@contextmanager
def _of_mysql(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    # The second is about tables: one that is being altered.
    names = ("innodb_lock_wait_timeout", "lock_wait_timeout")
    seconds = max(1, math.floor(deadline.remaining()))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'@@SESSION.{name}' for name in names)}")
        before = dict(zip(names, cursor.fetchone(), strict=True))
        cursor.execute(_set_session(dict.fromkeys(names, seconds)))
    with _afterwards(connection, _set_session(before)):
        yield


@contextmanager
def _afterwards(connection: BaseDatabaseWrapper, sql: str) -> Iterator[None]:
    try:
        yield
    finally:
        # A connection that broke meanwhile takes its setting with it.
        with contextlib.suppress(database_errors.Error), connection.cursor() as cursor:
            cursor.execute(sql)


def _set_session(values: dict[str, int]) -> str:
    return f"SET SESSION {', '.join(f'{name} = {value}' for name, value in values.items())}"


def _milliseconds(deadline: Deadline) -> int:
    return max(1, math.floor(deadline.remaining() * 1000))
