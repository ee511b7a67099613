"""``<stackone-connect>`` on the page of a host that has nothing but Django templates.

The page is drawn by the tag and served at an address of its own; everything else, the API and the
hub included, is the running example's.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import Context, Template
from playwright.sync_api import Browser, Locator, Page, Route, expect

from scripts.running_site import Site, running_site
from tests.e2e.axe import serious
from tests.e2e.conftest import SHARED, WAIT, Watch, state_of_a_member
from tests.e2e.people import SECRET
from tests.frontend.policy import POLICY

pytestmark = pytest.mark.e2e

SESSIONS = "**/api/stackone/connect-sessions/"
COMPLETION = "**/api/stackone/connect-sessions/*/complete/"
HUB = "**/vendor/stackone-hub.js"
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>A host</title>
<style>body {{ background: Canvas; color: CanvasText }}</style></head>
<body><main><h1>Systems</h1><h2>Payroll</h2>{tag}</main></body></html>"""
#: With a name, so that it is not asked for.
ANOTHER = 'provider="bamboohr" multiple=True label="Payroll" text="Connect BambooHR"'
#: Notes what the element tells its page, and what the policy refuses.
EARS = """
window.told = [];
window.violations = [];
for (const name of ["issued", "completed", "failed", "closed", "accounts"]) {
  addEventListener(`stackone-connect:${name}`, ({ detail }) => told.push({ name, ...detail }));
}
addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One for all tests here: none depends on what is connected."""
    with running_site(SHARED) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> Any:
    return state_of_a_member(chromium, site)


class Host:
    """A page with the element, and how a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.button: Locator = page.locator("stackone-connect button").first
        self.status: Locator = page.locator("stackone-connect #status")
        self.title: Locator = page.locator("stackone-connect #title")
        self.renewal: Locator = page.locator("stackone-connect #renewal")
        self.hub: Locator = page.locator("stackone-hub")
        #: Sessions that were asked for.
        self.asked: list[dict[str, Any]] = []
        page.on("request", self._request)

    def _request(self, request: Any) -> None:
        if request.method == "POST" and request.url.endswith("/connect-sessions/"):
            self.asked.append(json.loads(request.post_data))

    def open(self) -> None:
        self.button.click()
        expect(self.hub).to_be_visible()

    def fill(self) -> None:
        self.hub.get_by_placeholder("acme").fill("acme")
        self.hub.locator("input[type=password]").fill(SECRET)

    def finish(self) -> None:
        self.hub.get_by_role("button", name="Connect", exact=True).click()
        expect(self.hub.get_by_text("Connection Successful")).to_be_visible()

    def told(self) -> list[dict[str, Any]]:
        found = self.page.evaluate("told")
        assert isinstance(found, list)
        return found


Load = Callable[..., Host]


@pytest.fixture
def host(new_page: Callable[..., Page], signed_in: Any) -> Load:
    """Opens a page with a tag; ``policy`` is its CSP, other keywords the browser context's."""

    def load(
        arguments: str = ANOTHER,
        *,
        policy: str = "",
        lang: str = "en",
        values: dict[str, object] | None = None,
        **options: object,
    ) -> Host:
        hub = 'hub_base_url="/sandbox" hub_app_url="/sandbox" '
        source = "{% load stackone_connect %}{% stackone_connect " + hub + arguments + " %}"
        html = PAGE.format(lang=lang, tag=Template(source).render(Context(values or {})))
        # As Django's SecurityMiddleware sets it.
        headers = {"cross-origin-opener-policy": "same-origin"}
        headers |= {"content-security-policy": policy} if policy else {}
        page = new_page(storage_state=signed_in, **options)
        page.add_init_script(EARS)
        page.route(
            "**/host/",
            lambda route: route.fulfill(body=html, content_type="text/html", headers=headers),
        )
        page.goto("/host/")
        return Host(page)

    return load


def answer(status: int = 503, *, retry_after: str = "", **body: str) -> Callable[[Route], None]:
    """What a route answers to a POST, in place of the server."""
    headers = {"Retry-After": retry_after} if retry_after else {}

    def fulfil(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, headers=headers, json=body)
        else:
            route.continue_()

    return fulfil


