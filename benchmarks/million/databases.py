"""Two databases that one process measures in turns: one connection to each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_WITHOUT_DATABASE = "postgres"


class Databases:
    """Databases by name, on the server of the settings."""

    def __init__(self, *names: str) -> None:
        settings = connections.databases[DEFAULT_DB_ALIAS]
        self._name = cast(str, settings["NAME"])
        self._connections = {name: self._connection(f"{name}_{self._name}") for name in names}
        self._default = connections[DEFAULT_DB_ALIAS]

    @contextmanager
    def using(self, name: str) -> Iterator[BaseDatabaseWrapper]:
        """Everything in the block is read and written there, over a connection that stays."""
        connection = self._connections[name]
        connections[DEFAULT_DB_ALIAS] = connection
        try:
            yield connection
        finally:
            connections[DEFAULT_DB_ALIAS] = self._default

    def exists(self, name: str) -> bool:
        """Whether a former run has made it."""
        found = self._on_server("SELECT 1 FROM pg_database WHERE datname = %s", self._named(name))
        return bool(found)

    def make(self, name: str) -> None:
        """An empty database with today's tables, in the place of what a former run left."""
        quoted = f'"{self._named(name)}"'
        self._on_server(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        self._on_server(f"CREATE DATABASE {quoted}")
        self.migrate(name)

    def migrate(self, name: str) -> None:
        """Today's tables."""
        with self.using(name):
            call_command("migrate", verbosity=0)

    def _named(self, name: str) -> str:
        return str(self._connections[name].settings_dict["NAME"])

    def _connection(self, name: str) -> BaseDatabaseWrapper:
        made = connections.create_connection(DEFAULT_DB_ALIAS)
        made.settings_dict = {**made.settings_dict, "NAME": name}
        return made

    def _on_server(self, statement: str, *values: str) -> list[Any]:
        connection = self._connection(_WITHOUT_DATABASE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
