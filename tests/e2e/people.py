"""What a member does on the Integrations page, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from example_project.accounts.demo import MEMBERS, PASSWORD

ACME, GLOBEX = MEMBERS.values()


class Member:
    """Drives one page; Playwright looks through the hub's open shadow root by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hub: Locator = page.locator("stackone-hub")
        self.accounts: Locator = page.locator("#accounts li")
        self.sessions: Locator = page.locator("#sessions tbody tr")
        self.status: Locator = page.locator("#status")

    def sign_in(self, username: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("E-mail address").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Integrations")).to_be_visible()
        expect(self.page.get_by_text("Loading…")).to_have_count(0)

    def press_connect(self, category: str = "Any") -> None:
        self.page.get_by_text(category, exact=True).click()
        self.page.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub).to_be_visible()

    def choose(self, connector: str) -> None:
        self.hub.get_by_text(connector, exact=True).click()

    def fill(self, **fields: str) -> None:
        for label, value in fields.items():
            self.hub.get_by_label(label.replace("_", " ")).fill(value)

    def finish(self) -> None:
        """Press the hub's own Connect, see its success, and our server's word for it."""
        self.hub.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub.get_by_text("Connection Successful")).to_be_visible()

    def connect_bamboohr(self) -> None:
        self.press_connect("HRIS")
        self.choose("BambooHR")
        self.fill_bamboohr()
        self.finish()
        expect(self.status).to_have_text("BambooHR is connected.")

    def fill_bamboohr(self) -> None:
        self.hub.get_by_placeholder("acme").fill("acme")
        self.hub.locator("input[type=password]").fill("a-secret-of-acme-1234")
