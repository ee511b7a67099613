"""The main job in this host: issue, finish in the hub, look at what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from stackone_connect.clock import Deadline
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.models.transactions import database
from stackone_connect.services import accounts, owners
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_session_is_issued_for_the_members_own_organization(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    answer = host.member("member@acme.example", acme).post(
        "connect-sessions/", {"provider": "bamboohr"}
    )
    assert answer.status == 201
    assert answer.json["token"] == "token-1"
    assert answer.json["path"] == "create"
    assert answer.json["requested_by"] == "member@acme.example"
    assert stackone.bodies[0]["origin_owner_id"] == str(acme.pk)
    assert stackone.bodies[0]["origin_owner_name"] == "Acme"
    assert stackone.bodies[0]["origin_username"] == "member@acme.example"


def test_a_finished_hub_completes_the_session_and_gives_the_account(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json
    stackone.link("acme-1", organization=acme)
    done = member.post(f"connect-sessions/{issued['id']}/complete/", {"account_id": "acme-1"})
    assert done.status == 200
    assert (done.json["status"], done.json["outcome"]) == ("completed", "create")
    assert member.get(f"connect-sessions/{issued['id']}/").json == done.json
    assert member.get("connect-sessions/").json["results"] == [done.json]
    listed = member.get("accounts/").json["results"]
    assert [account["account_id"] for account in listed] == ["acme-1"]
    assert member.get("accounts/acme-1/").json == listed[0]
    assert [a.account_id for a in accounts.linked_accounts(organization=acme)] == ["acme-1"]


def test_stackone_is_called_outside_of_every_transaction(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/").json
    stackone.link("acme-1", organization=acme)
    member.post(f"connect-sessions/{issued['id']}/complete/", {"account_id": "acme-1"})
    called = {"accounts_of", "create_connect_session", "get_account", "latest_attempt"}
    assert set(stackone.calls) == called
    # And it would have been noticed:
    with transaction.atomic(using=database()), pytest.raises(AssertionError, match="transaction"):
        stackone.get_account("acme-1", deadline=Deadline(1))


def test_a_disconnected_account_is_gone_at_stackone_and_here(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    stackone.link("acme-1", organization=acme)
    member = host.member("member@acme.example", acme)
    member.post("connect-sessions/")
    assert member.request("DELETE", "accounts/acme-1/").status == 204
    assert stackone.accounts == {}
    assert member.get("accounts/").json["results"] == []
    assert not accounts.linked_accounts(organization=acme).exists()


def test_what_a_webhook_hints_at_is_asked_of_stackone_after_the_answer(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json["id"]
    stackone.link("acme-1", organization=acme)
    answer = host.stranger().webhook("account.created", "acme-1")
    assert (answer.status, answer.json) == (200, {"status": "accepted"})
    assert [row["account_id"] for row in member.get("accounts/").json["results"]] == ["acme-1"]
    assert member.get(f"connect-sessions/{issued}/").json["outcome"] == "create"


def test_a_renamed_organization_keeps_the_name_that_stackone_knows(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    member.post("connect-sessions/")
    host.rename(acme, "Acme International")
    assert member.post("connect-sessions/").status == 201
    assert [body["origin_owner_name"] for body in stackone.bodies] == ["Acme", "Acme"]


def test_an_organization_that_connected_something_can_not_be_deleted_before_it_is_offboarded(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    session = member.post("connect-sessions/").json
    stackone.link("acme-1", organization=acme)
    member.post(f"connect-sessions/{session['id']}/complete/", {"account_id": "acme-1"})
    with pytest.raises(ProtectedError, match=r"owners\.offboard"):
        acme.delete()
    assert OriginOwner.objects.filter(organization=acme.pk).exists()
    owners.offboard(organization=acme)
    acme.delete()
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_organization_that_connected_nothing_can_be_deleted(
    host: Host, stackone: FakeStackOne, acme: Any, method: str
) -> None:
    member = host.member("member@acme.example", acme)
    _ = member.get("accounts/") if method == "get" else member.post("connect-sessions/")
    acme.delete()
    assert not OriginOwner.objects.exists()
    assert not ConnectSession.objects.exists()


def test_a_deleted_users_session_stays_under_the_users_name(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example", acme)
    host.browser(user, acme).post("connect-sessions/")
    key = str(user.pk)
    user.delete()
    session = ConnectSession.objects.get()
    assert session.requested_by_id == key
    assert session.requested_by_name == "member@acme.example"
