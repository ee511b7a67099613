"""Time: the one clock, and the one deadline that bounds a whole request of ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

#: Differences below it come from the way to the database and back.
TOLERANCE = timedelta(milliseconds=250)

_ahead = timedelta(0)


def now() -> datetime:
    """The present as an aware UTC time, also where the host has ``USE_TZ = False``.

    By the database's clock as far as it is known (:func:`follow`): times that two servers wrote are
    compared with each other.
    """
    return _local() + _ahead


def follow(shared: datetime) -> None:
    """Let :func:`now` be as far ahead or behind as this clock, which was read just now."""
    global _ahead  # noqa: PLW0603 - one clock for the process
    ahead = shared - _local()
    if abs(ahead - _ahead) > TOLERANCE:
        _ahead = ahead


def _local() -> datetime:
    return datetime.now(UTC)


class Deadline:
    """A point in time that all the calls of one request share.

    ``seconds`` from its making. Timeouts of single calls can't bound a request: three tries, or
    one byte a second, add up. So every wait asks the deadline what is left.
    """

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._at - time.monotonic())

    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.remaining() == 0.0

    def at_most(self, seconds: float) -> Deadline:
        """A deadline for a part of the work: ``seconds`` from now, but never later than this."""
        return Deadline(min(seconds, self.remaining()))
