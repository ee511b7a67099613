"""A database that other threads and processes can use as well, and what they need besides."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_httpserver import HTTPServer

from tests.webhooks.deliveries import SECRET

ROOT = Path(__file__).resolve().parent.parent.parent
#: Seconds that a process gets to start, and to do what is asked of it.
PATIENCE = 30


@pytest.fixture(autouse=True)
def _webhooks_are_set_up(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])


def comes_true(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@dataclass
class SharedDatabase:
    """The server's test database; for SQLite a file, since nobody else sees one in memory."""

    settings_dict: dict[str, Any]
    vendor: str
    wrapper: type[BaseDatabaseWrapper]

    @property
    def url(self) -> str:
        """For ``DATABASE_URL``."""
        told = self.settings_dict
        if self.vendor == "sqlite":
            return f"sqlite:///{told['NAME']}"
        user = f"{told['USER']}:{told['PASSWORD']}".rstrip(":")
        scheme = "mysql" if self.vendor == "mysql" else "postgres"
        return f"{scheme}://{user}@{told['HOST']}:{told['PORT']}/{told['NAME']}"

    def at_once(self, *functions: Callable[[], Any]) -> list[Any]:
        """Call functions at the same moment, each with a connection of its own."""
        start = threading.Barrier(len(functions), timeout=PATIENCE)

        def work(function: Callable[[], Any]) -> Any:
            connections["default"] = self.wrapper(self.settings_dict)
            try:
                start.wait()
                return function()
            finally:
                connections["default"].close()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(work, functions))

    @contextmanager
    def process(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A Python process on this database while the block runs; killed if it does not stop."""
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.background.worker_settings",
                "DATABASE_URL": self.url,
                "WEBHOOK_SECRET": SECRET,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=5)
            process.kill()
            process.communicate()


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[SharedDatabase]:
    usual = connections["default"]
    if usual.vendor != "sqlite":
        yield SharedDatabase(usual.settings_dict, usual.vendor, type(usual))
        return
    file = tmp_path / "shared.sqlite3"
    usual.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        usual.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    options = {"timeout": 20, "transaction_mode": "IMMEDIATE"}
    told = {**usual.settings_dict, "NAME": str(file), "OPTIONS": options}
    connections["default"] = type(usual)(told)
    try:
        yield SharedDatabase(told, usual.vendor, type(usual))
    finally:
        connections["default"].close()
        connections["default"] = usual


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """StackOne's place behind a socket, asked by several at once."""
    with HTTPServer(threaded=True) as server:
        yield server
