"""Who gets nothing in this host, and that it leaves nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.shapes.catalogue import Shape
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_nobody_signed_in_is_told_to_sign_in(host: Host, shape: Shape) -> None:
    for path in ("connect-sessions/", "accounts/", "accounts/acme-1/"):
        answer = host.browser().get(path)
        assert answer.status == (403 if shape.signs_in_by == "session" else 401)
        assert answer.code == "not_authenticated"


def test_a_user_without_an_organization_is_told_so(host: Host, stackone: FakeStackOne) -> None:
    browser = host.browser(host.user("homeless@acme.example"))
    for answer in (browser.get("connect-sessions/"), browser.post("connect-sessions/")):
        assert (answer.status, answer.code) == (403, "no_organization")
    assert stackone.calls == []


def test_another_tenants_ids_answer_byte_for_byte_as_unknown_ones(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    member, other = host.member("a@acme.example", acme), host.member("b@globex.example", globex)
    own = member.post("connect-sessions/").json["id"]
    theirs = other.post("connect-sessions/").json["id"]
    stackone.link("globex-1", organization=globex, name="Globex")
    assert (
        other.post(f"connect-sessions/{theirs}/complete/", {"account_id": "globex-1"}).status == 200
    )
    unknown, claim = uuid.uuid4(), {"account_id": "globex-1"}
    pairs = [
        (member.get(f"connect-sessions/{theirs}/"), member.get(f"connect-sessions/{unknown}/")),
        (
            member.post(f"connect-sessions/{theirs}/complete/", claim),
            member.post(f"connect-sessions/{unknown}/complete/", claim),
        ),
        (member.get("accounts/globex-1/"), member.get("accounts/nobody-1/")),
        (
            member.post(f"connect-sessions/{own}/complete/", claim),
            member.post(f"connect-sessions/{own}/complete/", {"account_id": "nobody-1"}),
        ),
        (
            member.post("connect-sessions/", claim),
            member.post("connect-sessions/", {"account_id": "nobody-1"}),
        ),
    ]
    for denied, absent in pairs:
        assert denied.status == 404
        assert (denied.status, denied.headers, denied.body) == (
            absent.status,
            absent.headers,
            absent.body,
        )
    assert [a["account_id"] for a in member.get("accounts/").json["results"]] == []
    assert [s["id"] for s in member.get("connect-sessions/").json["results"]] == [own]


@pytest.mark.parametrize("odd", ["1", "x/y", "..%2f..", "%00", "a%20b", "%0A", "é"])
def test_a_malformed_id_answers_as_an_unknown_one(
    host: Host, stackone: FakeStackOne, acme: Any, odd: str
) -> None:
    member = host.member("member@acme.example", acme)
    session, account = f"connect-sessions/{uuid.uuid4()}/", "accounts/nobody-1/"
    assert member.get(f"connect-sessions/{odd}/").body == member.get(session).body
    assert member.get(f"accounts/{odd}/").body == member.get(account).body
    claim = {"account_id": "acme-1"}
    refused = member.post(f"connect-sessions/{odd}/complete/", claim)
    assert (refused.status, refused.code) == (404, "not_found")


def test_what_is_refused_leaves_no_row(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    member = host.member("member@acme.example", acme)
    stackone.link("globex-1", organization=globex, name="Globex")
    assert member.post("connect-sessions/", {"origin_owner_id": "1"}).status == 400
    assert member.post("connect-sessions/", {"expires_in": 1}).status == 400
    assert member.request("POST", "connect-sessions/", "{").status == 400
    assert not OriginOwner.objects.exists()
    for account in ("globex-1", "nobody-1", "../x"):
        assert member.post("connect-sessions/", {"account_id": account}).status in (400, 404)
    assert not ConnectSession.objects.exists()
    assert not LinkedAccount.objects.exists()


def test_a_user_who_changed_organization_can_not_complete_for_the_former_one(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    user = host.user("member@acme.example", acme)
    issued = host.browser(user, acme).post("connect-sessions/").json["id"]
    stackone.link("acme-1", organization=acme)
    host.move(user, globex)
    user = type(user)._default_manager.get(pk=user.pk)
    moved = host.browser(user, globex)
    answer = moved.post(f"connect-sessions/{issued}/complete/", {"account_id": "acme-1"})
    assert (answer.status, answer.code) == (404, "not_found")
    assert moved.get(f"connect-sessions/{issued}/").status == 404
    assert ConnectSession.objects.get().status == "issued"
    assert not LinkedAccount.objects.exists()


def test_a_browser_that_still_names_the_former_organization_gets_nothing_of_it(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    user = host.user("member@acme.example", acme)
    browser = host.browser(user, acme)
    issued = browser.post("connect-sessions/").json["id"]
    host.move(user, globex)
    answer = browser.get(f"connect-sessions/{issued}/")
    assert (answer.status, answer.code) in ((404, "not_found"), (403, "no_organization"))
