"""How connecting can go otherwise, with the element and with React: each told, each with a way on.

One site for all; nothing here depends on what another test connected. Pictures are saved where
``--screenshots`` names a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from playwright.sync_api import Browser, Locator, Page, Route, expect

from scripts.running_site import ROOT, Site, running_site
from tests.e2e.conftest import SHARED, WAIT, Watch, state_of_a_member
from tests.e2e.people import SECRET

pytestmark = pytest.mark.e2e

SESSIONS = "**/api/stackone/connect-sessions/"
ACCOUNTS = "**/api/stackone/accounts/"
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A host</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    "<style>body {{ background: Canvas; color: CanvasText; font: 1rem/1.5 sans-serif }}</style>"
    "</head>"
    "<body><main><h1>Systems</h1><h2>Connect</h2>{tag}</main></body></html>"
)
TAG = (
    '{% load stackone_connect %}{% stackone_connect hub_base_url="/sandbox" hub_app_url="/sandbox" '
    "provider=provider text=text %}"
)
AXE = ROOT / "example_project/frontend/node_modules/axe-core/axe.min.js"
#: Problems inside the hub are StackOne's to fix (StackOne notes §20.6).
RUN_AXE = """async () => {
    const { violations } = await axe.run({ exclude: [["stackone-hub"], ["[part=hub]"]] });
    return violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""
NAMES = {"bamboohr": "BambooHR", "greenhouse": "Greenhouse", "gusto": "Gusto"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(SHARED) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> Any:
    return state_of_a_member(chromium, site)


class Panel:
    """What both show, by the parts that they share."""

    def __init__(self, page: Page, kind: str, name: str) -> None:
        self.page, self.kind = page, kind
        inside = "stackone-connect" if kind == "element" else "#connect"
        self.opener: Locator = (
            page.locator("stackone-connect button").first
            if kind == "element"
            else page.locator(".shortcuts").get_by_role("button", name=name)
        )
        parts = page.locator(inside)
        self.status: Locator = parts.locator("[part=status]")
        self.title: Locator = parts.locator("[part=title]")
        self.note: Locator = parts.locator("[part=path]")
        self.renewal: Locator = parts.locator("[part=renewal]")
        self.choice: Locator = parts.locator("[part=choice]")
        self.hosted: Locator = parts.locator("[part=hosted]")
        self.cancel: Locator = parts.locator("[part~=cancel]")
        self.hub: Locator = page.locator(
            "stackone-hub" if kind == "element" else "#connect [part=hub]"
        )

    def press_in_hub(self, name: str = "Connect") -> None:
        self.hub.get_by_role("button", name=name, exact=True).click()

    def findings(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(RUN_AXE)
        assert isinstance(found, list)
        return found

    def is_within_its_width(self) -> bool:
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        )


def with_shortcut(route: Route) -> None:
    """The React page with a button for a provider that opens a window."""
    response = route.fetch()
    given = 'data-shortcuts="[[&quot;'
    more = f"{given}gusto&quot;, &quot;Gusto&quot;], [&quot;"
    route.fulfill(response=response, body=response.text().replace(given, more))


Load = Callable[..., Panel]


@pytest.fixture(params=["element", "react"])
def load(request: pytest.FixtureRequest, new_page: Callable[..., Page], signed_in: Any) -> Load:
    """Opens a page with the element, or the React page, whose buttons lead to ``provider``."""

    def open_page(
        provider: str = "gusto",
        *,
        before: Callable[[Page], None] | None = None,
        headers: dict[str, str] | None = None,
        wrap: str = "{}",
        **options: Any,
    ) -> Panel:
        page = new_page(storage_state=signed_in, **options)
        if before:
            before(page)
        name = NAMES[provider]
        if request.param == "react":
            page.route("**/react/", with_shortcut)
            page.goto("/react/")
            expect(page.get_by_text("Loading…")).to_have_count(0)
        else:
            values = {"provider": provider, "text": f"Connect {name}"}
            # The settings are the tests', and not those of the example.
            tag = str(Template(TAG).render(Context(values)))
            tag = wrap.format(tag.replace("<stackone-connect", "<stackone-connect allow-multiple"))
            given = {"cross-origin-opener-policy": "same-origin", **(headers or {})}
            page.route(
                "**/host/",
                lambda route: route.fulfill(
                    body=PAGE.format(tag=tag), content_type="text/html", headers=given
                ),
            )
            page.goto("/host/")
        return Panel(page, request.param, name)

    return open_page


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Panel, str], None]:
    folder = request.config.getoption("--screenshots")

    def save(panel: Panel, name: str) -> None:
        if folder:
            panel.page.screenshot(path=Path(str(folder)) / f"{name}-{panel.kind}.png")

    return save


