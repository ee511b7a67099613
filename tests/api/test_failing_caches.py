"""A cache that fails, hangs or comes and goes keeps no request waiting, and stops no call."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from example_project.accounts.models import Organization
from stackone_connect.api import cache_calls
from tests.api.test_throttling import LIMIT, ROOT, WORKER, passes, require_redis, somebody

__all__ = ["somebody"]

#: What a machine that is busy with other things adds to a wait.
NOISE = 4.0
REDIS_BACKEND = "django.core.cache.backends.redis.RedisCache"


@pytest.fixture(autouse=True)
def _limited(configure: Callable[..., None]) -> None:
    configure(THROTTLE_RATE=f"{LIMIT}/min")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in tenths of seconds."""
    monkeypatch.setattr(cache_calls, "TIMEOUT", 0.2)
    monkeypatch.setattr(cache_calls, "PAUSE", 0.3)
    monkeypatch.setattr(cache_calls, "LONGEST_PAUSE", 0.6)


class Elsewhere(LocMemCache):
    """A cache that is reached over a network, by what it does before it answers."""

    trouble: ClassVar[Callable[[], object]] = staticmethod(lambda: None)
    when_made: ClassVar[Callable[[], object]] = staticmethod(lambda: None)
    asked: ClassVar[list[str]] = []

    def __init__(self, *args: Any) -> None:
        type(self).when_made()
        super().__init__(*args)

    def get_many(self, keys: Any, version: Any = None) -> dict[str, Any]:
        self.asked.append(threading.current_thread().name)
        type(self).trouble()
        return super().get_many(keys, version)


@pytest.fixture
def elsewhere(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Elsewhere]:
    monkeypatch.setattr(Elsewhere, "asked", [])
    monkeypatch.setattr(Elsewhere, "trouble", staticmethod(lambda: None))
    monkeypatch.setattr(Elsewhere, "when_made", staticmethod(lambda: None))
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Elsewhere", "LOCATION": "elsewhere"}}
    return Elsewhere


@contextmanager
def hanging() -> Iterator[Callable[[], object]]:
    """Something that does not return while the block runs."""
    let_go = threading.Event()
    try:
        yield lambda: let_go.wait(60)
    finally:
        let_go.set()


def seconds_of(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name == "stackone-connect-cache"}


