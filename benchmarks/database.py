"""A database of a suite's own, on the server of the settings, dropped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from django.core.management import call_command
from django.db import connection

_WITHOUT_DATABASE = "postgres"


@contextmanager
def database(suite: str) -> Iterator[dict[str, str]]:
    """An empty database that this process is connected to; the environment of others for it."""
    settings = connection.settings_dict
    configured = settings["NAME"]
    connection.close()
    with empty_database(suite) as env:
        settings["NAME"] = f"{suite}_{configured}"
        try:
            call_command("migrate", verbosity=0)
            yield env | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        finally:
            connection.close()
            settings["NAME"] = configured


@contextmanager
def empty_database(suite: str) -> Iterator[dict[str, str]]:
    """A database without a table, for another project; the environment that names it."""
    settings = {**connection.settings_dict}
    settings["NAME"] = f"{suite}_{settings['NAME']}"
    name = f'"{settings["NAME"]}"'
    _on_server(settings, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    try:
        yield {"DATABASE_URL": _url(settings)}
    finally:
        _on_server(settings, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(settings: dict[str, Any], *statements: str) -> None:
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname=_WITHOUT_DATABASE,
        autocommit=True,
    ) as server:
        for statement in statements:
            server.execute(statement.encode())


def _url(settings: dict[str, Any]) -> str:
    secret = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    host = f"{settings['USER']}{secret}@{settings['HOST']}{port}"
    return f"postgres://{host}/{settings['NAME']}"