Shot = Callable[[Panel, str], None]


def accounts(*known: dict[str, Any]) -> Callable[[Page], None]:
    """A page that is told of these accounts, whatever is connected."""
    results = [
        {
            "account_id": f"acc_{number}",
            "provider": "gusto",
            "provider_name": "Gusto",
            "type": "test",
            "status": "active",
            "status_reasons": [],
            "label": "",
            "needs_reconnect": False,
            "categories": ["hris"],
            "linked_at": "2026-01-31T12:00:00Z",
            "updated_at": "2026-01-31T12:00:00Z",
            "disconnected_at": None,
            **account,
        }
        for number, account in enumerate(known)
    ]
    body = {"next": None, "previous": None, "results": results}

    def set_up(page: Page) -> None:
        page.route(ACCOUNTS, lambda route: route.fulfill(json=body))

    return set_up


def test_the_providers_window_closed_by_hand_is_told_in_two_seconds(load: Load, shot: Shot) -> None:
    panel = load(before=accounts())
    panel.opener.click()
    with panel.page.expect_popup() as popup:
        panel.press_in_hub()
    expect(popup.value.get_by_role("button", name="Deny")).to_be_visible()
    popup.value.close()
    expect(panel.status).to_have_text(
        "The provider’s window was closed, so nothing was connected. Try again", timeout=2_000
    )
    expect(panel.status.locator("button, a")).to_have_count(1)
    shot(panel, "window-closed")

    panel.status.get_by_role("button", name="Try again").click()
    expect(panel.status).to_be_empty()
    with panel.page.expect_popup() as popup:
        panel.press_in_hub()
    popup.value.get_by_role("button", name="Deny").click()
    expect(panel.status).to_have_text(
        "Access was not granted in the provider’s window, so nothing was connected. Try again",
        timeout=2_000,
    )


def test_a_window_that_the_browser_blocks_is_told_at_once(load: Load, shot: Shot) -> None:
    panel = load(before=accounts())
    panel.page.evaluate("window.open = () => null")
    panel.opener.click()
    panel.press_in_hub()
    expect(panel.status).to_contain_text(
        "Your browser blocked the provider’s window.", timeout=2_000
    )
    shot(panel, "window-blocked")


def test_a_token_that_ended_early_is_told_beside_the_form(
    load: Load, site: Site, shot: Shot, watch: Watch
) -> None:
    watch.expected += ["401", "Token expired"]
    panel = load(before=accounts())
    with panel.page.expect_response(
        lambda response: response.status == 201 and response.url.endswith("/connect-sessions/")
    ) as response:
        panel.opener.click()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    site.manage("stackone_sandbox", "expire", "--", response.value.json()["token"])
    panel.press_in_hub()
    expect(panel.renewal).to_contain_text("StackOne ended this session early.")
    shot(panel, "token-ended")
    panel.renewal.get_by_role("button", name="Start again").click()
    expect(panel.renewal).to_be_empty()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_enabled()


def test_signed_out_in_another_tab_is_told_within_seconds_with_a_link(
    load: Load, watch: Watch, shot: Shot
) -> None:
    watch.expected.append("the server responded with a status of 403")
    panel = load(before=accounts())
    panel.opener.click()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    panel.page.context.clear_cookies()
    expect(panel.status).to_contain_text("You have been signed out.", timeout=WAIT)
    link = panel.status.get_by_role("link", name="Sign in again")
    shot(panel, "signed-out")
    link.click()
    expect(panel.page).to_have_url(re.compile(r"/sign-in/\?next=%2F"))


