"""Points at which a process is killed: before each statement, commit and call to StackOne.

A point between two of them leaves nothing else behind than the one that follows it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import connection

from stackone_connect.client.transport import Transport


class Points:
    """Counts the points that this thread passes and kills the process at one of them."""

    def __init__(self, fatal: int) -> None:
        self._fatal = fatal
        self.passed = 0
        self._undo: list[Callable[[], None]] = []

    def watch(self) -> None:
        """Count from now on."""
        connection.execute_wrappers.append(self._statement)
        self._undo.append(lambda: connection.execute_wrappers.remove(self._statement))
        self._before(connection, "_commit")
        self._before(Transport, "_try")

    def unwatch(self) -> None:
        while self._undo:
            with suppress(ValueError):
                self._undo.pop()()

    def _before(self, target: Any, name: str) -> None:
        usual = getattr(target, name)

        def watched(*args: Any, **options: Any) -> Any:
            self._pass()
            return usual(*args, **options)

        setattr(target, name, watched)
        self._undo.append(lambda: setattr(target, name, usual))

    def _statement(self, execute: Callable[..., Any], *args: Any) -> Any:
        self._pass()
        return execute(*args)

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(self) -> None:
        """Write down how many points there were, where the runner looks for it."""
        Path(os.environ["RELIABILITY_POINTS"]).write_text(str(self.passed))


class Watched:
    """A response whose points are counted until it is closed: work after the response included."""

    def __init__(self, response: Iterable[bytes], points: Points) -> None:
        self._response = response
        self._points = points

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        try:
            close = getattr(self._response, "close", None)
            if close is not None:
                close()
        finally:
            self._points.unwatch()
            self._points.tell()
