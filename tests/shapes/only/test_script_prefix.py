"""Links lead back below the prefix."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.models import ConnectSession, OriginOwner
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_next_page_is_below_the_prefix(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    member = host.member("member@acme.example", acme)
    member.post("connect-sessions/")
    owner = OriginOwner.objects.get()
    ConnectSession.objects.bulk_create(
        ConnectSession(owner=owner, created_at=clock.now()) for _ in range(50)
    )
    following = member.get("connect-sessions/").json["next"]
    base = "http://testserver/suite/portal/api/stackone/connect-sessions/?"
    assert following.startswith(base)
    rest = member.get(f"connect-sessions/?{following.removeprefix(base)}").json
    assert len(rest["results"]) == 1
