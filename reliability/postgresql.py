"""A PostgreSQL server that may be killed, filled and cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from reliability.database_server import NAME, Server, program

#: The size of a disk that is soon full.
TINY = "48m"


class PostgreSQL(Server):
    kind = "postgresql"
    user = "postgres"

    @property
    def url(self) -> str:
        return f"postgres://site@127.0.0.1:{self.port}/{NAME}"

    def create(self) -> None:
        initdb = program("initdb", "usr/lib/postgresql/*/bin")
        self.prepare(initdb, "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-N")
        self.start()
        self.execute("CREATE ROLE site LOGIN", f"CREATE DATABASE {NAME} OWNER site")

    def command(self) -> Sequence[str]:
        # What a killed process wrote stays in the machine's memory, so nothing needs to be synced.
        return [
            *(program("postgres", "usr/lib/postgresql/*/bin"), "-D", str(self.folder / "data")),
            *("-p", str(self.port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"),
            *("-c", "max_connections=400"),
        ]

    def execute(self, *statements: str) -> None:
        with self.connect("postgres") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connect(self, database: str = NAME) -> psycopg.Connection[Any]:
        address = f"postgres://postgres@127.0.0.1:{self.port}/{database}"
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    def cut(self) -> None:
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'site'"
        )

    def read_only(self, on: bool) -> None:
        value = "on" if on else "off"
        self.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        self.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)

    @contextmanager
    def full(self) -> Iterator[None]:
        """The database on a disk that has no room left. Needs root; raises ``PermissionError``."""
        if os.geteuid():
            raise PermissionError("only root can mount a small disk")
        disk = self.folder / "tiny"
        disk.mkdir(exist_ok=True)
        options = f"size={TINY},uid={self.user}"
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise PermissionError("a small disk can't be mounted here")
        try:
            location = disk / "data"
            location.mkdir()
            shutil.chown(location, self.user)
            location.chmod(0o700)
            self.execute(f"CREATE TABLESPACE tiny LOCATION '{location}'")
            self._move("tiny")
            with self.connect() as connection:
                connection.execute("CREATE TABLE filler (text text) TABLESPACE tiny")
                self._fill(connection)
                # Each page counts as full, so that a new row needs a new one.
                self._alter_tables(connection, "SET (fillfactor = 10)")
                try:
                    yield
                finally:
                    connection.execute("DROP TABLE filler")
                    self._alter_tables(connection, "RESET (fillfactor)")
            self._move("pg_default")
            self.execute("DROP TABLESPACE tiny")
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)

    def _move(self, tablespace: str) -> None:
        self.cut()
        self.execute(f"ALTER DATABASE {NAME} SET TABLESPACE {tablespace}")

    @staticmethod
    def _alter_tables(connection: psycopg.Connection[Any], change: str) -> None:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'stackone_connect_%'"
        )
        for (table,) in found.fetchall():
            connection.execute(f"ALTER TABLE {table} {change}".encode())

    @staticmethod
    def _fill(connection: psycopg.Connection[Any]) -> None:
        for size in (1_000_000, 8_000, 100):
            with suppress(psycopg.errors.DiskFull, psycopg.OperationalError):
                while True:
                    connection.execute(
                        "INSERT INTO filler SELECT string_agg(md5(n::text || random()::text), '')"
                        " FROM generate_series(1, %s / 32) n",
                        [size],
                    )
