"""Requests that people wait for share slots at StackOne, so that the site keeps its threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from stackone_connect.client import StackOneClient, concurrency, unlimited
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import StackOneUnavailableError
from tests.client.servers import answer, say_and_hang, serving

STALLED_AFTER_SECONDS = concurrency.STALLED_AFTER_SECONDS
ACCOUNT = {
    "id": "a",
    "origin_owner_id": "7",
    "origin_owner_name": "Acme",
    "provider": "bamboohr",
    "status": "active",
    "created_at": None,
    "updated_at": None,
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same proportions in a shorter time; and nothing remembered of other tests."""
    monkeypatch.setattr(concurrency, "STALLED_AFTER_SECONDS", (0.3, 1.0))
    monkeypatch.setattr(concurrency, "TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(concurrency, "PROBE_SECONDS", 0.4)
    monkeypatch.setattr(concurrency, "_slots", {})


class Together:
    """Counts how many are in a block at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.most = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield
        finally:
            with self._lock:
                self.now -= 1


def call(
    held: concurrency.Slots, *, seconds: float = 0.0, limit: int = 2, deadline: float = 5
) -> float:
    """One request that takes so long at StackOne; how long it took in all."""
    began = time.monotonic()
    held.run(lambda: time.sleep(seconds), limit=limit, deadline=Deadline(deadline))
    return time.monotonic() - began


def time_out(held: concurrency.Slots, seconds: float = 0.06) -> None:
    def request() -> None:
        time.sleep(seconds)
        raise StackOneUnavailableError

    with pytest.raises(StackOneUnavailableError):
        held.run(request, limit=2, deadline=Deadline(5))


def refused_after(held: concurrency.Slots) -> float:
    """How long it took to be refused."""
    began = time.monotonic()
    with pytest.raises(StackOneUnavailableError) as refused:
        call(held)
    assert refused.value.retry_after == concurrency.PROBE_SECONDS
    return time.monotonic() - began


def test_a_burst_is_served_one_after_another_while_stackone_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As it is: a busy machine makes no progress for a moment.
    monkeypatch.setattr(concurrency, "STALLED_AFTER_SECONDS", STALLED_AFTER_SECONDS)
    held, together = concurrency.Slots(), Together()

    def request() -> None:
        with together.one():
            time.sleep(0.02)

    def ask() -> None:
        held.run(request, limit=4, deadline=Deadline(10))

    with ThreadPoolExecutor(32) as pool:
        for done in [pool.submit(ask) for _ in range(200)]:
            done.result()
    assert together.most == 4


@contextmanager
def hanging(held: concurrency.Slots, number: int) -> Iterator[None]:
    """So many requests hang while the block runs."""
    release = threading.Event()

    def hang() -> None:
        held.run(lambda: release.wait(5), limit=2, deadline=Deadline(5))

    with ThreadPoolExecutor(number) as pool:
        for _ in range(number):
            pool.submit(hang)
        time.sleep(0.05)
        try:
            yield
        finally:
            release.set()


def test_one_more_is_refused_when_those_before_it_hang_and_the_next_at_once() -> None:
    held = concurrency.Slots()
    with hanging(held, 2):
        assert 0.2 <= refused_after(held) < 1
        assert refused_after(held) < 0.1
    assert call(held) < 0.3


def test_while_a_slot_is_free_nobody_is_refused() -> None:
    held = concurrency.Slots()
    with hanging(held, 1):
        time.sleep(0.4)
        assert call(held) < 0.2


def test_one_more_waits_longer_for_a_stackone_that_is_slow_by_habit() -> None:
    held = concurrency.Slots()
    call(held, seconds=0.45)
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(call, held, seconds=0.45) for _ in range(2)]
        time.sleep(0.05)
        assert 0.3 < call(held) < 1
        assert all(done.result() for done in slow)


def test_nobody_waits_longer_than_the_deadline() -> None:
    held = concurrency.Slots()
    with hanging(held, 2), pytest.raises(StackOneUnavailableError):
        assert call(held, deadline=0.1) < 0.2


def test_after_time_outs_in_a_row_nothing_is_asked_but_a_probe() -> None:
    held = concurrency.Slots()
    for _ in range(concurrency.CONSECUTIVE_TIMEOUTS):
        time_out(held)
    assert refused_after(held) < 0.1
    time.sleep(concurrency.PROBE_SECONDS)
    time_out(held)  # the probe fares no better
    assert refused_after(held) < 0.1
    time.sleep(concurrency.PROBE_SECONDS)
    assert call(held) < 0.1  # this one does
    assert call(held) < 0.1


def test_one_probe_goes_out_at_a_time() -> None:
    held = concurrency.Slots()
    for _ in range(concurrency.CONSECUTIVE_TIMEOUTS):
        time_out(held)
    time.sleep(concurrency.PROBE_SECONDS)
    refused = held.run(lambda: refused_after(held), limit=2, deadline=Deadline(5))
    assert refused < 0.1


def test_quick_failures_and_time_outs_between_answers_end_nothing() -> None:
    held = concurrency.Slots()
    for _ in range(concurrency.CONSECUTIVE_TIMEOUTS):
        time_out(held)
        call(held) if _ == 0 else time_out(held, seconds=0)
    assert call(held) < 0.1


# --- Through the client --------------------------------------------------------------------------


def ask(client: StackOneClient) -> bool:
    try:
        client.get_account("a", deadline=Deadline(2))
    except StackOneUnavailableError:
        return False
    return True


def test_what_nobody_waits_for_needs_no_slot(
    make_client: Callable[..., StackOneClient], configure: Callable[..., None]
) -> None:
    configure(MAX_CONCURRENT_CALLS=1)
    with serving(say_and_hang()) as server, ThreadPoolExecutor(2) as pool:
        client = make_client(server.url, read_timeout=1)
        first = pool.submit(unlimited()(ask), client)
        second = pool.submit(unlimited()(ask), client)
        assert (first.result(), second.result()) == (False, False)
        assert server.connections == 2


def test_a_limited_client_asks_one_address_no_more_than_allowed(
    make_client: Callable[..., StackOneClient], configure: Callable[..., None]
) -> None:
    configure(MAX_CONCURRENT_CALLS=1)

    with (
        serving(say_and_hang()) as hung,
        serving(answer(ACCOUNT)) as well,
        ThreadPoolExecutor(3) as pool,
    ):
        hangs = [pool.submit(ask, make_client(hung.url, read_timeout=1)) for _ in range(3)]
        time.sleep(0.1)
        assert ask(make_client(well.url))
        assert [done.result() for done in hangs] == [False] * 3
        assert hung.connections == 1


def test_no_limit_is_no_limit(
    make_client: Callable[..., StackOneClient], configure: Callable[..., None]
) -> None:
    configure(MAX_CONCURRENT_CALLS=None)
    with serving(answer(ACCOUNT)) as server:
        assert ask(make_client(server.url))
    assert concurrency._slots == {}
