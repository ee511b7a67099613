"""What a member does on the Integrations page, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from example_project.accounts.demo import MEMBERS, PASSWORD

ACME, GLOBEX = MEMBERS.values()
SECRET = "a-secret-of-acme-1234"


class Member:
    """Drives one page; Playwright looks through the hub's open shadow root by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hub: Locator = page.locator("stackone-hub")
        self.accounts: Locator = page.locator("#accounts li")
        self.sessions: Locator = page.locator("#sessions tbody tr")
        self.status: Locator = page.locator("stackone-connect #status")

    def sign_in(self, username: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("E-mail address").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Integrations")).to_be_visible()
        expect(self.page.get_by_text("Loading…")).to_have_count(0)

    def press_connect(self, category: str = "Any") -> None:
        self.page.get_by_role("radio", name=category, exact=True).check()
        self.page.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub).to_be_visible()

    def go_straight_to(self, provider: str) -> None:
        self.page.locator(".shortcuts").get_by_role("button", name=provider).click()
        self.expect_hub(f"Connect {provider}")

    def press(self, action: str, provider: str) -> None:
        """``Reconnect`` or ``Add another`` on the (first) account of that provider."""
        self.accounts.get_by_role("button", name=f"{action}: {provider}").first.click()
        self.expect_hub(f"{action} {provider}")

    def expect_hub(self, title: str) -> None:
        """The hub of the newest session, not one that was on the screen before."""
        expect(self.page.locator("stackone-connect #title")).to_contain_text(title)
        expect(self.hub).to_be_visible()

    def choose(self, connector: str) -> None:
        self.hub.get_by_text(connector, exact=True).click()

    def fill_bamboohr(self) -> None:
        self.hub.get_by_placeholder("acme").fill("acme")
        self.hub.locator("input[type=password]").fill(SECRET)

    def finish(self) -> None:
        """Press the hub's own Connect and see its success."""
        self.hub.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub.get_by_text("Connection Successful")).to_be_visible()

    def connect_bamboohr(self) -> None:
        self.press_connect("HRIS")
        self.choose("BambooHR")
        self.fill_bamboohr()
        self.finish()
        expect(self.status).to_have_text("BambooHR is connected.")

    def expect_latest_session(self, **cells: str) -> None:
        """The newest line of Recent sessions, by column."""
        for column, text in cells.items():
            cell = self.sessions.first.locator(f"[data-label={column.capitalize()}]")
            expect(cell).to_contain_text(text)
