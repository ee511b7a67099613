"""Where requests that wait for StackOne could hold all connections of a pool, a check says so."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from stackone_connect.checks import pools
from tests.checks.test_host_checks import ids, messages

POSTGRESQL = "django.db.backends.postgresql"


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the second of two databases these options."""

    def give(options: Any, engine: str | None = POSTGRESQL) -> None:
        databases = {"default": {}, "main": {"ENGINE": engine, "OPTIONS": options}}
        monkeypatch.setattr(pools, "django_settings", SimpleNamespace(DATABASES=databases))

    return give


@pytest.mark.parametrize(
    ("pool", "calls", "size"),
    [
        (True, 4, 4),
        ({"min_size": 2}, 4, 2),
        ({"min_size": 2, "max_size": None}, 4, 2),
        ({"min_size": 8, "max_size": 16}, 24, 16),
    ],
)
def test_a_pool_that_may_be_used_up_is_warned_of(
    pooled: Callable[..., None],
    configure: Callable[..., None],
    pool: Any,
    calls: int,
    size: int,
) -> None:
    pooled({"pool": pool})
    configure(MAX_CONCURRENT_CALLS=calls)
    [found] = [each for each in messages(deploy=True) if each.id == "stackone_connect.W011"]
    assert f"The pool of the database 'main' has {size} connections, and {calls}" in found.msg
    assert "stackone_connect.W011" not in ids()


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        (None, 4),
        ({}, 4),
        ({"pool": False}, 4),
        ({"pool": {}}, 4),
        ({"pool": True}, 3),
        ({"pool": True}, None),
        ({"pool": {"max_size": 5}}, 4),
        ({"pool": {"min_size": 5}}, 4),
    ],
)
def test_where_some_are_always_left_nothing_is_said(
    pooled: Callable[..., None], configure: Callable[..., None], options: Any, calls: int | None
) -> None:
    pooled(options)
    configure(MAX_CONCURRENT_CALLS=calls)
    assert "stackone_connect.W011" not in ids(deploy=True)


def test_each_address_has_slots_of_its_own(pooled: Callable[..., None], settings: Settings) -> None:
    projects = {
        name: {"API_KEY": name, "BASE_URL": f"https://{name}.test"} for name in ("eu", "us")
    }
    settings.STACKONE_CONNECT = {
        "ORGANIZATION_MODEL": "accounts.Organization",
        "PROJECTS": projects,
        "PROJECT_OF": lambda organization: "eu",
    }
    pooled({"pool": {"max_size": 8}})
    assert "stackone_connect.W011" in ids(deploy=True)
    pooled({"pool": {"max_size": 9}})
    assert "stackone_connect.W011" not in ids(deploy=True)


@pytest.mark.parametrize("size", ["8", 8.5])
def test_a_size_that_is_no_number_is_left_to_psycopg(
    pooled: Callable[..., None], size: object
) -> None:
    pooled({"pool": {"max_size": size}})
    assert "stackone_connect.W011" not in ids(deploy=True)


@pytest.mark.parametrize("engine", ["django.db.backends.oracle", None])
def test_the_pools_of_other_databases_are_not_judged(
    pooled: Callable[..., None], engine: str | None
) -> None:
    pooled({"pool": True}, engine)
    assert "stackone_connect.W011" not in ids(deploy=True)
