"""The main job in a real browser, with StackOne's own hub against the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from scripts.running_site import Site
from tests.e2e.conftest import WAIT, Watch
from tests.e2e.people import ACME, GLOBEX, SECRET, Member

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
Picture = Callable[[Page, str, int], None]
#: The webhook has arrived.
NEEDS_RECONNECT = """async () => {
  const answer = await fetch("/api/stackone/accounts/");
  return (await answer.json()).results.some((account) => account.needs_reconnect);
}"""
SESSIONS = "**/api/stackone/connect-sessions/"


@pytest.fixture
def member(new_page: Open) -> Member:
    """A member of Acme, signed in."""
    acme = Member(new_page(viewport={"width": 1280, "height": 960}))
    acme.sign_in(ACME)
    return acme


def test_a_member_connects_an_account_and_sees_it_listed(new_page: Open, picture: Picture) -> None:
    member = Member(new_page(viewport={"width": 1280, "height": 960}))
    member.page.goto("/")
    picture(member.page, "sign-in", 960)
    member.sign_in(ACME)
    expect(member.page.get_by_text("Nothing is connected yet.")).to_be_visible()

    member.press_connect("HRIS")
    for connector in ("BambooHR", "Personio", "Workday"):
        expect(member.hub.get_by_text(connector, exact=True)).to_be_visible()
    expect(member.hub.get_by_text("Greenhouse")).to_have_count(0)
    expect(member.page.get_by_text("This adds a new account.")).to_be_visible()
    # The form is below what was pressed, as wide as the page.
    choice = member.page.get_by_role("group", name="Kind of system").bounding_box()
    form = member.hub.bounding_box()
    section = member.page.get_by_role("region", name="Connect an account").bounding_box()
    assert choice
    assert form
    assert section
    assert form["y"] > choice["y"] + choice["height"]
    assert form["width"] == section["width"]
    picture(member.page, "hub", 1080)

    member.choose("BambooHR")
    member.fill_bamboohr()
    member.finish()

    expect(member.status).to_have_text("BambooHR is connected.")
    expect(member.accounts).to_have_count(1)
    expect(member.accounts).to_contain_text("Active")
    member.expect_latest(f"{ACME} connected BambooHR")

    member.hub.get_by_role("button", name="Close").click()
    expect(member.hub).to_have_count(0)
    picture(member.page, "accounts", 880)


def test_choosing_a_connected_provider_asks_which_account_before_the_hub_opens(
    member: Member,
) -> None:
    member.connect_bamboohr()
    member.go_straight_to("BambooHR")
    title = "BambooHR is already connected"
    expect(member.question).to_have_accessible_name(title)
    member.question.get_by_role("button", name="Update BambooHR").click()

    member.expect_hub("Update BambooHR")
    expect(member.page.get_by_text("This updates the account you already have.")).to_be_visible()
    expect(member.hub.get_by_placeholder("acme")).to_have_value("acme")
    member.hub.get_by_placeholder("acme").fill("acme-europe")
    member.finish()

    expect(member.status).to_have_text("BambooHR is connected again.")
    expect(member.accounts).to_have_count(1)
    member.expect_latest(f"{ACME} updated BambooHR")


def test_what_the_list_does_with_accounts_that_exist_is_said_before_it_opens(
    member: Member,
) -> None:
    """Choosing BambooHR in the hub's list again would replace the account's credentials."""
    expect(member.page.get_by_text("Already connected")).to_have_count(0)
    member.connect_bamboohr()
    said = member.page.locator("[data-stackone-part=beforehand]")
    expect(said).to_contain_text("Already connected: BambooHR.")
    expect(said).to_contain_text("replaces the sign-in details of the account that you have")

    member.hub.get_by_role("button", name="Close").click()
    member.page.get_by_label("Keep these accounts as they are and add another").check()
    member.page.get_by_label("Name of the new account").fill("EMEA payroll")
    member.press_connect("HRIS")
    expect(member.page.get_by_text("leaves the existing ones as they are")).to_be_visible()
    member.choose("BambooHR")
    member.fill_bamboohr()
    member.finish()

    expect(member.accounts).to_have_count(2)
    expect(member.accounts.first).to_contain_text("EMEA payroll")


def test_update_opens_that_account_with_its_secrets_masked(member: Member) -> None:
    member.connect_bamboohr()
    account_id = member.accounts.get_attribute("data-account")
    assert account_id
    member.update("BambooHR")

    expect(member.hub).to_have_attribute("account-id", account_id)
    expect(member.hub.get_by_placeholder("acme")).to_have_value("acme")
    masked = member.hub.locator("input[type=password], input[disabled]").last
    expect(masked).to_be_disabled()
    expect(masked).to_have_value(re.compile("1234$"))
    assert SECRET not in member.page.content()
    member.finish()

    expect(member.status).to_have_text("BambooHR is connected again.")
    expect(member.accounts).to_have_attribute("data-account", account_id)


def test_a_broken_account_is_said_in_words_and_reconnected_by_one_button(
    member: Member, site: Site
) -> None:
    member.connect_bamboohr()
    account_id = member.accounts.get_attribute("data-account") or ""
    member.hub.get_by_role("button", name="Close").click()
    breaks = ("account-status", "--reason", "The key was revoked", "--", account_id, "error")
    site.manage("stackone_sandbox", *breaks)
    member.page.wait_for_function(NEEDS_RECONNECT)
    member.come_back()

    expect(member.accounts).to_contain_text("Its sign-in details are no longer accepted.")
    member.page.get_by_role("button", name="Reconnect BambooHR").click()
    member.expect_hub("Reconnect BambooHR")
    member.finish()
    expect(member.accounts).to_contain_text("Active")
    expect(member.page.get_by_role("button", name="Reconnect BambooHR")).to_have_count(0)


def test_add_another_leaves_the_first_account_alone_and_has_a_name(member: Member) -> None:
    member.connect_bamboohr()
    member.add_another("BambooHR", "EMEA payroll")
    member.fill_bamboohr()
    member.finish()

    expect(member.status).to_have_text("Another BambooHR account is connected.")
    expect(member.accounts).to_have_count(2)
    expect(member.accounts.first).to_contain_text("EMEA payroll")
    member.expect_latest(f"{ACME} added another account: BambooHR (EMEA payroll)")


def test_an_account_is_connected_in_the_providers_own_window_and_no_token_is_logged(
    member: Member, site: Site
) -> None:
    member.press_connect("HRIS")
    token = member.hub.get_attribute("token")
    assert token
    member.choose("Gusto")
    with member.page.expect_popup() as popup:
        member.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name="Allow").click()

    expect(member.hub.get_by_text("Connection Successful")).to_be_visible()
    expect(member.status).to_have_text("Gusto is connected.")
    expect(member.accounts).to_have_count(1)
    log = site.log.read_text()
    assert "/sandbox/connect/oauth2/" in log
    assert token not in log


def test_the_other_organizations_member_sees_nothing_of_it(member: Member, new_page: Open) -> None:
    member.connect_bamboohr()
    other = Member(new_page())
    other.sign_in(GLOBEX)

    expect(other.page.get_by_text("Nothing is connected yet.")).to_be_visible()
    expect(other.page.get_by_text("Nothing has happened yet.")).to_be_visible()


def test_nothing_is_shown_as_connected_before_the_server_confirms(member: Member) -> None:
    """The hub reports success even where StackOne changed nothing (StackOne notes §20.3)."""
    member.connect_bamboohr()
    account_id = member.accounts.get_attribute("data-account")
    member.update("BambooHR")
    member.hub.evaluate(
        "(hub, id) => hub.dispatchEvent("
        "new CustomEvent('success', {detail: {id, provider: 'bamboohr'}}))",
        account_id,
    )

    expect(member.status).to_contain_text("StackOne hasn’t confirmed a change yet.")
    expect(member.activity).to_have_count(1)


def test_a_double_click_asks_for_one_session(member: Member) -> None:
    asked: list[str] = []
    member.page.on(
        "request",
        lambda sent: (
            asked.append(sent.url)
            if sent.method == "POST" and sent.url.endswith("/connect-sessions/")
            else None
        ),
    )
    member.page.get_by_role("button", name="Choose from a list").dblclick()
    expect(member.hub).to_have_count(1)
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()
    assert len(asked) == 1


def test_a_session_about_to_end_offers_a_fresh_one(member: Member) -> None:
    member.page.clock.install()
    member.press_connect()
    first = member.hub.get_attribute("token")
    renewal = member.page.locator("stackone-connect #renewal")
    expect(renewal).to_be_hidden()

    member.page.clock.fast_forward("28:30")
    expect(renewal).to_contain_text("This session ends soon.")
    renewal.get_by_role("button", name="Start again").click()

    expect(member.hub).not_to_have_attribute("token", first or "")
    expect(renewal).to_be_hidden()
    expect(member.hub).to_have_count(1)


def test_where_the_hub_cannot_be_loaded_the_hosted_page_leads_to_the_account_too(
    member: Member,
) -> None:
    member.page.route("**/vendor/stackone-hub.js", lambda route: route.fulfill(body=""))
    member.go_straight_to("BambooHR")
    link = member.page.get_by_role("link", name="Open StackOne’s page")
    link.evaluate("link => { link.href += '&plain=' }")
    with member.page.expect_popup() as popup:
        link.click()
    popup.value.get_by_label("Subdomain").fill("acme")
    popup.value.get_by_label("API key").fill(SECRET)
    with popup.value.expect_event("close"):
        popup.value.get_by_role("button", name="Connect").click()

    expect(member.status).to_have_text("BambooHR is connected.", timeout=WAIT)
    expect(member.accounts).to_have_count(1)
    expect(member.page.locator("stackone-connect #panel")).to_be_hidden()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "stackone_unavailable",
            "StackOne cannot be reached at the moment. Please wait 5 sec",
        ),
        ("stackone_misconfigured", "Connecting is not set up correctly on our side."),
        ("never_heard_of", "Something went wrong on our side."),
    ],
)
def test_our_error_codes_have_messages_and_can_be_tried_again(
    member: Member, watch: Watch, code: str, message: str
) -> None:
    watch.expected.append("the server responded with a status of 503")

    def refuse(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        return route.fulfill(
            status=503, headers={"Retry-After": "5"}, json={"code": code, "detail": "…"}
        )

    member.page.route(SESSIONS, refuse)
    member.page.get_by_role("button", name="Choose from a list").click()
    expect(member.status).to_contain_text(message)

    member.page.unroute(SESSIONS)
    member.status.get_by_role("button", name="Try again").click()
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()
    expect(member.status).to_be_empty()
