"""What an error of the database means, on each database and driver that we know.

Django's classes do not say it: a full disk, a deadlock and a misspelt column may all be an
``OperationalError``, and a server that only reads is an ``InternalError`` of PostgreSQL's.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from django.db import Error, InterfaceError, InternalError, OperationalError, connections

from stackone_connect import logs

__all__ = [
    "Error",
    "close_cut",
    "close_stuck",
    "is_conflict",
    "is_lock_timeout",
    "is_unavailable",
    "log",
    "reason",
]

_trouble = logs.Flood()

#: PostgreSQL's: serialization_failure, deadlock_detected.
_PG_CONFLICTS = {"40001", "40P01"}
#: PostgreSQL's: lock_not_available.
_PG_LOCK_TIMEOUT = "55P03"
#: PostgreSQL's, although they are no OperationalError: read_only_sql_transaction, and what it finds
#: broken in itself.
_PG_INTERNAL = ("25006", "XX")

#: MariaDB's: ER_CHECKREAD (1020, ``innodb_snapshot_isolation``), ER_LOCK_DEADLOCK.
_MYSQL_CONFLICTS = {1020, 1213}
#: MariaDB's: ER_LOCK_WAIT_TIMEOUT, ER_LOCK_NOWAIT.
_MYSQL_LOCK_TIMEOUTS = {1205, 3572}
#: MariaDB's, of the statement: an unknown column, a missing value, a text it has no characters for.
_MYSQL_MISTAKES = {1054, 1364, 1366}

# SQLite's, as numbers: a host on another database need not have its library, which takes 1 MB.
#: SQLITE_ERROR: a mistake in a statement.
_SQLITE_MISTAKE = 1
#: SQLITE_BUSY_SNAPSHOT: another has written since this transaction read.
_SQLITE_CONFLICT = 517
#: SQLITE_BUSY, SQLITE_LOCKED.
_SQLITE_LOCK_TIMEOUTS = {5, 6}


def is_conflict(error: Error) -> bool:
    """Whether others wrote the same at the same time: a serialization failure, or a deadlock.

    Nothing of the transaction was written, and doing all of it again at once is right.
    """
    return (
        _sqlstate(error) in _PG_CONFLICTS
        or _mysql_code(error) in _MYSQL_CONFLICTS
        or _sqlite_code(error) == _SQLITE_CONFLICT
    )


def is_lock_timeout(error: Error) -> bool:
    """Whether somebody held a lock for longer than the statement was to wait."""
    sqlite = _sqlite_code(error)
    return (
        _sqlstate(error) == _PG_LOCK_TIMEOUT
        or _mysql_code(error) in _MYSQL_LOCK_TIMEOUTS
        # The lower byte is the primary code; the rest says more of it.
        or (sqlite & 0xFF in _SQLITE_LOCK_TIMEOUTS and sqlite != _SQLITE_CONFLICT)
    )


def is_unavailable(error: BaseException) -> bool:
    """Whether the database can't do it just now, and may in a moment.

    It is gone, full, read-only or busy, or cut the connection. False for mistakes in statements and
    in tables, which are bugs or migrations that did not run.
    """
    if isinstance(error, OperationalError):
        is_mistake = _sqlite_code(error) == _SQLITE_MISTAKE or _mysql_code(error) in _MYSQL_MISTAKES
        return not is_mistake
    if isinstance(error, InternalError):
        # MariaDB's are those of its storage.
        return _sqlstate(error).startswith(_PG_INTERNAL) or _mysql_code(error) > 0
    # Of a connection that is closed; SQLite's is about parameters.
    return isinstance(error, InterfaceError) and not _is_sqlites(error)


def close_stuck() -> bool:
    """Close connections that Django believes to be inside a block that nobody is in; whether any.

    A connection that is lost between the end of a transaction and the switch back to autocommit
    makes the next block fail while it is entered, and Django would refuse everything that this
    thread asks from then on, requests to come included.
    """
    stuck = [
        connection
        for connection in connections.all(initialized_only=True)
        if connection.in_atomic_block and not connection.atomic_blocks
    ]
    for connection in stuck:
        connection.in_atomic_block = connection.closed_in_transaction = False
        connection.needs_rollback = False
        connection.savepoint_ids = []
        with suppress(Error):  # some drivers refuse to close twice
            connection.close()
    return bool(stuck)


def close_cut() -> None:
    """Close connections that the server has ended, so that the next statement opens new ones.

    Django sees to it between requests. A worker of a queue, a loop that calls commands and a run
    that has waited for long have none, and would ask a closed connection for ever.
    """
    for connection in connections.all(initialized_only=True):
        is_open = connection.connection is not None
        if is_open and not connection.in_atomic_block and not connection.is_usable():
            with suppress(Error):
                connection.close()


def reason(error: Error) -> str:
    """The error's class and the database's own code, for a log line: its words may hold values."""
    named = getattr(error.__cause__, "sqlite_errorname", "")
    code = _mysql_code(error) or _sqlstate(error) or named
    return f"{type(error).__name__}:{code}" if code else type(error).__name__


def log(error: Error) -> None:
    """One line about a database that could not do something; of many at once, some."""
    is_busy = is_conflict(error) or is_lock_timeout(error)
    level = logging.WARNING if is_busy else logging.ERROR
    _trouble.write(level, "database.unavailable", error=reason(error))


def _sqlstate(error: Error) -> str:
    """PostgreSQL's code, by psycopg or psycopg2; empty where there is none."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""


def _mysql_code(error: Error) -> int:
    """MariaDB's or MySQL's code; 0 where there is none."""
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def _is_sqlites(error: Error) -> bool:
    """Whether it is an error of SQLite's module, or of another one that stands in for it."""
    return any("sqlite" in kind.__module__ for kind in type(error.__cause__).__mro__)


def _sqlite_code(error: Error) -> int:
    """SQLite's extended code; 0 where there is none."""
    return getattr(error.__cause__, "sqlite_errorcode", 0)