def test_one_line_connects_an_account_under_a_strict_policy(host: Load, watch: Watch) -> None:
    """A nonce and no host in ``script-src``: neither ``'self'`` nor ``'strict-dynamic'``."""
    page = host(
        ANOTHER + ' nonce="r4nd0m"',
        policy=POLICY,
    )
    expect(page.button).to_have_accessible_name("Connect BambooHR")
    page.open()
    expect(page.title).to_have_text("Connect BambooHR")
    page.fill()
    page.finish()

    expect(page.status).to_have_text("Another BambooHR account is connected.")
    assert page.asked == [{"provider": "bamboohr", "multiple": True, "label": "Payroll"}]
    page.hub.get_by_role("button", name="Close").click()
    expect(page.hub).to_have_count(0)
    expect(page.button).to_be_focused()

    issued, completed, closed = page.told()
    assert (issued["name"], issued["session"]["path"]) == ("issued", "multiple")
    assert (completed["name"], completed["session"]["outcome"]) == ("completed", "multiple")
    assert completed["account"]["provider_name"] == "BambooHR"
    assert (closed["name"], closed["completed"]) == ("closed", True)
    for event in (issued, completed, closed):
        assert not {"token", "auth_link_url"} & set(event["session"])
    # zod's probe (StackOne notes §20.5)
    assert page.page.evaluate("violations") == ["script-src eval"]


def test_nothing_of_the_hub_is_loaded_before_connect_is_pressed(host: Load) -> None:
    page = host()
    names = page.page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    assert not [name for name in names if "hub" in name.rsplit("/", 1)[-1] and "vendor" in name]
    assert page.page.evaluate("customElements.get('stackone-hub') === undefined")


def test_a_denied_consent_is_said(host: Load) -> None:
    """The hub has no event for it: our server hears of it from StackOne, the page from it."""
    page = host('provider="gusto" multiple=True label="Payroll"')
    page.open()
    with page.page.expect_popup() as popup:
        page.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name="Deny").click()

    expect(page.status).to_have_text(
        "Access was not granted in the provider’s window, so nothing was connected. Try again",
        timeout=2_000,
    )
    assert [event["code"] for event in page.told() if event["name"] == "failed"] == [
        "window_denied"
    ]
    with page.page.expect_popup() as popup:
        page.hub.get_by_role("button", name="Connect", exact=True).click()
    popup.value.get_by_role("button", name="Allow").click()
    expect(page.status).to_have_text("Another Gusto account is connected.", timeout=2 * WAIT)


def test_a_press_while_the_form_is_open_asks_for_nothing_and_keeps_what_was_typed(
    host: Load,
) -> None:
    page = host()
    page.button.dblclick()
    expect(page.hub).to_be_visible()
    page.fill()
    page.button.click()
    expect(page.title).to_be_focused()
    expect(page.hub.get_by_placeholder("acme")).to_have_value("acme")
    assert len(page.asked) == 1


def test_a_session_that_ends_keeps_the_form_until_a_fresh_one_is_wanted(host: Load) -> None:
    page = host()
    page.page.clock.install()
    page.open()
    page.fill()
    page.page.clock.fast_forward("28:30")
    expect(page.renewal).to_contain_text("This session ends soon.")
    page.page.clock.fast_forward("02:00")
    expect(page.renewal).to_contain_text("This session has ended.")
    expect(page.hub.get_by_placeholder("acme")).to_have_value("acme")
    assert len(page.asked) == 1

    token = page.hub.get_attribute("token") or ""
    page.renewal.get_by_role("button", name="Start again").click()
    expect(page.hub).not_to_have_attribute("token", token)
    expect(page.hub.get_by_placeholder("acme")).to_have_value("")
    expect(page.renewal).to_be_empty()
    expect(page.title).to_be_focused()
    assert len(page.asked) == 2


def test_a_session_that_waited_too_long_for_the_hub_is_renewed_before_it_is_shown(
    host: Load,
) -> None:
    page = host()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.page.route(HUB, hold)

    def soon_over(route: Route) -> None:
        response = route.fetch()
        session = response.json() | {
            "created_at": "2026-01-31T12:00:00Z",
            "expires_at": "2026-01-31T12:01:00Z",
        }
        route.fulfill(response=response, json=session)

    page.page.clock.install()
    page.page.route(SESSIONS, soon_over)
    page.button.click()
    page.page.wait_for_function("told.length === 1", polling=100)
    expect(page.status).to_have_text("Loading the form…")
    page.page.clock.fast_forward("00:05")
    expect(page.status).to_contain_text("Still loading the form.")
    page.page.clock.fast_forward("00:40")
    page.page.unroute(SESSIONS)
    held[0].continue_()

    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    expect(page.status).to_be_empty()
    assert len(page.asked) == 2


