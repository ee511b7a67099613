"""What a member does on the Integrations page."""

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
        self.accounts: Locator = page.locator(".stackone-account")
        self.activity: Locator = page.locator("[data-stackone-part=activity] li")
        self.said: Locator = page.locator("[data-stackone-done]")
        self.question: Locator = page.get_by_role("dialog")
        self.status: Locator = page.locator("stackone-connect #status")

    def sign_in(self, username: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("E-mail address").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Integrations")).to_be_visible()

    def press_connect(self, category: str = "Any") -> None:
        self.page.get_by_role("radio", name=category, exact=True).check()
        self.page.get_by_role("button", name="Choose from a list").click()
        expect(self.hub).to_be_visible()

    def go_straight_to(self, provider: str) -> None:
        """By the button of a provider: to its form, or to the question about its accounts."""
        self.page.locator(".stackone-provider").filter(has_text=provider).click()

    def manage(self, action: str, name: str) -> None:
        """Something in the menu of an account."""
        self.page.get_by_label(f"Manage {name}", exact=True).click()
        self.page.get_by_role("button", name=f"{action} {name}", exact=True).click()

    def update(self, name: str) -> None:
        self.manage("Update", name)
        self.expect_hub(f"Update {name}")

    def add_another(self, provider: str, label: str = "") -> None:
        """By the question that the button of the provider asks."""
        self.go_straight_to(provider)
        self.question.get_by_label("Name of the new account").fill(label)
        self.question.get_by_role("button", name="Add another").click()
        self.expect_hub(f"Add another {provider} account")

    def come_back(self) -> None:
        """From another tab."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

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

    def expect_latest(self, text: str) -> None:
        """The newest line of the activity."""
        expect(self.activity.first).to_contain_text(text)