def test_a_limit_is_counted_down_on_what_was_pressed(load: Load, watch: Watch, shot: Shot) -> None:
    watch.expected.append("the server responded with a status of 429")
    panel = load(before=accounts())
    asked: list[str] = []

    def limit(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        asked.append(route.request.url)
        return route.fulfill(
            status=429, headers={"Retry-After": "90"}, json={"code": "throttled", "detail": ""}
        )

    panel.page.route(SESSIONS, limit)
    panel.page.clock.install()
    panel.opener.click()
    expect(panel.status).to_contain_text("Please wait 90 seconds.")
    expect(panel.opener).to_have_attribute("data-stackone-wait", "90 sec")
    expect(panel.opener).to_have_accessible_name(re.compile(r"\(90 sec\)$"))
    shot(panel, "limit")
    panel.page.clock.fast_forward("00:30")
    expect(panel.opener).to_have_attribute("data-stackone-wait", "60 sec")
    panel.opener.click(force=True)
    assert len(asked) == 1

    panel.page.unroute(SESSIONS)
    panel.page.clock.fast_forward("01:00")
    expect(panel.opener).not_to_have_attribute("data-stackone-wait", re.compile(""))
    panel.status.get_by_role("button", name="Try again").click()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_hovering_fetches_the_form_and_a_slow_network_is_told(load: Load, shot: Shot) -> None:
    panel = load(before=accounts())
    asked: list[Route] = []
    kind = "**/vendor/stackone-hub.js" if panel.kind == "element" else "**/react/assets/index*.js"

    def hold(route: Route) -> None:
        asked.append(route)

    panel.page.route(kind, hold)
    panel.opener.hover()
    panel.page.wait_for_timeout(500)
    assert len(asked) == 1
    panel.opener.click()
    expect(panel.status).to_have_text("Loading the form…")
    shot(panel, "loading")
    asked[0].continue_()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    assert len(asked) == 1


SIZES: dict[str, dict[str, Any]] = {
    "390": {"viewport": {"width": 390, "height": 844}},
    "1366": {"viewport": {"width": 1366, "height": 768}},
    "dark": {"viewport": {"width": 1366, "height": 768}, "color_scheme": "dark"},
    # What a window of 1366 px has left at 200 %.
    "200%": {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2},
}
LONG = "Lohnbuchhaltung der Donaudampfschifffahrtsgesellschaft in Österreich"


@pytest.mark.parametrize("size", SIZES)
def test_which_account_is_asked_by_name_before_anything_opens(
    load: Load, shot: Shot, size: str
) -> None:
    panel = load(before=accounts({"label": "Payroll UK"}, {"label": LONG}), **SIZES[size])
    panel.opener.click()
    expect(panel.note).to_have_text(
        "Gusto is already connected. Update one of these accounts, or add another?"
    )
    expect(panel.hub.locator("input")).to_have_count(0)
    assert panel.findings() == []
    assert panel.is_within_its_width()
    shot(panel, f"choice-{size}")
    with panel.page.expect_request(lambda request: request.method == "POST") as request:
        panel.choice.get_by_label("Name of the other account").fill("Payroll US")
        panel.choice.get_by_role("button", name="Add another").click()
    assert request.value.post_data_json == {
        "provider": "gusto",
        "multiple": True,
        "label": "Payroll US",
    }


@pytest.mark.parametrize("size", SIZES)
def test_every_message_is_readable_in_every_size(
    load: Load, shot: Shot, size: str, watch: Watch
) -> None:
    watch.expected.append("the server responded with a status of 503")
    panel = load(before=accounts(), **SIZES[size])

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        return route.fulfill(status=503, json={"code": "stackone_unavailable", "detail": ""})

    panel.page.route(SESSIONS, fail)
    panel.opener.click()
    expect(panel.status).to_contain_text("StackOne cannot be reached at the moment.")
    assert panel.findings() == []
    assert panel.is_within_its_width()
    panel.page.unroute(SESSIONS)
    panel.status.get_by_role("button", name="Try again").click()
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    assert panel.findings() == []
    assert panel.is_within_its_width()
    shot(panel, f"form-{size}")


def test_everything_is_done_by_keyboard_alone(load: Load) -> None:
    panel = load(before=accounts({"label": "Payroll UK"}))
    keyboard = panel.page.keyboard
    panel.opener.focus()
    keyboard.press("Enter")
    expect(panel.title).to_be_focused()
    keyboard.press("Tab")  # Cancel
    keyboard.press("Enter")
    expect(panel.choice).to_have_count(0)
    expect(panel.opener).to_be_focused()

    keyboard.press("Enter")
    expect(panel.title).to_be_focused()
    for _ in range(3):  # Cancel, Update, the name
        keyboard.press("Tab")
    expect(panel.choice.get_by_label("Name of the other account")).to_be_focused()
    keyboard.type("Payroll US")
    keyboard.press("Enter")
    expect(panel.hub.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    expect(panel.title).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(panel.opener).to_be_focused()


def test_the_focus_goes_to_the_result(load: Load) -> None:
    panel = load("greenhouse", before=accounts())
    panel.page.unroute(ACCOUNTS)
    panel.opener.click()
    update = panel.choice.get_by_role("button", name=re.compile("^Update"))
    password = panel.hub.locator("input[type=password]")
    expect(update.or_(password).first).to_be_visible()
    if update.count():
        update.first.click()
    edit = panel.hub.get_by_role("button", name="Edit")
    expect(edit.or_(password).first).to_be_visible()
    if not edit.count():
        password.fill(SECRET)
    panel.press_in_hub()
    expect(panel.status).to_contain_text(re.compile(r"Greenhouse is (connected|updated)"))
    expect(panel.status).to_be_focused()
    expect(panel.title).to_have_text("Greenhouse")


def test_the_heading_and_the_note_say_what_a_choice_in_the_form_would_do(
    load: Load, shot: Shot
) -> None:
    panel = load(before=accounts({"label": "Payroll UK"}))
    if panel.kind == "element":
        panel.page.evaluate("""() => {
            const element = document.querySelector("stackone-connect");
            element.removeAttribute("provider");
            element.textContent = "Connect an account";
        }""")
        panel.opener.click()
    else:
        panel.page.locator(".connect-form").get_by_role("button", name="Connect").click()
    expect(panel.title).to_have_text("Connect an account")
    expect(panel.note).to_have_text(
        "Already connected: Gusto (Payroll UK). "
        "If you choose one of them here, its credentials are replaced."
    )
    shot(panel, "at-stake")


@pytest.mark.parametrize("load", ["element"], indirect=True)
def test_in_a_modal_dialog_stackones_page_is_offered(load: Load, watch: Watch, shot: Shot) -> None:
    watch.expected.append("can't be used inside a modal dialog")
    panel = load(before=accounts(), wrap="<dialog aria-label='Connect'>{}</dialog>")
    panel.page.evaluate("document.querySelector('dialog').showModal()")
    with panel.page.expect_console_message(
        lambda message: message.type == "warning" and "modal dialog" in message.text
    ):
        panel.opener.click()
    expect(panel.hosted).to_contain_text("StackOne’s form does not work in this dialog.")
    expect(panel.hosted.get_by_role("link")).to_have_attribute("href", re.compile("/sandbox/"))
    assert panel.findings() == []
    shot(panel, "modal")


@pytest.mark.parametrize("load", ["element"], indirect=True)
def test_a_window_out_of_sight_is_not_taken_for_closed(load: Load) -> None:
    """Without a policy for openers on the page, and with one on the provider's."""
    headers = {"cross-origin-opener-policy": "unsafe-none"}
    panel = load(before=accounts(), headers=headers)
    panel.page.evaluate("document.hasFocus = () => false")  # As it is behind the window.
    panel.opener.click()
    with panel.page.expect_popup() as popup:
        panel.press_in_hub()
    expect(popup.value.get_by_role("button", name="Deny")).to_be_visible()
    panel.page.wait_for_timeout(2_500)
    expect(panel.status).to_be_empty()
    popup.value.close()
    panel.page.evaluate("document.hasFocus = () => true")
    expect(panel.status).to_have_text(
        "If you have closed the provider’s window, nothing was connected. Try again", timeout=2_000
    )


@pytest.mark.parametrize("load", ["react"], indirect=True)
def test_an_account_that_breaks_while_the_page_is_open_is_noticed(load: Load, shot: Shot) -> None:
    panel = load(before=accounts({"label": "Payroll UK"}))
    panel.page.clock.install()
    panel.page.reload()
    expect(panel.page.locator("#accounts li")).to_contain_text("Active")
    panel.page.unroute(ACCOUNTS)
    broken = {"label": "Payroll UK", "status": "error", "needs_reconnect": True}
    accounts(broken)(panel.page)
    panel.page.clock.fast_forward("00:31")
    expect(
        panel.page.get_by_text("Stopped working: Gusto (Payroll UK). Use Reconnect below.")
    ).to_be_visible()
    expect(panel.page.locator("#accounts li")).to_contain_text("Needs reconnecting")
    shot(panel, "broken")


@pytest.mark.parametrize("load", ["react"], indirect=True)
def test_without_javascript_nothing_is_loading_for_ever(load: Load) -> None:
    panel = load(before=accounts())
    page = panel.page.context.browser.new_context(  # type: ignore[union-attr]  # it has one
        java_script_enabled=False,
        base_url=panel.page.url,
        storage_state=panel.page.context.storage_state(),
    ).new_page()
    page.goto("/react/")
    # Playwright's search for texts passes over what is in <noscript>.
    expect(page.locator("noscript .notice")).to_have_text("This page needs JavaScript.")
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.get_by_text("Loading…")).to_be_hidden()
    page.context.close()
