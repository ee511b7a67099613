"""The main job once, from the first session to the end of the tenant and of its user."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError

from stackone_connect import conf
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.services import owners
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_main_job_from_issuing_to_disconnecting(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"})
    assert (issued.status, issued.json["path"]) == (201, "create"), issued.body
    session = f"connect-sessions/{issued.json['id']}/"
    stackone.link("acme-1", organization=acme)
    done = member.post(f"{session}complete/", {"account_id": "acme-1"})
    assert (done.status, done.json["outcome"]) == (200, "create")
    stackone.link("acme-2", organization=acme)
    event = host.stranger().webhook("account.created", "acme-2")
    assert (event.status, event.json) == (200, {"status": "accepted"})
    assert host.stranger().webhook("account.created", "acme-3", signature="no").status == 401
    listed = [account["account_id"] for account in member.get("accounts/").json["results"]]
    assert sorted(listed) == ["acme-1", "acme-2"]
    assert member.request("DELETE", "accounts/acme-1/").status == 204
    assert list(stackone.accounts) == ["acme-2"]
    assert member.get(session).json == done.json


def test_another_tenant_and_nobody_get_nothing(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    member, other = host.member("member@acme.example", acme), host.member("x@y.example", globex)
    session = f"connect-sessions/{member.post('connect-sessions/').json['id']}/"
    stackone.link("acme-1", organization=acme)
    assert member.post(f"{session}complete/", {"account_id": "acme-1"}).status == 200
    assert other.get(session).status == other.get("accounts/acme-1/").status == 404
    assert other.request("DELETE", "accounts/acme-1/").status == 404
    assert other.get("accounts/").json["results"] == []
    assert host.browser().get(session).status in (401, 403)


def test_the_host_deletes_a_tenant_that_connected_nothing(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    host.member("member@acme.example", acme).post("connect-sessions/")
    host.delete(acme)
    assert not OriginOwner.objects.exists()
    assert not ConnectSession.objects.exists()


def test_the_host_deletes_a_tenant_that_is_connected(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    stackone.link("acme-1", organization=acme)
    assert host.member("member@acme.example", acme).post("connect-sessions/").status == 201
    if conf.read().on_organization_delete == "protect":
        with pytest.raises(ProtectedError, match="offboard"):
            host.delete(acme)
        assert stackone.accounts
        owners.offboard(organization=acme)
    host.delete(acme)
    owners.finish_deletions()
    assert not stackone.accounts
    assert not OriginOwner.objects.exists()


def test_the_host_deletes_a_user_whose_sessions_stay(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example", acme)
    assert host.browser(user, acme).post("connect-sessions/").status == 201
    key = str(user.pk)
    host.delete_user(user)
    session = ConnectSession.objects.get()
    assert (session.requested_by_id, session.requested_by_name) == (key, "member@acme.example")