# --- One that hangs --------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["trouble", "when_made"])
def test_a_cache_that_hangs_is_waited_for_once_and_then_not_asked_for_a_while(
    place: str,
    somebody: Organization,
    elsewhere: type[Elsewhere],
    lines: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with hanging() as hang:
        monkeypatch.setattr(elsewhere, place, staticmethod(hang))
        first = seconds_of(lambda: passes(somebody))
        assert cache_calls.TIMEOUT <= first < cache_calls.TIMEOUT + NOISE
        assert (
            seconds_of(lambda: [passes(somebody) for _ in range(3 * LIMIT)]) < cache_calls.TIMEOUT
        )
    assert lines("throttle.cache_failed") == [
        f"throttle.cache_failed organization={somebody.pk} error=TimeoutError"
    ]


def test_many_requests_at_once_wait_no_longer_than_one(
    somebody: Organization, elsewhere: type[Elsewhere], lines: Callable[..., list[str]]
) -> None:
    with hanging() as hang, ThreadPoolExecutor(40) as pool:
        elsewhere.trouble = staticmethod(hang)
        waits = list(
            pool.map(lambda _: seconds_of(lambda: passes(somebody)), range(3 * pool._max_workers))
        )
        assert max(waits) < cache_calls.TIMEOUT + NOISE
    assert len(lines("throttle.cache_failed")) == 1


def test_a_cache_that_hangs_for_long_keeps_a_few_threads_and_no_more(
    quick: None, somebody: Organization, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_calls, "PAUSE", 0.0)
    monkeypatch.setattr(cache_calls, "TIMEOUT", 0.05)
    before = threads()
    with hanging() as hang:
        elsewhere.trouble = staticmethod(hang)
        for _ in range(200):  # some are given up before a busy machine has begun them
            assert seconds_of(lambda: passes(somebody)) < NOISE
            if len(elsewhere.asked) == cache_calls.THREADS:
                break
        for _ in range(5):
            assert seconds_of(lambda: passes(somebody)) < NOISE
        assert len(threads() - before) == cache_calls.THREADS == len(elsewhere.asked)
    elsewhere.trouble = staticmethod(lambda: None)
    assert_it_counts_again(somebody)


def assert_it_counts_again(organization: Organization) -> None:
    """Within a few seconds as many pass as may."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not all(passes(organization) for _ in range(LIMIT + 1)):
            return
        time.sleep(0.05)
    pytest.fail("Nothing is limited any more.")


@pytest.mark.usefixtures("quick")
def test_one_request_tries_a_cache_after_the_pause_and_the_others_do_not_wait_for_it(
    somebody: Organization, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hanging() as hang:
        elsewhere.trouble = staticmethod(hang)
        passes(somebody)
        time.sleep(cache_calls.PAUSE + 0.1)
        monkeypatch.setattr(cache_calls, "TIMEOUT", 1.0)
        with ThreadPoolExecutor(10) as pool:
            waits = sorted(pool.map(lambda _: seconds_of(lambda: passes(somebody)), range(10)))
        assert len(elsewhere.asked) == 2
        assert waits[-2] < 0.7 < waits[-1]


@pytest.mark.usefixtures("quick")
def test_the_pause_grows_while_the_cache_goes_on_failing(
    somebody: Organization, elsewhere: type[Elsewhere]
) -> None:
    def fail() -> None:
        raise ConnectionError

    elsewhere.trouble = staticmethod(fail)
    asked = []
    until = time.monotonic() + 2.4
    while time.monotonic() < until:
        before = len(elsewhere.asked)
        passes(somebody)
        if len(elsewhere.asked) > before:
            asked.append(time.monotonic())
        time.sleep(0.01)
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert pauses[0] >= 0.3
    assert all(pause >= 0.6 for pause in pauses[1:])
    assert len(pauses) >= 2


# --- One that fails --------------------------------------------------------------------------


class StrangeError(BaseException):
    """What no library should raise."""


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError("gone"),
        ValueError("odd"),
        SystemExit(1),
        StrangeError(),
        KeyboardInterrupt(),
    ],
)
def test_whatever_a_cache_raises_lets_calls_through_and_is_logged_once(
    error: BaseException,
    somebody: Organization,
    elsewhere: type[Elsewhere],
    lines: Callable[..., list[str]],
) -> None:
    def fail() -> None:
        raise error

    elsewhere.trouble = staticmethod(fail)
    assert seconds_of(lambda: [passes(somebody) for _ in range(2 * LIMIT)]) < NOISE
    assert len(elsewhere.asked) == 1
    assert len(lines("throttle.cache_failed")) == 1


@pytest.mark.usefixtures("quick")
def test_a_cache_that_comes_and_goes_is_logged_each_time_and_counts_while_it_is_there(
    somebody: Organization, elsewhere: type[Elsewhere], lines: Callable[..., list[str]]
) -> None:
    def fail() -> None:
        raise ConnectionError

    for time_down in (1, 2, 3):
        elsewhere.trouble = staticmethod(fail)
        assert all(passes(Organization(pk=somebody.pk + time_down)) for _ in range(2 * LIMIT))
        elsewhere.trouble = staticmethod(lambda: None)
        time.sleep(cache_calls.PAUSE + 0.05)
        another = Organization(pk=somebody.pk + 10 + time_down)
        assert sum(passes(another) for _ in range(2 * LIMIT)) == LIMIT
    assert len(lines("throttle.cache_failed")) == 3


@pytest.mark.usefixtures("quick")
def test_what_began_before_the_pause_neither_prolongs_nor_ends_it(
    somebody: Organization, elsewhere: type[Elsewhere]
) -> None:
    started = threading.Barrier(6)

    def fail_together() -> None:
        started.wait(10)
        raise ConnectionError

    elsewhere.trouble = staticmethod(fail_together)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: passes(somebody), range(6)))
    elsewhere.trouble = staticmethod(lambda: None)
    time.sleep(0.05)
    passes(somebody)
    assert len(elsewhere.asked) == 6  # it is paused
    time.sleep(cache_calls.PAUSE)
    passes(somebody)
    assert len(elsewhere.asked) > 6  # by one pause, not by six


# --- Whose thread ----------------------------------------------------------------------------


def test_a_cache_in_memory_is_asked_in_the_requests_own_thread(
    somebody: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = threads()
    assert passes(somebody)
    assert threads() <= before


def test_the_threads_that_ask_keep_their_clients_and_leave_the_requests_alone(
    somebody: Organization, elsewhere: type[Elsewhere]
) -> None:
    made: list[str] = []
    elsewhere.when_made = staticmethod(lambda: made.append(threading.current_thread().name))
    for _ in range(20):
        passes(somebody)
    assert set(elsewhere.asked) == {"stackone-connect-cache"}
    assert made == ["stackone-connect-cache"]
    caches["default"].get("x")
    assert len(made) == 2


def test_a_process_that_was_forked_counts_as_well(
    somebody: Organization, elsewhere: type[Elsewhere]
) -> None:
    assert passes(somebody)
    child = os.fork()
    if not child:
        elsewhere.asked.clear()
        passes(Organization(pk=somebody.pk + 1))
        os._exit(0 if elsewhere.asked else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


# --- Real ones -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["closed", "accepts and never answers", "never accepts"])
def test_a_redis_that_does_not_answer_lets_calls_through(
    kind: str, somebody: Organization, settings: Any, lines: Callable[..., list[str]]
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if kind != "closed":
            server.listen(0)
        queued = [socket.socket() for _ in range(4)]
        for full in queued if kind == "never accepts" else ():
            full.setblocking(False)
            full.connect_ex(server.getsockname())
        settings.CACHES = {
            "default": {
                "BACKEND": REDIS_BACKEND,
                "LOCATION": f"redis://127.0.0.1:{server.getsockname()[1]}/0",
                # As clients older than redis-py 8 wait: for ever.
                "OPTIONS": {"socket_timeout": None, "socket_connect_timeout": None},
            }
        }
        waits = [seconds_of(lambda: passes(somebody)) for _ in range(LIMIT + 3)]
        assert waits[0] < cache_calls.TIMEOUT + NOISE
        assert sum(waits[1:]) < 1
        for full in queued:
            full.close()
    assert len(lines("throttle.cache_failed")) == 1


def test_a_real_redis_counts_through_our_threads(somebody: Organization) -> None:
    require_redis()
    location = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    words = [REDIS_BACKEND, location, str(somebody.pk)]
    worker = subprocess.run(
        [sys.executable, "-c", WORKER, *words],
        cwd=ROOT,
        input="go\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert worker.stdout.split() == ["ready", str(LIMIT)]


def test_a_process_ends_although_its_cache_hangs(somebody: Organization) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        location = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        worker = subprocess.run(
            [sys.executable, "-c", WORKER, REDIS_BACKEND, location, str(somebody.pk)],
            cwd=ROOT,
            input="go\n",
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    assert worker.stdout.split() == ["ready", "100"]
