"""A MariaDB server that may be killed and cut off."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from reliability.database_server import NAME, Server, program


class MariaDB(Server):
    kind = "mariadb"
    user = "mysql"

    @property
    def url(self) -> str:
        return f"mysql://site@127.0.0.1:{self.port}/{NAME}"

    def create(self) -> None:
        install = program("mariadb-install-db", "usr/bin")
        words = ["--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db"]
        self.prepare(install, *words, "--auth-root-authentication-method=normal")
        self.start()
        self.execute(
            f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4",
            "CREATE USER site@'127.0.0.1'",
            f"GRANT ALL ON {NAME}.* TO site@'127.0.0.1'",
        )

    def command(self) -> Sequence[str]:
        return [
            *(program("mariadbd", "usr/sbin"), "--no-defaults", "--skip-name-resolve"),
            *(f"--datadir={self.folder / 'data'}", f"--socket={self.folder / 'socket'}"),
            *(f"--port={self.port}", "--bind-address=127.0.0.1", "--max-connections=400"),
            *("--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M"),
        ]

    def execute(self, *statements: str) -> None:
        connection = self.connect("mysql")
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def connect(self, database: str = NAME) -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True
        )

    def cut(self) -> None:
        self.execute("KILL USER site@'127.0.0.1'")

    def read_only(self, on: bool) -> None:
        self.execute(f"SET GLOBAL read_only = {int(on)}")

    def full(self) -> AbstractContextManager[None]:
        """Not tried here: its whole data would have to be on the small disk."""
        raise PermissionError("not tried on MariaDB")
