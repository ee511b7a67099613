"""Detects writes, here or at StackOne, by requests that must not write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps
from django.db import connections

from stackone_connect.models.fetches import FetchNumber

#: The apps whose tables are watched: stackone_connect's, and the sandbox's for StackOne.
APP, SANDBOX_APP = "stackone_connect", "stackone_sandbox"
_READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET", "PRAGMA")


class WriteWatch:
    """The data of both apps, and whether it has changed.

    Reading every table after every request would be slow, so they are read only after a statement
    that writes.
    """

    def __init__(self) -> None:
        self._known = _read()
        self._written = False

    def accept_changes(self) -> None:
        """Take the current data as the expected data."""
        self._known, self._written = _read(), False

    def changed(self) -> list[str]:
        """The names of the models whose tables changed since the last call."""
        if not self._written:
            return []
        before, self._known, self._written = self._known, _read(), False
        return [label for label, records in self._known.items() if before[label] != records]

    def _note(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if not sql.lstrip(" (").upper().startswith(_READING):
            self._written = True
        return execute(sql, *arguments)


@contextmanager
def watch_writes() -> Iterator[WriteWatch]:
    """Watch every SQL statement of this thread while the block runs."""
    watch = WriteWatch()
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(watch._note))
        yield watch


def _read() -> dict[str, list[dict[str, Any]]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in (APP, SANDBOX_APP)
        for model in apps.get_app_config(label).get_models()
        # It holds nothing of anybody: a number is handed out before StackOne is asked.
        if model is not FetchNumber
    }
