"""Who may connect is the organization's business."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_member_who_is_no_admin_may_look_and_not_connect(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example")
    acme.add_user(user, is_admin=False)
    member = host.browser(user, acme)
    assert member.get("accounts/").status == 200
    assert member.post("connect-sessions/").code == "permission_denied"
    assert member.request("DELETE", "accounts/acme-1/").code == "permission_denied"


def test_an_organization_that_is_not_active_connects_nothing(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    acme.is_active = False
    acme.save()
    assert member.post("connect-sessions/").code == "no_organization"
