"""Calls to the cache that keep no request waiting for long, whatever the cache does.

A call that hangs can't be taken away from the thread that makes it: clients of caches wait in a
socket, often without a time limit, and some already while they are made. So a few threads of our
own make the calls, each with its own client, as Django gives every thread its own. Who asks waits
up to ``TIMEOUT``; a thread that hangs is left to itself, and no more than ``THREADS`` ever do.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.module_loading import import_string

from stackone_connect import forks

_T = TypeVar("_T")

#: Seconds that a request waits for the cache at most.
TIMEOUT = 2.0
#: Seconds for which a cache that failed is not asked; twice as long each time, up to the longest.
PAUSE = 5.0
LONGEST_PAUSE = 60.0
#: Threads that ask, of which a cache that hangs may keep all.
THREADS = 8

#: Wait for nothing, so they are asked at once.
_IN_MEMORY = (LocMemCache, DummyCache)


class CacheFailedError(Exception):
    """The cache failed, or was too slow. It is not asked again for a while."""


class CachePausedError(Exception):
    """The cache failed a moment ago, and was not asked."""


class _Call(Generic[_T]):
    """One call that a thread of ours makes, and what came of it."""

    def __init__(self, work: Callable[[BaseCache], _T]) -> None:
        self._work = work
        self._is_over = threading.Event()
        self._results: list[_T] = []
        self._failure = Exception()
        self._is_given_up = False

    def make(self) -> None:
        """Make the call, unless nobody waits for it any more."""
        if self._is_given_up:
            return
        try:
            self._results.append(self._work(caches[DEFAULT_CACHE_ALIAS]))
        except Exception as error:  # noqa: BLE001 - each cache library fails with its own errors
            self._failure = error
        except BaseException as error:  # noqa: BLE001 - nor may any end the thread, or who waits
            self._failure = RuntimeError(type(error).__name__)
        if not self._results:
            # A connection in whatever state is not for the next call.
            with suppress(BaseException):
                caches[DEFAULT_CACHE_ALIAS].close()
        self._is_over.set()

    def result(self) -> _T:
        """What the call returned; ``TimeoutError`` if it does not return in time."""
        if not self._is_over.wait(TIMEOUT):
            self._is_given_up = True
            raise TimeoutError
        if not self._results:
            raise self._failure
        return self._results[0]


class _Threads:
    """Up to ``THREADS`` daemon threads, started as they are needed.

    Daemons, so that a process ends although one of them hangs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: queue.SimpleQueue[_Call[Any]] = queue.SimpleQueue()
        self._started = 0
        self._open = 0

    def add(self, call: _Call[Any]) -> None:
        """Have a call made by the next thread that is free."""
        with self._lock:
            if self._started < min(self._open + 1, THREADS):
                name = "stackone-connect-cache"
                threading.Thread(target=self._run, name=name, daemon=True).start()
                self._started += 1
            self._open += 1
        self._calls.put(call)

    def _run(self) -> None:
        while True:
            self._calls.get().make()
            with self._lock:
                self._open -= 1


class BoundedCache:
    """The default cache of one process, asked for at most ``TIMEOUT`` seconds at a time.

    After a failure it is not asked for ``PAUSE`` seconds; then one call tries it, while the others
    still do without.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = _Threads()
        self._failures = 0
        self._paused_until = 0.0
        self._is_tried = False

    def ask(self, work: Callable[[BaseCache], _T]) -> _T:
        """What ``work`` returns, given the cache.

        ``work`` may be called in another thread, and may go on after this has given up. Raises
        :class:`CacheFailedError` for the first failure after a success, and
        :class:`CachePausedError` from then on, until the cache answers again.
        """
        with self._lock:
            was_failing = self._failures > 0
            if was_failing:
                if self._is_tried or time.monotonic() < self._paused_until:
                    raise CachePausedError
                self._is_tried = True
        started = time.monotonic()
        try:
            result = self._result(work)
            if time.monotonic() - started >= TIMEOUT:
                raise TimeoutError  # of a cache that can't be left waiting for
        except Exception as error:
            if self._has_failed():
                raise CacheFailedError(type(error).__name__) from error
            raise CachePausedError from error
        else:
            self._has_worked()
            return result
        finally:
            if was_failing:
                self._is_tried = False

    def _result(self, work: Callable[[BaseCache], _T]) -> _T:
        if _is_asked_at_once():
            return work(caches[DEFAULT_CACHE_ALIAS])
        call = _Call(work)
        self._threads.add(call)
        return call.result()

    def _has_failed(self) -> bool:
        """Pause; whether it worked until now. What began before the pause does not prolong it."""
        with self._lock:
            now = time.monotonic()
            if self._failures and now < self._paused_until:
                return False
            self._paused_until = now + min(PAUSE * 2**self._failures, LONGEST_PAUSE)
            self._failures = min(self._failures + 1, 16)
            return self._failures == 1

    def _has_worked(self) -> None:
        with self._lock:
            if time.monotonic() >= self._paused_until:
                self._failures = 0


def _is_asked_at_once() -> bool:
    """Whether the cache waits for no network, or belongs to the thread that asks.

    A cache in the database uses that thread's connection, which has bounds of its own.
    """
    kind = import_string(caches.settings[DEFAULT_CACHE_ALIAS]["BACKEND"])
    return kind in _IN_MEMORY or issubclass(kind, DatabaseCache)


_of_this_process = BoundedCache()


def ask(work: Callable[[BaseCache], _T]) -> _T:
    """:meth:`BoundedCache.ask`, of this process."""
    return _of_this_process.ask(work)


def forget() -> None:
    """Start anew: nothing is known of the cache, and no thread is there."""
    global _of_this_process  # noqa: PLW0603 - one for each process
    _of_this_process = BoundedCache()


# Threads do not live on in a process that was forked.
forks.in_child(forget)
