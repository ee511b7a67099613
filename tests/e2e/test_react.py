"""The React page in a real browser, with StackOne's own component against the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from example_project.accounts.demo import PASSWORD
from scripts.running_site import ROOT, Site
from tests.e2e.conftest import WAIT, Watch
from tests.e2e.people import ACME, GLOBEX, SECRET

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
SESSIONS = "**/api/stackone/connect-sessions/"
AXE = ROOT / "example_project/frontend/node_modules/axe-core/axe.min.js"
#: Problems inside the hub are StackOne's to fix (StackOne notes §20.6).
RUN_AXE = """async () => {
    const { passes, violations } = await axe.run({ exclude: [["[part=hub]"]] });
    if (!passes.some(({ id }) => id === "color-contrast")) throw new Error("axe saw nothing");
    return violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""


class ReactMember:
    """Drives the React page; Playwright looks through the hub's open shadow root by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hub: Locator = page.locator("[part=hub]")
        self.accounts: Locator = page.locator("#accounts li")
        self.sessions: Locator = page.locator("#sessions tbody tr")
        self.status: Locator = page.locator("#connect [part=status]")
        self.title: Locator = page.locator("#connect [part=title]")
        self.requests: list[Request] = []
        page.on("request", self._request)

    def _request(self, request: Request) -> None:
        self.requests.append(request)

    def sign_in(self, username: str) -> None:
        self.page.goto("/react/")
        self.page.get_by_label("E-mail address").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Linked accounts")).to_be_visible()
        expect(self.page.get_by_text("Loading…")).to_have_count(0)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def connect_button(self) -> Locator:
        """The page's own; the hub has one of the same name."""
        return self.page.locator(".connect-form").get_by_role("button", name="Connect")

    def press_connect(self, category: str = "Any") -> None:
        self.page.get_by_role("radio", name=category, exact=True).check()
        self.connect_button().click()
        expect(self.hub.get_by_text("BambooHR", exact=True)).to_be_visible()

    def fill_bamboohr(self, subdomain: str = "acme") -> None:
        self.hub.get_by_placeholder("acme").fill(subdomain)
        self.hub.locator("input[type=password]").fill(SECRET)

    def finish(self) -> None:
        """Press the hub's own Connect and see its success."""
        self.hub.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub.get_by_text("Connection Successful")).to_be_visible()

    def connect_bamboohr(self) -> None:
        self.press_connect("HRIS")
        self.hub.get_by_text("BambooHR", exact=True).click()
        self.fill_bamboohr()
        self.finish()
        expect(self.status).to_have_text("BambooHR is connected.")

    def issued(self) -> int:
        """How many sessions this page has asked for."""
        return sum(
            request.method == "POST" and request.url.endswith("/connect-sessions/")
            for request in self.requests
        )

    def scripts(self) -> list[str]:
        return [request.url for request in self.requests if request.resource_type == "script"]

    def expect_latest_session(self, **cells: str) -> None:
        for column, text in cells.items():
            cell = self.sessions.first.locator(f"[data-label={column.capitalize()}]")
            expect(cell).to_contain_text(text)

    def findings(self) -> Any:
        """What axe finds serious. It comes by evaluation, which the page's policy does not bar."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return self.page.evaluate(RUN_AXE)


@pytest.fixture
def member(new_page: Open) -> ReactMember:
    """A member of Acme, signed in."""
    acme = ReactMember(new_page(viewport={"width": 1280, "height": 960}))
    acme.sign_in(ACME)
    return acme


def test_a_member_connects_by_form_and_the_hub_comes_only_then(member: ReactMember) -> None:
    expect(member.page.get_by_text("Nothing is connected yet.")).to_be_visible()
    assert [url.rsplit("/", 1)[1].split("-")[0] for url in member.scripts()] == ["main", "panel"]

    member.press_connect("HRIS")
    assert len(member.scripts()) > 2
    expect(member.page.get_by_text("This adds a new account.")).to_be_visible()
    expect(member.hub.get_by_text("Greenhouse")).to_have_count(0)
    expect(member.title).to_be_focused()
    member.hub.get_by_text("BambooHR", exact=True).click()
    member.fill_bamboohr()
    member.finish()

    expect(member.status).to_have_text("BambooHR is connected.")
    expect(member.accounts).to_have_count(1)
    expect(member.accounts).to_contain_text("Active")
    member.expect_latest_session(
        who=ACME, system="BambooHR", path="Create", outcome="Created", status="Completed"
    )
    member.hub.get_by_role("button", name="Close").click()
    expect(member.hub).to_be_hidden()
    expect(member.connect_button()).to_be_focused()


def test_a_double_click_asks_for_exactly_one_session(member: ReactMember) -> None:
    member.connect_button().dblclick()
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()
    expect(member.sessions).to_have_count(1)
    assert member.issued() == 1


def test_an_account_in_error_is_reconnected_in_its_own_form(
    member: ReactMember, site: Site
) -> None:
    member.connect_bamboohr()
    account_id = member.accounts.get_attribute("data-account")
    assert account_id
    site.manage("stackone_sandbox", "account-status", "--", account_id, "error")
    site.manage("stackone_process")
    member.page.reload()
    expect(member.accounts).to_contain_text("Needs reconnecting")

    member.button("Reconnect: BambooHR").click()
    expect(member.title).to_have_text("Reconnect BambooHR")
    expect(member.hub.get_by_placeholder("acme")).to_have_value("acme")
    masked = member.hub.locator("input[type=password], input[disabled]").last
    expect(masked).to_have_value(re.compile("1234$"))
    member.hub.get_by_placeholder("acme").fill("acme-europe")
    member.finish()

    expect(member.status).to_have_text("BambooHR is connected again.")
    expect(member.accounts).to_have_attribute("data-account", account_id)
    expect(member.accounts).to_contain_text("Active")
    member.expect_latest_session(path="Update", outcome="Updated")


def test_add_another_leaves_the_first_account_alone(member: ReactMember) -> None:
    member.connect_bamboohr()
    member.button("Add another: BambooHR").click()
    expect(member.title).to_have_text("Add another BambooHR account")
    member.page.get_by_label("Name of the other account").fill("Payroll UK")
    member.button("Add another").click()
    member.fill_bamboohr("acme-two")
    member.finish()

    expect(member.status).to_have_text("Another BambooHR account is connected.")
    expect(member.accounts).to_have_count(2)


def test_disconnecting_asks_first_and_then_shows_it_gone(member: ReactMember) -> None:
    member.connect_bamboohr()
    member.button("Disconnect: BambooHR").click()
    expect(member.button("Keep it")).to_be_focused()
    member.page.keyboard.press("Escape")
    expect(member.button("Disconnect: BambooHR")).to_be_focused()
    expect(member.accounts).to_have_count(1)

    member.page.keyboard.press("Enter")
    member.button("Disconnect BambooHR").click()
    expect(member.page.locator("#accounts-status")).to_have_text("BambooHR is disconnected.")
    expect(member.accounts).to_have_count(0)


def test_a_disconnect_that_stackone_does_not_answer_is_noted(
    member: ReactMember, site: Site
) -> None:
    member.connect_bamboohr()
    site.manage("stackone_sandbox", "fault", "error", "--target=any", "--status=503", "--times=0")
    member.button("Disconnect: BambooHR").click()
    member.button("Disconnect BambooHR").click()
    status = member.page.locator("#accounts-status")
    expect(status).to_contain_text("StackOne does not answer just now.", timeout=WAIT)
    expect(member.accounts).to_contain_text("Disconnecting")


def test_consent_that_is_given_connects_and_consent_that_is_denied_is_not_silent(
    member: ReactMember,
) -> None:
    member.press_connect("HRIS")
    member.hub.get_by_text("Gusto", exact=True).click()
    with member.page.expect_popup() as popup:
        member.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name="Deny").click()
    expect(member.status).to_have_text(
        "Access was not granted in the provider’s window, so nothing was connected. Try again",
        timeout=2_000,
    )

    with member.page.expect_popup() as popup:
        member.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name="Allow").click()
    expect(member.status).to_have_text("Gusto is connected.", timeout=WAIT)
    expect(member.accounts).to_have_count(1)


def test_the_other_organizations_member_sees_nothing_of_it(
    member: ReactMember, new_page: Open
) -> None:
    member.connect_bamboohr()
    other = ReactMember(new_page())
    other.sign_in(GLOBEX)
    expect(other.page.get_by_text("Nothing is connected yet.")).to_be_visible()
    expect(other.page.get_by_text("No sessions yet.")).to_be_visible()


def test_a_session_about_to_end_offers_a_fresh_form_and_never_empties_one_in_use(
    member: ReactMember,
) -> None:
    member.page.clock.install()
    member.press_connect()
    member.hub.get_by_text("BambooHR", exact=True).click()
    member.hub.get_by_placeholder("acme").fill("half-typed")
    member.page.clock.fast_forward("28:30")
    renewal = member.page.locator("#connect [part=renewal]")
    expect(renewal).to_contain_text("This session ends soon.")
    expect(member.hub.get_by_placeholder("acme")).to_have_value("half-typed")
    assert member.issued() == 1

    renewal.get_by_role("button", name="Start again").click()
    expect(member.hub.get_by_text("Greenhouse", exact=True)).to_be_visible()
    expect(renewal).to_be_empty()
    assert member.issued() == 2


def test_with_stackone_down_the_page_says_so_and_offers_a_way_on(
    member: ReactMember, site: Site, watch: Watch
) -> None:
    watch.expected.append("the server responded with a status of 503")
    site.manage("stackone_sandbox", "fault", "error", "--target=any", "--status=503", "--times=0")
    member.connect_button().click()
    expect(member.status).to_contain_text("StackOne cannot be reached at the moment.")
    member.expect_latest_session(status="Failed")

    site.manage("stackone_sandbox", "clear-faults")
    member.status.get_by_role("button", name="Try again").click()
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()


def test_with_the_network_off_the_page_says_so_and_offers_a_way_on(
    member: ReactMember, watch: Watch
) -> None:
    watch.expected.append("net::ERR_INTERNET_DISCONNECTED")
    member.page.context.set_offline(True)
    member.connect_button().click()
    expect(member.status).to_contain_text("The server cannot be reached.")

    member.page.context.set_offline(False)
    member.status.get_by_role("button", name="Try again").click()
    # The hub's code could not be had a moment ago, and can now.
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()


def test_where_the_hubs_code_cannot_be_had_stackones_own_page_is_offered(
    member: ReactMember, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    member.page.route("**/static/react/assets/*.js", lambda route: route.abort())
    member.page.locator(".shortcuts").get_by_role("button", name="BambooHR").click()
    hosted = member.page.locator("#connect [part=hosted]")
    expect(hosted).to_contain_text("StackOne’s form could not be loaded.")
    link = member.page.get_by_role("link", name="Open StackOne’s page")
    expect(link).to_have_attribute("href", re.compile("/sandbox/"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_phone(
    new_page: Open, scheme: str, site: Site, watch: Watch
) -> None:
    watch.expected.append("the server responded with a status of 503")
    member = ReactMember(new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme))
    member.sign_in(ACME)
    assert member.findings() == [], "empty"
    member.connect_bamboohr()
    assert member.findings() == [], "connected, with the hub on screen"
    member.button("Disconnect: BambooHR").click()
    assert member.findings() == [], "asking before it disconnects"
    assert member.page.evaluate("document.documentElement.scrollWidth") == 375
    member.button("Keep it").click()
    site.manage("stackone_sandbox", "fault", "error", "--target=any", "--status=503", "--times=0")
    member.page.set_viewport_size({"width": 1280, "height": 960})
    member.connect_button().click()
    expect(member.status).to_contain_text("StackOne cannot be reached", timeout=WAIT)
    assert member.findings() == [], "with a problem"


def test_the_page_is_usable_by_keyboard_alone(member: ReactMember) -> None:
    member.page.get_by_role("radio", name="Any").focus()
    member.page.keyboard.press("ArrowRight")
    expect(member.page.get_by_role("radio", name="HRIS")).to_be_checked()
    member.page.keyboard.press("Tab")
    member.page.keyboard.press("Enter")
    expect(member.hub.get_by_text("BambooHR", exact=True)).to_be_visible()
    expect(member.title).to_be_focused()
    member.page.keyboard.press("Tab")
    member.page.keyboard.press("Enter")
    expect(member.hub).to_be_hidden()
    expect(member.connect_button()).to_be_focused()
