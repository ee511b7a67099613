"""The limit per organization: it slides, holds under load, and no cache that fails stops calls."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from example_project.accounts.models import Organization
from stackone_connect.api import cache_calls
from stackone_connect.api.throttling import SLICES, throttle
from stackone_connect.exceptions import ThrottledError
from tests.required import missing

ROOT = Path(__file__).resolve().parents[2]
NOON = 1_769_860_800.0
LIMIT = 30
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture(autouse=True)
def _limited(configure: Callable[..., None]) -> None:
    configure(THROTTLE_RATE=f"{LIMIT}/min")


@pytest.fixture
def somebody() -> Organization:
    """Of whom no call was counted yet, in whatever cache."""
    return Organization(pk=uuid4().int % 10**9)


def wait_of(organization: Organization) -> int | None:
    try:
        throttle(organization)
    except ThrottledError as refused:
        return refused.retry_after
    return None


def passes(organization: Organization) -> bool:
    return wait_of(organization) is None


def at(moment: float, organization: Organization) -> bool:
    with time_machine.travel(NOON + moment, tick=False):
        return passes(organization)


# --- It slides -----------------------------------------------------------------------------------


@pytest.mark.parametrize("boundary", [0, 30, 60, 61.5])
def test_a_burst_of_twice_the_rate_passes_across_no_boundary(
    somebody: Organization, boundary: float
) -> None:
    before = [at(boundary - 1, somebody) for _ in range(LIMIT)]
    after = [at(boundary + 1, somebody) for _ in range(LIMIT)]
    assert (sum(before), sum(after)) == (LIMIT, 0)


def test_calls_leave_the_window_as_they_came(somebody: Organization) -> None:
    assert all(at(second, somebody) for second in range(0, 60, 2))
    assert not at(59, somebody)
    width = 60 / SLICES
    assert not at(60 - 0.1, somebody)
    assert at(60 + width, somebody)
    assert not at(60 + width, somebody)
    assert at(62 + width, somebody)


def test_who_is_refused_is_told_when_one_may_pass_and_refusals_do_not_count(
    somebody: Organization,
) -> None:
    for second in (0, 10, 20):
        assert all(at(second, somebody) for _ in range(LIMIT // 3))
    for _ in range(100):
        with time_machine.travel(NOON + 25, tick=False), pytest.raises(ThrottledError) as refused:
            throttle(somebody)
    assert 35 <= refused.value.retry_after <= 36
    assert at(25 + refused.value.retry_after, somebody)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(),
    limit=st.integers(1, 12),
    period=st.sampled_from([("s", 1), ("min", 60), ("hour", 3600), ("day", 86400)]),
)
def test_no_window_ever_holds_more_than_the_limit_and_every_wait_ends(
    seed: int, limit: int, period: tuple[str, int]
) -> None:
    from django.conf import settings as django_settings
    from django.test import override_settings

    name, seconds = period
    drawn = random.Random(seed)
    organization = Organization(pk=drawn.randrange(10**12))
    ours = {**django_settings.STACKONE_CONNECT, "THROTTLE_RATE": f"{limit}/{name}"}
    now, passed = NOON, []
    with override_settings(STACKONE_CONNECT=ours):
        for _ in range(60):
            now += drawn.choice([0, 0.001, 0.1, 0.5]) * seconds * drawn.random()
            with time_machine.travel(now, tick=False):
                wait = wait_of(organization)
            if wait is None:
                passed.append(now)
            else:
                assert 1 <= wait <= seconds * (1 + 1 / SLICES) + 1
                now += drawn.choice([0, wait])
    for moment in passed:
        assert sum(moment <= other < moment + seconds for other in passed) <= limit
    cache.clear()


class Counted(LocMemCache):
    """Writes down each call that a cache on the network would answer."""

    calls: ClassVar[list[str]] = []

    def get_many(self, keys: Any, version: Any = None) -> dict[str, Any]:
        self.calls.append("get_many")
        return {key: self.get(key, version=version) for key in keys}

    def add(self, *args: Any, **options: Any) -> bool:
        self.calls.append("add")
        return super().add(*args, **options)

    def incr(self, *args: Any, **options: Any) -> int:
        self.calls.append("incr")
        return super().incr(*args, **options)


def test_while_little_of_the_limit_is_used_a_burst_is_one_round_trip_each(
    somebody: Organization, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counted, "calls", [])
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Counted", "LOCATION": "counted"}}
    assert all(at(0, somebody) for _ in range(LIMIT // 2))
    assert Counted.calls == ["get_many", "incr", "add", "incr", *["incr"] * (LIMIT // 2 - 1)]
    Counted.calls.clear()
    assert at(0, somebody)
    assert Counted.calls == ["get_many", "incr", "get_many"]


# --- It holds under load, in real caches ---------------------------------------------------------


def require_redis() -> None:
    host, _, port = REDIS.partition("//")[2].partition("/")[0].rpartition(":")
    with socket.socket() as found:
        if found.connect_ex((host, int(port))):
            missing(f"No Redis answers at {REDIS}")


@pytest.fixture(params=["locmem", "file", "redis"])
def real_cache(
    request: pytest.FixtureRequest, settings: Any, tmp_path: Path
) -> Iterator[dict[str, str]]:
    if request.param == "redis":
        require_redis()
    backends = {
        "locmem": ("locmem.LocMemCache", "throttling"),
        "file": ("filebased.FileBasedCache", str(tmp_path)),
        "redis": ("redis.RedisCache", REDIS),
    }
    backend, location = backends[request.param]
    found = {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": location}
    settings.CACHES = {"default": found}
    yield found
    cache.close()


def test_four_hundred_calls_at_once_pass_as_the_limit_says(
    real_cache: dict[str, str], somebody: Organization
) -> None:
    with ThreadPoolExecutor(40) as pool:
        passed = list(pool.map(lambda _: passes(somebody), range(400)))
    # At the border of two slices some refuse each other.
    assert LIMIT - 10 <= sum(passed) <= LIMIT


WORKER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
import django
from django.conf import settings
from tests import settings as ours
names = {n: getattr(ours, n) for n in dir(ours) if n.isupper()}
names["CACHES"] = {"default": {"BACKEND": sys.argv[1], "LOCATION": sys.argv[2]}}
settings.configure(**names)
django.setup()
from example_project.accounts.models import Organization
from tests.api.test_throttling import passes
somebody = Organization(pk=int(sys.argv[3]))
passes(Organization(pk=somebody.pk + 1))
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(10) as pool:
    print(sum(pool.map(lambda _: passes(somebody), range(100))))
"""


