"""StackOne's own hub, unmodified, as a judge of the sandbox: each flow ends in the right rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.running_site import Site
from tests.e2e.conftest import WAIT, Watch
from tests.e2e.people import ACME, Member

pytestmark = pytest.mark.e2e

Picture = Callable[[Page, str, int], None]
HEIGHT = 1000


@pytest.fixture
def member(new_page: Callable[..., Page]) -> Member:
    acme = Member(new_page(viewport={"width": 1280, "height": 960}))
    acme.sign_in(ACME)
    return acme


def rows(member: Member, name: str) -> list[dict[str, Any]]:
    """What our side has, newest first."""
    answer = member.page.request.get(f"/api/stackone/{name}/")
    assert answer.ok
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def latest(member: Member, *keys: str) -> list[Any]:
    """Some fields of the newest session."""
    session = rows(member, "connect-sessions")[0]
    return [session[key] for key in keys]


def press_hubs_connect(member: Member, answer: str) -> None:
    """Press the hub's Connect and answer the provider's question in its window."""
    with member.page.expect_popup() as popup:
        member.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name=answer).click()


def test_form_connect(member: Member, picture: Picture) -> None:
    member.connect_bamboohr()
    picture(member.page, "hub-form", HEIGHT)
    (account,) = rows(member, "accounts")
    assert (account["provider"], account["status"]) == ("bamboohr", "active")
    assert latest(member, "status", "outcome", "account_id") == [
        "completed",
        "create",
        account["account_id"],
    ]


def test_oauth_connect_in_the_popup(member: Member, picture: Picture) -> None:
    member.press_connect("HRIS")
    member.choose("Gusto")
    press_hubs_connect(member, "Allow")
    expect(member.status).to_have_text("Gusto is connected.", timeout=WAIT)
    picture(member.page, "hub-oauth", HEIGHT)
    (account,) = rows(member, "accounts")
    assert latest(member, "outcome", "account_id", "last_attempt") == [
        "create",
        account["account_id"],
        {"status": "authenticated", "code": None},
    ]


def test_oauth_denied(member: Member, site: Site, picture: Picture) -> None:
    member.press_connect("HRIS")
    member.choose("Gusto")
    press_hubs_connect(member, "Deny")
    expect(member.status).to_contain_text("Access was not granted", timeout=WAIT)
    picture(member.page, "hub-denied", HEIGHT)
    site.manage("stackone_process")  # the minute's job asks about open sessions
    assert rows(member, "accounts") == []
    assert latest(member, "status", "outcome", "last_attempt") == [
        "issued",
        None,
        {"status": "error", "code": "access_denied"},
    ]


def test_edit_of_an_existing_account(member: Member, picture: Picture) -> None:
    member.connect_bamboohr()
    (before,) = rows(member, "accounts")
    member.update("BambooHR")
    picture(member.page, "hub-edit", HEIGHT)
    member.hub.get_by_placeholder("acme").fill("acme-europe")
    member.finish()
    expect(member.status).to_have_text("BambooHR is connected again.")
    (after,) = rows(member, "accounts")
    assert after["account_id"] == before["account_id"]
    assert after["updated_at"] > before["updated_at"]
    assert latest(member, "path", "outcome", "account_id") == [
        "update",
        "update",
        before["account_id"],
    ]


def test_two_accounts_with_multiple(member: Member, picture: Picture) -> None:
    member.connect_bamboohr()
    member.add_another("BambooHR", "Second")
    member.fill_bamboohr()
    member.finish()
    expect(member.accounts).to_have_count(2)
    picture(member.page, "hub-multiple", HEIGHT)
    second, first = rows(member, "accounts")
    assert second["account_id"] != first["account_id"]
    assert latest(member, "path", "outcome", "account_id") == [
        "multiple",
        "multiple",
        second["account_id"],
    ]


def test_expired_token(member: Member, site: Site, watch: Watch, picture: Picture) -> None:
    watch.expected += ["401", "Token expired"]
    member.press_connect("HRIS")
    member.choose("BambooHR")
    member.fill_bamboohr()
    site.manage("stackone_sandbox", "expire", "--session", "1")
    member.hub.get_by_role("button", name="Connect", exact=True).click()
    expect(member.hub.get_by_text("Failed to create account")).to_be_visible()
    picture(member.page, "hub-expired", HEIGHT)
    assert rows(member, "accounts") == []
    assert latest(member, "status", "outcome", "account_id") == ["issued", None, None]
