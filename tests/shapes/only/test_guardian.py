"""Permissions for single rows neither open nor break what is ours."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession, OriginOwner
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_permission_for_a_row_opens_no_other_tenants(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    from guardian.shortcuts import assign_perm, get_objects_for_user

    user = host.user("member@globex.example", globex)
    session = host.member("member@acme.example", acme).post("connect-sessions/").json["id"]
    row = ConnectSession.objects.get()
    assign_perm("stackone_connect.view_connectsession", user, row)
    assert list(get_objects_for_user(user, "stackone_connect.view_connectsession")) == [row]
    assert host.browser(user, globex).get(f"connect-sessions/{session}/").status == 404
    host.delete(acme)
    assert not OriginOwner.objects.exists()
