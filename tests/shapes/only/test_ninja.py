"""The host's own endpoints call our services."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_ninja_endpoint_issues_and_lists(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    member = host.member("member@acme.example", acme)
    headers = {"X-CSRFToken": member.headers["X-CSRFToken"]}
    issued = member.client.post("/ninja/connect?provider=bamboohr", headers=headers)
    assert (issued.status_code, issued.json()) == (200, {"token": "token-1"})
    stackone.link("acme-1", organization=acme)
    host.stranger().webhook("account.created", "acme-1")
    assert member.client.get("/ninja/accounts").json() == ["acme-1"]
