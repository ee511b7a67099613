"""The demo as a developer finds it: split screen, switches, API reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from scripts.running_site import Site, running_site
from tests.e2e.axe import serious
from tests.e2e.conftest import SHARED, Watch
from tests.e2e.people import ACME, SECRET

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
Picture = Callable[..., None]
DOCS = "/api/stackone/docs/"
#: The text of what has the focus, in a frame as well.
FOCUSED = "(document.activeElement.contentDocument ?? document).activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One for all tests here, each of which begins with a sandbox without accounts and faults."""
    with running_site(SHARED) as running:
        yield running


class SplitScreen:
    """A developer before the split screen, signed in by the button of the demo."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.customer: FrameLocator = page.frame_locator("#customer")
        self.sandbox: FrameLocator = page.frame_locator("#sandbox")
        self.hub: Locator = self.customer.locator("stackone-hub")
        self.status: Locator = self.customer.locator("stackone-connect #status")
        self.armed: Locator = self.sandbox.locator(".armed li")

    def open(self, username: str = ACME) -> None:
        self.page.goto("/demo/")
        self.page.get_by_role("button", name=f"Continue as {username}").click()
        expect(self.sandbox.get_by_role("heading", name="Faults")).to_be_visible()
        expect(self.customer.get_by_role("heading", name="Integrations")).to_be_visible()

    def connect_bamboohr(self) -> None:
        self.customer.locator(".stackone-provider").filter(has_text="BambooHR").click()
        self.hub.get_by_placeholder("acme").fill("acme")
        self.hub.locator("input[type=password]").fill(SECRET)
        self.hub.get_by_role("button", name="Connect", exact=True).click()
        expect(self.status).to_have_text("BambooHR is connected.")

    def press(self, switch: str) -> None:
        self.sandbox.get_by_role("button", name=switch, exact=True).click()


@pytest.fixture
def split(new_page: Open, site: Site) -> Iterator[SplitScreen]:
    screen = SplitScreen(new_page(viewport={"width": 1366, "height": 800}))
    yield screen
    # The hub would go on with a session that is gone.
    screen.page.goto("about:blank")
    site.manage("stackone_sandbox", "reset")
    # Accounts that the sandbox no longer has are disconnected here as well.
    site.manage("stackone_sync_accounts", "--force")


def test_the_customers_page_shows_what_a_switch_does(split: SplitScreen, picture: Picture) -> None:
    """An account breaks; StackOne's webhook arrives; nobody presses anything on the left."""
    split.open()
    split.connect_bamboohr()
    split.hub.get_by_role("button", name="Close").click()
    split.press("Break bamboohr of Acme Inc")
    broken = split.customer.locator(".stackone-broken")
    expect(broken).to_contain_text("Its sign-in details are no longer accepted.", timeout=6_000)
    delivered = split.sandbox.get_by_role("row").filter(has_text="account.updated")
    expect(delivered.first.locator(".badge")).to_have_text("delivered")
    picture(split.page, "demo", 900, width=1366)
    split.press("Repair bamboohr of Acme Inc")
    expect(broken).to_have_count(0, timeout=6_000)


def test_a_rate_limit_is_for_the_request_that_is_about_to_be_made(
    split: SplitScreen, watch: Watch
) -> None:
    """The pages read their lists and the control page refreshes itself in between."""
    watch.expected.append("503")
    split.open()
    split.press("429, wait 20 s")
    expect(split.armed).to_contain_text("POST /connect_sessions")
    expect(split.armed).to_contain_text("the next one")
    split.customer.get_by_role("heading", name="Integrations").click()
    split.page.wait_for_timeout(4_000)
    expect(split.armed).to_have_count(1)
    button = split.customer.locator(".stackone-provider").filter(has_text="Greenhouse")
    button.click()
    expect(split.status).to_contain_text("StackOne is busy")
    expect(button).to_have_attribute("data-stackone-wait", "19 sec")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(split.armed).to_have_count(0)


def test_a_switch_can_be_aimed_at_the_hub(split: SplitScreen, watch: Watch) -> None:
    watch.expected += ["500", "StackOne"]
    split.open()
    split.sandbox.get_by_label("For").select_option("any call of the hub")
    split.sandbox.get_by_label("How often").select_option("until removed")
    split.press("500 Internal Server Error")
    expect(split.armed).to_contain_text("any call of the hub")
    # What is selected stays for the next press.
    expect(split.sandbox.get_by_label("For")).to_have_value("hub")
    split.customer.locator(".stackone-provider").filter(has_text="BambooHR").click()
    expect(split.hub).to_be_visible()
    expect(split.hub.get_by_placeholder("acme")).to_have_count(0)
    split.press("Remove all faults")
    expect(split.armed).to_have_count(0)


def test_everything_is_reached_by_keyboard(split: SplitScreen) -> None:
    split.open()
    press = split.page.keyboard.press
    split.page.get_by_role("link", name="Admin").focus()
    seen = []
    for _ in range(25):
        press("Tab")
        seen.append(split.page.evaluate(FOCUSED))
        if seen[-1] == "429, wait 20 s":
            break
    assert "Skip to the content" in seen
    assert seen[-1] == "429, wait 20 s"
    press("Enter")
    expect(split.armed).to_contain_text("429")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366])
def test_the_split_screen_fits_and_axe_finds_nothing(
    new_page: Open, scheme: str, width: int
) -> None:
    split = SplitScreen(new_page(viewport={"width": width, "height": 844}, color_scheme=scheme))
    page = split.page
    page.goto("/sign-in/")
    assert serious(page) == []
    split.open()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    left, right = (page.locator(name).bounding_box() for name in ("#customer", "#sandbox"))
    assert left
    assert right
    if width > 1000:
        assert left["y"] == right["y"]
        assert left["width"] + right["width"] > width - 5
        assert left["y"] + left["height"] <= 844
    else:
        assert left["width"] == right["width"] == width
        assert right["y"] >= left["y"] + left["height"]
    for frame in page.frames[1:]:
        assert frame.evaluate("document.documentElement.scrollWidth") <= left["width"] + 1
    assert serious(page) == []
    for address in ("/", "/sandbox/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert serious(page) == []


def test_the_start_page_leads_to_everything_and_back(split: SplitScreen) -> None:
    page = split.page
    page.goto("/")
    page.get_by_role("button", name=f"Continue as {ACME}").click()
    for name, heading in (("Sandbox", "Control"), ("Split screen", "Split screen")):
        page.goto("/")
        page.get_by_role("navigation", name="The demo").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    page.get_by_role("link", name="API reference").click()
    expect(page.get_by_role("heading", name="stackone_connect")).to_be_visible()


def test_calls_are_tried_in_the_api_reference(split: SplitScreen) -> None:
    """As the signed-in member, with Django's CSRF token, under the policy of the example."""
    page = split.page
    page.goto("/")
    page.get_by_role("button", name=f"Continue as {ACME}").click()
    page.goto(DOCS)
    operation = page.locator("#operations-StackOne-stackone_connect_sessions_issue")
    operation.get_by_role("button", name="post").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"provider": "bamboohr"}')
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_have_text("201")


def test_the_api_reference_fits_a_phone(new_page: Open) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(DOCS)
    expect(page.get_by_text("/api/stackone/connect-sessions/").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
