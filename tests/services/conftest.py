"""Two workers that meet in the middle of what they do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection


class Meeting:
    """Runs two workers so that each has come to :meth:`point` before either goes on.

    On PostgreSQL they are real threads with connections of their own. SQLite in memory has one
    connection, so there the second worker does all its work while the first is at that point.
    """

    def __init__(self) -> None:
        self._threads = connection.vendor == "postgresql"
        self._barrier = threading.Barrier(2, timeout=5)
        self._arrived = 0
        self._second: Callable[[], None] | None = None

    def point(self) -> None:
        """Where they meet; later visits pass."""
        self._arrived += 1
        if self._arrived > 2:
            return
        if self._threads:
            with contextlib.suppress(threading.BrokenBarrierError):
                self._barrier.wait()
        elif self._second is not None:
            second, self._second = self._second, None
            second()

    def run(self, first: Callable[[], object], second: Callable[[], object]) -> list[object]:
        """What each answered, or the exception it raised."""
        results: dict[int, object] = {}

        def work(number: int, worker: Callable[[], object]) -> None:
            try:
                results[number] = worker()
            except Exception as error:  # noqa: BLE001 - handed to the test
                results[number] = error

        def work_alone(number: int, worker: Callable[[], object]) -> None:
            try:
                work(number, worker)
            finally:
                connection.close()

        if self._threads:
            threads = [
                threading.Thread(target=work_alone, args=pair)
                for pair in enumerate((first, second))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            self._second = lambda: work(1, second)
            work(0, first)
            assert self._second is None, "they never met"
        return [results[0], results[1]]


@pytest.fixture
def meeting(transactional_db: None) -> Meeting:
    return Meeting()
