"""A limit per organization on calls that reach StackOne, shared by workers through the cache.

The window slides: it is cut into ``SLICES`` counters, and a call passes if those that the window
touches hold less than the limit. A call that may pass counts itself and looks again, so that no
more pass at once either where the cache's ``incr`` is atomic: Redis, memcached, and in memory.
While less than half of the limit is used it does not look again, and of the calls in one slice only
the first looks at all: the others count themselves, which is one round trip. Workers whose clocks
are a slice apart may then see each other's calls a slice late.

Caches in files and in the database read and then write: there one process counts right, by a lock,
and several lose calls to each other. Caches in memory know nothing of other processes.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from operator import sub

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.db import models

from stackone_connect import conf, logs
from stackone_connect.api import cache_calls
from stackone_connect.conf.rules import parse_rate
from stackone_connect.exceptions import ThrottledError

#: Counters per window. A call is let go of at most one slice late, never early.
SLICES = 60

#: Their ``incr`` reads and then writes, and forgets how long to keep the number.
_NOT_ATOMIC = (FileBasedCache, DatabaseCache)

_one_at_a_time = threading.Lock()

#: What the last call that passed knew, by counter: its slice, the calls in all other slices, and
#: those in its own.
_known: dict[str, tuple[int, int, int]] = {}
#: Organizations of which this is remembered; then it starts anew.
_KNOWN_LIMIT = 10_000


def throttle(organization: models.Model) -> None:
    """Count one call; raise :class:`ThrottledError` beyond ``THROTTLE_RATE``.

    A cache that fails, or does not answer within ``cache_calls.TIMEOUT``, lets the call through,
    and those of the next seconds without being asked. That is logged once, until it answers again.
    """
    rate = conf.read().throttle_rate
    if rate is None:
        return
    counter = _Counter.of(organization, rate)
    try:
        wait = cache_calls.ask(counter.count)
    except cache_calls.CachePausedError:
        return
    except cache_calls.CacheFailedError as error:
        logs.write(
            logging.WARNING,
            "throttle.cache_failed",
            organization=organization.pk,
            error=error,
        )
        return
    if wait is not None:
        raise ThrottledError(retry_after=max(1, math.ceil(wait)))


@dataclass(frozen=True, kw_only=True)
class _Counter:
    """The counters of one organization, at one moment."""

    prefix: str
    calls: int
    seconds: int
    now: float

    @classmethod
    def of(cls, organization: models.Model, rate: str) -> _Counter:
        calls, seconds = parse_rate(rate)
        name = hashlib.sha256(str(organization.pk).encode()).hexdigest()[:32]
        prefix = f"stackone_connect:calls:{name}:{seconds}"
        return cls(prefix=prefix, calls=calls, seconds=seconds, now=time.time())

    @property
    def slice(self) -> float:
        """Seconds that one counter counts for."""
        return self.seconds / SLICES

    @property
    def newest(self) -> int:
        """The number of the counter that this moment counts in."""
        return math.floor(self.now / self.slice)

    def count(self, cache: BaseCache) -> float | None:
        """Count the call: ``None`` if it may pass, else in how many seconds one may."""
        if isinstance(cache, _NOT_ATOMIC):
            return self._count_one_at_a_time(cache)
        newest, others, here = _known.get(self.prefix, (None, 0, 0))
        if newest != self.newest or not self._is_far_below(others + here + 1):
            counts = self._counts(cache)
            wait = self._wait(counts, more=1)
            if wait is not None:
                return wait
            others = sum(counts.values()) - counts[self.newest]
        here = self._one_more(cache)
        if not self._is_far_below(others + here):
            wait = self._wait({**self._counts(cache), self.newest: here})
            if wait is not None:
                cache.decr(self._key(self.newest))
                return wait
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[self.prefix] = self.newest, others, here
        return None

    def _is_far_below(self, calls: int) -> bool:
        """Whether so many are so few that a few more, by others just now, would do no harm."""
        return 2 * calls <= self.calls

    def _count_one_at_a_time(self, cache: BaseCache) -> float | None:
        """The same for a cache that can't count by itself."""
        if not _one_at_a_time.acquire(timeout=cache_calls.TIMEOUT):
            raise TimeoutError
        try:
            counts = self._counts(cache)
            wait = self._wait(counts, more=1)
            if wait is None:
                here = counts[self.newest] + 1
                cache.set(self._key(self.newest), here, timeout=self._kept)
            return wait
        finally:
            _one_at_a_time.release()

    def _one_more(self, cache: BaseCache) -> int:
        key = self._key(self.newest)
        try:
            here = cache.incr(key)
        except ValueError:
            cache.add(key, 0, timeout=self._kept)
            here = cache.incr(key)
        return int(here)  # some caches answer None when they are gone

    def _counts(self, cache: BaseCache) -> dict[int, int]:
        """In one round trip. One ahead: for another whose clock, or moment, is just past ours."""
        keys = {self._key(n): n for n in range(self.newest - SLICES, self.newest + 2)}
        found = cache.get_many(list(keys))
        return {n: int(found.get(key) or 0) for key, n in keys.items()}

    def _wait(self, counts: Mapping[int, int], *, more: int = 0) -> float | None:
        """Seconds until as many as are too many have left the window, the oldest first."""
        total = sum(counts.values()) + more
        if total <= self.calls:
            return None
        left = accumulate(counts.values(), sub, initial=total)
        gone = next(n for n, held in zip(counts, list(left)[1:], strict=True) if held <= self.calls)
        return (gone + SLICES + 1) * self.slice - self.now

    @property
    def _kept(self) -> int:
        """Seconds: for as long as the window touches a counter."""
        return math.ceil(self.seconds + 2 * self.slice)

    def _key(self, number: int) -> str:
        return f"{self.prefix}:{number}"
