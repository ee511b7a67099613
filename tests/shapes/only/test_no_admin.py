"""Templates work, and our pages, without the admin; nothing of ours is in its way either."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.template import Context, Template

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_hosts_own_templates_work() -> None:
    assert Template("{{ name }}").render(Context({"name": "Acme"})) == "Acme"
    assert "stackone_connect.admin" not in sys.modules


def test_the_integrations_page_lists_what_is_connected(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    assert member.post("connect-sessions/").status == 201
    stackone.link("acme-1", organization=acme)
    host.stranger().webhook("account.created", "acme-1")
    page = member.page("/integrations/")
    assert page.status == 200
    assert "BambooHR" in page.body.decode()