def test_where_neither_hub_nor_hosted_page_can_be_had_it_says_so_and_keeps_the_session(
    host: Load,
) -> None:
    page = host()

    def without_link(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"auth_link_url": None})

    page.page.route(SESSIONS, without_link)
    page.page.route(HUB, lambda route: route.fulfill(body=""))
    page.button.click()
    expect(page.status).to_contain_text("StackOne’s form could not be loaded.")
    assert page.told()[-1]["code"] == "hub_missing"

    page.page.unroute(HUB)
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    assert len(page.asked) == 1


def test_a_hub_of_another_host_runs_only_if_it_is_the_script_of_its_hash(
    host: Load, watch: Watch
) -> None:
    watch.expected.append("integrity")
    script = b'customElements.define("stackone-hub", class extends HTMLElement {})'
    digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
    page = host(
        f'hub_script="https://cdn.acme.example/hub.js" hub_integrity="sha384-{digest}" text="Go"'
    )
    served = [script + b"; // another"]
    page.page.route(
        "https://cdn.acme.example/hub.js",
        lambda route: route.fulfill(
            body=served[0],
            content_type="text/javascript",
            headers={"access-control-allow-origin": "*"},
        ),
    )

    def without_link(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"auth_link_url": None})

    page.page.route(SESSIONS, without_link)
    page.button.click()
    expect(page.status).to_contain_text("StackOne’s form could not be loaded.")
    assert not page.page.evaluate("Boolean(customElements.get('stackone-hub'))")
    served[0] = script
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub).to_be_attached()
    assert set(watch.elsewhere) == {"https://cdn.acme.example/hub.js"}
    watch.elsewhere.clear()


def test_stackone_down_is_said_and_not_asked_again_before_the_time_it_names(
    host: Load, site: Site, watch: Watch
) -> None:
    watch.expected.append("the server responded with a status of 503")
    fault = ("stackone_sandbox", "fault", "error", "--prefix=connect_sessions", "--times=0")
    site.manage(*fault, "--status=503")
    page = host()
    page.page.clock.install()
    page.button.click()
    expect(page.status).to_contain_text(
        "StackOne cannot be reached at the moment. Please wait 5 seconds.", timeout=2 * WAIT
    )
    again = page.status.get_by_role("button", name="Try again")
    again.click(force=True)
    page.button.click(force=True)
    assert len(page.asked) == 1

    site.manage("stackone_sandbox", "clear-faults")
    page.page.clock.fast_forward("00:05")
    again.click()
    expect(page.hub).to_be_visible()
    expect(page.status).to_be_empty()
    assert len(page.asked) == 2


def test_with_the_network_off_it_says_so_and_goes_on_when_it_is_back(
    host: Load, watch: Watch
) -> None:
    watch.expected.append("net::ERR_INTERNET_DISCONNECTED")
    page = host()
    page.page.context.set_offline(True)
    page.button.click()
    expect(page.status).to_contain_text("The server cannot be reached. Check your connection")
    page.page.context.set_offline(False)
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body", "message", "action"),
    [
        (500, {"code": "never_heard_of"}, "Something went wrong on our side.", "Try again"),
        (502, {}, "Something went wrong on our side.", "Try again"),
        (429, {"code": "throttled"}, "a short time. Please wait 10 minutes.", "Try again"),
        (403, {"code": "permission_denied"}, "Ask your administrator.", "Try again"),
        (403, {"code": "not_authenticated"}, "You have been signed out.", "Sign in again"),
        (403, {"code": "permission_denied", "detail": "CSRF"}, "out of date.", "Reload the page"),
    ],
)
def test_every_refusal_has_a_message_and_a_next_step(
    host: Load, watch: Watch, status: int, body: dict[str, str], message: str, action: str
) -> None:
    watch.expected.append(f"the server responded with a status of {status}")
    page = host()
    wait = "600" if status == 429 else ""
    page.page.route(SESSIONS, answer(status, retry_after=wait, **body))
    page.button.click()
    expect(page.status).to_contain_text(message)
    role: Any = "link" if action == "Sign in again" else "button"
    expect(page.status.get_by_role(role, name=action)).to_be_visible()
    if "detail" not in body:
        assert page.told()[-1]["code"] == body.get("code", "unknown")


