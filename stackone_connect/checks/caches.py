"""Checks of the caches that a request of ours asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings as django_settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's own name
from django.utils.module_loading import import_string

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings

#: What the clients of Redis call their time limits: Django's own takes them as redis-py does.
_TIME_LIMITS = {
    "django.core.cache.backends.redis.": ("socket_timeout", "socket_connect_timeout"),
    "django_redis.": ("SOCKET_TIMEOUT", "SOCKET_CONNECT_TIMEOUT"),
}


@check(deploy=True)
def the_throttle_counts_right(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """The limit per organization is counted in the cache, by all processes at once."""
    if settings.throttle_rate is None:
        return
    backend = django_settings.CACHES.get(DEFAULT_CACHE_ALIAS, {}).get("BACKEND", "")
    try:
        kind = import_string(backend)
    except ImportError:
        return  # Django reports it itself
    if not isinstance(kind, type):
        return
    if issubclass(kind, LocMemCache | DummyCache):
        problem = f"is not shared between processes, so each counts {settings.throttle_rate} apart"
    elif issubclass(kind, FileBasedCache | DatabaseCache):
        problem = (
            "does not count in one step, so processes that count at once lose calls, and more than "
            f"{settings.throttle_rate} per organization may pass"
        )
    else:
        return
    yield Warning(
        f"The default cache ({kind.__name__}) {problem}.",
        hint=(
            "Use a cache that every worker shares and that counts in one step, such as Redis or "
            "memcached, or set THROTTLE_RATE to None where something in front already limits."
        ),
        id="stackone_connect.W004",
    )


@check(deploy=True)
def redis_has_time_limits(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """A Redis that hangs keeps who asks it for ever, where its client has no time limit.

    The throttle has a bound of its own; the sessions of signed-in users are read in the request.
    """
    used = {}
    if settings.throttle_rate is not None:
        used[DEFAULT_CACHE_ALIAS] = "THROTTLE_RATE"
    if django_settings.SESSION_ENGINE.endswith((".cache", ".cached_db")):
        used[django_settings.SESSION_CACHE_ALIAS] = "SESSION_ENGINE"
    for alias, setting in used.items():
        cache = django_settings.CACHES.get(alias, {})
        missing = _missing_time_limits(cache)
        if missing:
            yield Warning(
                f"The cache {alias!r} ({setting}) is a Redis without {' and '.join(missing)}: one "
                "that hangs would keep its callers waiting, older clients for ever.",
                hint=f"Set them in CACHES[{alias!r}]['OPTIONS'], such as 1 (second) each.",
                id="stackone_connect.W009",
            )


def _missing_time_limits(cache: Mapping[str, Any]) -> list[str]:
    """The time limits that a Redis has neither in its options nor in all of its addresses."""
    names = next((n for kind, n in _TIME_LIMITS.items() if _is_of(cache, kind)), ())
    options = cache.get("OPTIONS") or {}
    pool = options.get("CONNECTION_POOL_KWARGS") or {}  # django-redis's, by redis-py's names
    location = cache.get("LOCATION") or ""
    servers = location if isinstance(location, list | tuple) else re.split("[;,]", str(location))
    in_all = set.intersection(*({*parse_qs(urlsplit(str(one)).query)} for one in servers))
    return [
        name
        for name in names
        if options.get(name) is None
        and pool.get(name.lower()) is None
        and name.lower() not in in_all
    ]


def _is_of(cache: Mapping[str, Any], package: str) -> bool:
    """Whether the cache's class is of the package, or is a host's own variation of one that is."""
    backend = cache.get("BACKEND", "")
    try:
        bases = getattr(import_string(backend), "__mro__", ())
    except ImportError:
        bases = ()  # Django reports it itself
    modules = [backend, *(f"{base.__module__}." for base in bases)]
    return any(module.startswith(package) for module in modules)
