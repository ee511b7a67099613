"""A check of Django's pool of connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's own name

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings

#: What psycopg's pool has, and no more, where nothing is said.
_MIN_SIZE = 4


@check(deploy=True)
def a_pool_has_more_than_wait_for_stackone(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """A request keeps its connection to its end, also while it waits for StackOne."""
    if settings.max_concurrent_calls is None:
        return
    # Each address has slots of its own.
    addresses = {project.base_url for project in settings.projects.values()}
    waiting = settings.max_concurrent_calls * len(addresses)
    for alias, database in django_settings.DATABASES.items():
        size = _size(database)
        if size is not None and size <= waiting:
            yield Warning(
                f"The pool of the database {alias!r} has {size} connections, and {waiting} "
                "requests of a process may wait for StackOne, each with one of them: while "
                "StackOne hangs, no other page would have one.",
                hint=(
                    f"Set max_size in DATABASES[{alias!r}]['OPTIONS']['pool'] to the number of "
                    "threads of a process, or lower MAX_CONCURRENT_CALLS."
                ),
                id="stackone_connect.W011",
            )


def _size(database: Mapping[str, Any]) -> int | None:
    """The most connections that a database's pool may have; ``None`` where there is no pool."""
    pool = (database.get("OPTIONS") or {}).get("pool")
    if not pool or "postg" not in str(database.get("ENGINE")):
        return None
    given = pool if isinstance(pool, Mapping) else {}
    most = given.get("max_size")
    size = given.get("min_size", _MIN_SIZE) if most is None else most
    return size if isinstance(size, int) else None  # psycopg refuses any other itself
