"""A member at the shipped pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from example_project.accounts.models import User
from stackone_connect.services import connectors


@pytest.fixture
def browser(member: User) -> Client:
    """The member's browser, signed in."""
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture(autouse=True)
def _no_connectors_known() -> Iterator[None]:
    connectors._held.clear()
    yield
    connectors._held.clear()
