"""The host project that this process is, and StackOne beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections

from stackone_connect import client
from tests.shapes.catalogue import Shape
from tests.shapes.core.host import Host
from tests.shapes.core.project import current_shape, make_host
from tests.shapes.core.stackone import FakeStackOne


@pytest.fixture(autouse=True)
def _no_schema_of_a_tenant_is_left() -> Iterator[None]:
    """With django-tenants, a request leaves its tenant's schema active for the next one."""
    yield
    for connection in connections.all():
        getattr(connection, "set_schema_to_public", lambda: None)()


@pytest.fixture
def shape() -> Shape:
    return current_shape()


@pytest.fixture
def host(db: None) -> Host:
    cache.clear()
    return make_host()


@pytest.fixture
def stackone() -> Iterator[FakeStackOne]:
    fake = FakeStackOne()
    with client.using(lambda _: fake):
        yield fake


@pytest.fixture
def acme(host: Host) -> Any:
    return host.organization("Acme")


@pytest.fixture
def globex(host: Host) -> Any:
    return host.organization("Globex")
