"""What an error of the database means, by the codes of each database and driver."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django.db
import pytest
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError
from django.db.utils import DatabaseErrorWrapper, ProgrammingError

from stackone_connect import database_errors

CONFLICT, LOCKED, UNAVAILABLE, MISTAKE = "conflict", "locked", "unavailable", "mistake"


def kind_of(error: django.db.Error) -> str:
    if not database_errors.is_unavailable(error):
        assert not database_errors.is_conflict(error)
        assert not database_errors.is_lock_timeout(error)
        return MISTAKE
    if database_errors.is_conflict(error):
        assert not database_errors.is_lock_timeout(error)
        return CONFLICT
    return LOCKED if database_errors.is_lock_timeout(error) else UNAVAILABLE


class PsycopgError(Exception):
    """As psycopg says it."""

    def __init__(self, code: str | None) -> None:
        super().__init__("of the server, maybe with DETAIL: Key (digest)=(abc)")
        self.sqlstate = code


class Psycopg2Error(Exception):
    """As psycopg2 says it."""

    def __init__(self, code: str | None) -> None:
        super().__init__("of the server")
        self.pgcode = code


def raised(kind: type[django.db.Error], *args: object, cause: Exception | None) -> django.db.Error:
    error = kind(*args)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("driver", [PsycopgError, Psycopg2Error])
@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (OperationalError, "40001", CONFLICT),  # serialization_failure
        (OperationalError, "40P01", CONFLICT),  # deadlock_detected
        (OperationalError, "55P03", LOCKED),  # lock_not_available
        (OperationalError, "57014", UNAVAILABLE),  # query_canceled: the host's statement_timeout
        (OperationalError, "57P01", UNAVAILABLE),  # admin_shutdown
        (OperationalError, "57P03", UNAVAILABLE),  # cannot_connect_now
        (OperationalError, "53100", UNAVAILABLE),  # disk_full
        (OperationalError, "53300", UNAVAILABLE),  # too_many_connections
        (OperationalError, "08006", UNAVAILABLE),  # connection_failure
        (OperationalError, None, UNAVAILABLE),  # the connection is lost: no server says anything
        (InterfaceError, None, UNAVAILABLE),  # the connection is closed
        (InternalError, "25006", UNAVAILABLE),  # read_only_sql_transaction
        (InternalError, "XX001", UNAVAILABLE),  # data_corrupted
        (InternalError, "25P02", MISTAKE),  # in_failed_sql_transaction
        (ProgrammingError, "42P01", MISTAKE),  # undefined_table
        (ProgrammingError, "42501", MISTAKE),  # insufficient_privilege
        (IntegrityError, "23505", MISTAKE),  # unique_violation
    ],
)
def test_postgresql(
    kind: type[django.db.Error], code: str | None, expected: str, driver: Callable[..., Exception]
) -> None:
    assert kind_of(raised(kind, "text", cause=driver(code))) == expected


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (OperationalError, 1213, CONFLICT),  # ER_LOCK_DEADLOCK
        (OperationalError, 1020, CONFLICT),  # ER_CHECKREAD, with innodb_snapshot_isolation
        (OperationalError, 1205, LOCKED),  # ER_LOCK_WAIT_TIMEOUT
        (OperationalError, 1040, UNAVAILABLE),  # ER_CON_COUNT_ERROR
        (OperationalError, 1290, UNAVAILABLE),  # ER_OPTION_PREVENTS_STATEMENT: --read-only
        (OperationalError, 1792, UNAVAILABLE),  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        (OperationalError, 1114, UNAVAILABLE),  # ER_RECORD_FILE_FULL
        (OperationalError, 1021, UNAVAILABLE),  # ER_DISK_FULL
        (InternalError, 3, UNAVAILABLE),  # EE_WRITE: No space left on device
        (OperationalError, 2006, UNAVAILABLE),  # CR_SERVER_GONE_ERROR
        (OperationalError, 2013, UNAVAILABLE),  # CR_SERVER_LOST
        (InterfaceError, 0, UNAVAILABLE),  # the connection is closed
        (OperationalError, 1054, MISTAKE),  # ER_BAD_FIELD_ERROR
        (OperationalError, 1366, MISTAKE),  # ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
        (ProgrammingError, 1146, MISTAKE),  # ER_NO_SUCH_TABLE
        (IntegrityError, 1062, MISTAKE),  # ER_DUP_ENTRY
    ],
)
def test_mariadb(kind: type[django.db.Error], code: int, expected: str) -> None:
    assert kind_of(raised(kind, code, "text", cause=Exception(code, "text"))) == expected


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "errors.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE facts (n integer UNIQUE)")
        connection.execute("INSERT INTO facts VALUES (1)")
    connection.close()
    return path


def by_sqlite(work: Callable[[], object]) -> django.db.Error:
    """What Django makes of what SQLite raises."""

    class Wrapper:
        Database = sqlite3
        errors_occurred = False

    try:
        with DatabaseErrorWrapper(Wrapper()):
            work()
    except django.db.Error as error:
        return error
    pytest.fail("It did not fail.")


def open_(file: Path, options: str = "") -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}{options}", uri=True, timeout=0.05, isolation_level=None)


def test_sqlite_by_real_errors(file: Path) -> None:
    one, other = open_(file), open_(file)
    write = "INSERT INTO facts VALUES (2)"
    mistakes = [
        "SELECT * FROM missing",
        "SELECT missing FROM facts",
        "INSERT INTO facts VALUES (1)",
    ]
    for sql in mistakes:
        assert kind_of(by_sqlite(partial(one.execute, sql))) == MISTAKE

    one.execute("BEGIN IMMEDIATE")
    assert kind_of(by_sqlite(lambda: other.execute(write))) == LOCKED
    one.execute("ROLLBACK")

    one.execute("BEGIN")
    one.execute("SELECT * FROM facts").fetchall()
    other.execute("INSERT INTO facts VALUES (3)")
    assert kind_of(by_sqlite(lambda: one.execute(write))) == CONFLICT
    one.execute("ROLLBACK")

    pages = one.execute("PRAGMA page_count").fetchone()[0]
    one.execute(f"PRAGMA max_page_count = {pages}")
    assert kind_of(by_sqlite(lambda: one.execute("CREATE TABLE more (n integer)"))) == UNAVAILABLE

    with open_(file, "?mode=ro") as reader:
        assert kind_of(by_sqlite(lambda: reader.execute(write))) == UNAVAILABLE
    reader.close()
    gone = file.parent / "no" / "such.sqlite3"
    assert kind_of(by_sqlite(lambda: sqlite3.connect(gone))) == UNAVAILABLE
    one.close()
    other.close()
    closed = by_sqlite(lambda: one.execute(write))
    assert kind_of(closed) == MISTAKE


def test_a_log_line_names_the_code_and_none_of_the_databases_words() -> None:
    postgres = raised(OperationalError, "Key (digest)=(abc)", cause=PsycopgError("40001"))
    assert database_errors.reason(postgres) == "OperationalError:40001"
    mariadb = raised(OperationalError, 1213, "Deadlock on 'abc'", cause=None)
    assert database_errors.reason(mariadb) == "OperationalError:1213"
    assert database_errors.reason(InterfaceError("connection already closed")) == "InterfaceError"


def test_the_numbers_are_sqlites() -> None:
    assert database_errors._SQLITE_MISTAKE == sqlite3.SQLITE_ERROR
    assert database_errors._SQLITE_CONFLICT == sqlite3.SQLITE_BUSY_SNAPSHOT
    assert {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} == database_errors._SQLITE_LOCK_TIMEOUTS


def test_a_python_without_sqlite_serves_a_host_on_another_database() -> None:
    program = """
import sys
sys.modules["sqlite3"] = sys.modules["_sqlite3"] = None
from benchmarks import app
app.serve(with_app=True)
"""
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root, timeout=60)
