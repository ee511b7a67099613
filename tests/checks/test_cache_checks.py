"""What the checks say of a Redis without time limits."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCache
from django.test import override_settings

from tests.checks.test_host_checks import configured, ids, messages

DJANGOS = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"
BOTH: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
LOCATION = "redis://127.0.0.1:6379/0"


class HostsOwnRedis(RedisCache):
    """A host's variation."""


def cache(backend: str = DJANGOS, location: Any = LOCATION, **options: Any) -> dict[str, Any]:
    return {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (cache(), ["socket_timeout", "socket_connect_timeout"]),
        ({"BACKEND": DJANGOS, "LOCATION": LOCATION}, ["socket_timeout", "socket_connect_timeout"]),
        (cache(**BOTH), []),
        (cache(socket_timeout=1), ["socket_connect_timeout"]),
        (cache(socket_timeout=None, socket_connect_timeout=1), ["socket_timeout"]),
        (cache(f"{__name__}.HostsOwnRedis"), ["socket_timeout", "socket_connect_timeout"]),
        (cache(location=f"{LOCATION}?socket_timeout=1&socket_connect_timeout=1"), []),
        (
            cache(location=[f"{LOCATION}?socket_timeout=1", LOCATION], socket_connect_timeout=1),
            ["socket_timeout"],
        ),
        (cache(DJANGO_REDIS), ["SOCKET_TIMEOUT", "SOCKET_CONNECT_TIMEOUT"]),
        (cache(DJANGO_REDIS, SOCKET_TIMEOUT=1, SOCKET_CONNECT_TIMEOUT=1), []),
        (cache(DJANGO_REDIS, CONNECTION_POOL_KWARGS=BOTH), []),
        (cache(SOCKET_TIMEOUT=1, socket_connect_timeout=1), ["socket_timeout"]),
        (cache(location=[], **BOTH), []),
        (cache("django.core.cache.backends.locmem.LocMemCache"), []),
        (cache("django.core.cache.backends.memcached.PyMemcacheCache"), []),
        (cache("no.such.Cache"), []),
        ({}, []),
    ],
)
def test_a_redis_without_time_limits_is_warned_of_by_their_names(
    given: dict[str, Any], missing: list[str]
) -> None:
    with override_settings(CACHES={"default": given}):
        found = [m for m in messages(deploy=True) if m.id == "stackone_connect.W009"]
        assert "stackone_connect.W009" not in ids()
    assert len(found) == bool(missing)
    for message in found:
        assert f"without {' and '.join(missing)}:" in message.msg
        assert "OPTIONS" in (message.hint or "")


@pytest.mark.parametrize(
    ("engine", "alias", "warned"),
    [
        ("cached_db", "sessions", True),
        ("cache", "sessions", True),
        ("cache", "default", False),
        ("db", "sessions", False),
    ],
)
def test_so_is_the_one_that_holds_sessions_and_none_that_nobody_asks(
    engine: str, alias: str, warned: bool
) -> None:
    with override_settings(
        CACHES={"default": cache(**BOTH), "sessions": cache(), "other": cache()},
        SESSION_ENGINE=f"django.contrib.sessions.backends.{engine}",
        SESSION_CACHE_ALIAS=alias,
    ):
        found = [m for m in messages(deploy=True) if m.id == "stackone_connect.W009"]
    assert [("'sessions'" in m.msg, "SESSION_ENGINE" in m.msg) for m in found] == (
        [(True, True)] if warned else []
    )


def test_where_nothing_is_limited_the_cache_is_not_asked() -> None:
    with override_settings(CACHES={"default": cache()}):
        assert "stackone_connect.W009" in ids(deploy=True)
        with configured(THROTTLE_RATE=None):
            assert "stackone_connect.W009" not in ids(deploy=True)
