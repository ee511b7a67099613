"""How many requests of this process may be at StackOne at once (``MAX_CONCURRENT_CALLS``).

A request that waits for StackOne holds a thread of the host's, and a StackOne that hangs would soon
hold all of them. So calls share a limited number of slots: while StackOne answers, one more waits
for a free slot; while those that hold one hang, it is refused at once. After several time-outs in a
row nothing is sent but a probe now and then (a circuit breaker). Commands and queues hold no thread
of the site: they ask inside :func:`unlimited`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from stackone_connect import conf, forks
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import StackOneUnavailableError

#: Seconds without any response after which the calls that hold the slots are taken to hang: twice
#: what the last response took, but at least the first and at most the second.
STALLED_AFTER_SECONDS = (2.0, 5.0)
#: So many time-outs in a row open the circuit breaker.
CONSECUTIVE_TIMEOUTS = 3
#: Seconds. A failure that took less holds no thread to speak of and counts as no time-out.
TIMEOUT_SECONDS = 1.0
#: Seconds between two probes while nothing else is sent; also what callers are asked to wait.
PROBE_SECONDS = 5

#: Whether calls need no slot here; set by :func:`unlimited`.
is_unlimited: ContextVar[bool] = ContextVar("stackone_connect_unlimited", default=False)

Result = TypeVar("Result")


@contextmanager
def unlimited() -> Iterator[None]:
    """Let calls to StackOne in this block need no slot: no thread of the site waits for them."""
    token = is_unlimited.set(True)
    try:
        yield
    finally:
        is_unlimited.reset(token)


class Slots:
    """The slots for calls to one address."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0
        self._progress_at = 0.0
        self._answered_in = 0.0
        self._timeouts = 0
        self._probe_at = 0.0

    def run(self, call: Callable[[], Result], *, limit: int, deadline: Deadline) -> Result:
        """Make a call while holding one of ``limit`` slots; its result.

        Raises :class:`StackOneUnavailableError` without making it where the calls that hold the
        slots hang, or StackOne was found to hang. That error of the call itself, after some time,
        is a time-out.
        """
        self._take(limit, deadline)
        started = time.monotonic()
        timed_out = False
        try:
            return call()
        except StackOneUnavailableError:
            timed_out = time.monotonic() - started >= TIMEOUT_SECONDS
            raise
        finally:
            with self._changed:
                self._taken -= 1
                self._progress_at = now = time.monotonic()
                self._timeouts = self._timeouts + 1 if timed_out else 0
                if timed_out:
                    self._probe_at = now + PROBE_SECONDS
                else:
                    self._answered_in = now - started
                self._changed.notify_all()

    def _take(self, limit: int, deadline: Deadline) -> None:
        with self._changed:
            while self._taken >= limit:
                seconds = min(self._until_stalled(), deadline.remaining())
                if seconds <= 0 or self._is_open():
                    raise StackOneUnavailableError(retry_after=PROBE_SECONDS)
                self._changed.wait(seconds)
            if self._is_open():
                if time.monotonic() < self._probe_at:
                    raise StackOneUnavailableError(retry_after=PROBE_SECONDS)
                self._probe_at = time.monotonic() + PROBE_SECONDS
            self._taken += 1
            if self._taken >= limit:
                self._progress_at = time.monotonic()

    def _until_stalled(self) -> float:
        """Seconds that the calls that hold the slots have left to make progress."""
        least, most = STALLED_AFTER_SECONDS
        allowed = min(max(least, 2 * self._answered_in), most)
        return self._progress_at + allowed - time.monotonic()

    def _is_open(self) -> bool:
        """Whether the circuit breaker is open: StackOne was found to hang."""
        return self._timeouts >= CONSECUTIVE_TIMEOUTS


_slots: dict[str, Slots] = {}
# A child does not know who gives back what its parent's threads had taken.
forks.in_child(_slots.clear)


def slots_of(base_url: str) -> Slots:
    """The slots for calls to this address, which all clients of the process share."""
    return _slots.get(base_url) or _slots.setdefault(base_url, Slots())


def in_slot(call: Callable[[], Result], *, base_url: str, deadline: Deadline) -> Result:
    """Make a call to this address while holding one of its slots, as :meth:`Slots.run`."""
    limit = conf.read().max_concurrent_calls
    if limit is None:
        return call()
    return slots_of(base_url).run(call, limit=limit, deadline=deadline)