def test_a_token_that_is_stale_is_told_from_another_refusal(host: Load, watch: Watch) -> None:
    watch.expected.append("the server responded with a status of 403")
    page = host()
    page.page.evaluate("""document.querySelector("stackone-connect")
        .setAttribute("csrf-cookie", "no-such-cookie")""")
    page.button.click()
    expect(page.status).to_contain_text("This page is out of date. Reload it and try again.")
    page.status.get_by_role("button", name="Reload the page").click()
    expect(page.status).to_be_empty()


def test_where_no_script_can_read_the_cookie_the_tags_token_will_do(host: Load) -> None:
    page = host()
    page.page.evaluate("""() => {
        const element = document.querySelector("stackone-connect");
        const token = /csrftoken=(\\w+)/.exec(document.cookie)[1];
        element.setAttribute("csrf-cookie", "");
        element.setAttribute("csrf-token", token);
    }""")
    page.open()


def test_a_success_without_an_id_is_not_lost(host: Load, site: Site) -> None:
    """The hub hands an id through untouched, and there may be none (StackOne notes §20.1): then the
    webhook completes the session, and the element hears of it from our server."""
    # With another session open, nobody could say which of them made the account.
    forget = "from stackone_connect.models import ConnectSession as S; S.objects.all().delete()"
    site.manage("shell", "-c", forget)
    page = host('provider="greenhouse"')
    page.open()
    page.hub.locator("input[type=password]").fill(SECRET)
    page.hub.evaluate("""hub => hub.addEventListener("success", (event) => {
        event.stopImmediatePropagation();
        hub.dispatchEvent(new CustomEvent("success", { detail: { provider: "greenhouse" } }));
    }, { capture: true, once: true })""")
    page.finish()
    expect(page.status).to_have_text("Greenhouse is connected.", timeout=2 * WAIT)
    assert page.told()[-1]["name"] == "completed"


def test_a_completion_that_did_not_get_through_can_be_checked_again(
    host: Load, watch: Watch
) -> None:
    watch.expected.append("the server responded with a status of 503")
    page = host()
    page.open()
    page.fill()
    page.page.route(COMPLETION, answer(code="stackone_unavailable"))
    page.page.route("**/connect-sessions/*/", lambda route: route.abort())
    watch.expected.append("net::ERR_FAILED")
    page.finish()
    expect(page.status).to_contain_text("StackOne cannot be reached at the moment.")
    page.page.unroute(COMPLETION)
    page.status.get_by_role("button", name="Check again").click()
    expect(page.status).to_have_text("Another BambooHR account is connected.")
    expect(page.status).to_be_focused()


def test_every_word_can_be_the_hosts(host: Load, watch: Watch) -> None:
    watch.expected.append("the server responded with a status of 429")
    texts = {
        "connect": "Verbinden",
        "throttled": "Das waren viele Versuche.",
        "wait": "Bitte {time} warten.",
        "try_again": "Noch einmal",
    }
    page = host("messages=texts", values={"texts": texts}, lang="de")
    expect(page.button).to_have_accessible_name("Verbinden")
    page.page.route(SESSIONS, answer(429, code="throttled", retry_after="90"))
    page.button.click()
    expect(page.status).to_contain_text("Das waren viele Versuche. Bitte 90 Sekunden warten.")
    expect(page.status.get_by_role("button", name="Noch einmal")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_by_everybody_on_a_phone_in_any_light(
    host: Load, watch: Watch, scheme: str
) -> None:
    watch.expected.append("the server responded with a status of 503")
    size = {"width": 375, "height": 800}
    page = host(color_scheme=scheme, viewport=size)
    page.page.route(SESSIONS, answer(code="stackone_unavailable"))
    page.button.click()
    expect(page.status).to_contain_text("cannot be reached")
    assert serious(page.page) == []

    page.page.unroute(SESSIONS)
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    expect(page.hub).to_have_attribute("theme", scheme)
    assert serious(page.page) == []
    assert page.page.evaluate("document.documentElement.scrollWidth") == 375