@pytest.mark.parametrize("real_cache", ["redis"], indirect=True)
def test_four_processes_at_once_share_the_limit(
    real_cache: dict[str, str], somebody: Organization
) -> None:
    words = [real_cache["BACKEND"], real_cache["LOCATION"], str(somebody.pk)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    passed = 0
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        passed += int(worker.communicate(timeout=60)[0])
    # At the border of two slices some refuse each other.
    assert LIMIT - 10 <= passed <= LIMIT


@pytest.mark.django_db(transaction=True)
def test_the_databases_cache_counts_right_in_one_process(
    somebody: Organization, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other here: SQLite's tests have one connection."""
    monkeypatch.setattr(cache_calls, "TIMEOUT", 60.0)  # a slow one would let calls through
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "throttling_cache"}}
    call_command("createcachetable", verbosity=0)
    try:
        assert sum(passes(somebody) for _ in range(100)) == LIMIT
        if connection.vendor != "sqlite":
            another = Organization(pk=somebody.pk + 1)

            def in_a_thread(_: int) -> bool:
                try:
                    return passes(another)
                finally:
                    connections.close_all()

            with ThreadPoolExecutor(20) as pool:
                assert sum(pool.map(in_a_thread, range(400))) == LIMIT
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE throttling_cache")


@pytest.mark.parametrize("real_cache", ["locmem", "file", "redis"], indirect=True)
def test_a_counter_is_kept_as_long_as_its_window(
    real_cache: dict[str, str], somebody: Organization, configure: Callable[..., None]
) -> None:
    """A cache that adds one and forgets for how long the number is kept would let a day go."""
    configure(THROTTLE_RATE="2/s")
    assert passes(somebody)
    time.sleep(0.4)
    assert passes(somebody)
    assert not passes(somebody)
    time.sleep(0.7)
    assert passes(somebody)
