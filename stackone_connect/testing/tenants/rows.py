"""Whether anything was written, here or at StackOne, by what should have written nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps
from django.db import connections

_APPS = ("stackone_connect", "stackone_sandbox")
_READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET", "PRAGMA")


class Rows:
    """All that we and the sandbox have written down, and whether it has changed.

    Reading every table after every request would take most of the battery's time: it is done only
    where a statement was seen that writes.
    """

    def __init__(self) -> None:
        self._known = _read()
        self._written = False

    def changed(self) -> list[str]:
        """The tables that differ from the last time, by their models' names."""
        if not self._written:
            return []
        before, self._known, self._written = self._known, _read(), False
        return [label for label, rows in self._known.items() if before[label] != rows]

    def _note(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if not sql.lstrip(" (").upper().startswith(_READING):
            self._written = True
        return execute(sql, *arguments)


@contextmanager
def watched() -> Iterator[Rows]:
    """See every statement of this thread while the block runs."""
    rows = Rows()
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(rows._note))
        yield rows


def _read() -> dict[str, list[dict[str, Any]]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in _APPS
        for model in apps.get_app_config(label).get_models()
    }
