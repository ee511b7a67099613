"""What pages of hosts, their frameworks and networks do around the element and the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import Context, Template
from playwright.sync_api import Browser, Page, Route, expect

from scripts.running_site import Site, running_site
from tests.e2e.conftest import SHARED, Watch, state_of_a_member
from tests.e2e.test_element import ANOTHER, EARS, SESSIONS, Host
from tests.frontend.policy import POLICY

pytestmark = pytest.mark.e2e

PAGE = """<!doctype html><html{html}><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A host</title></head>
<body><main><h1>Systems</h1><h2>Payroll</h2>{body}</main></body></html>"""
TAG = (
    '{{% load stackone_connect %}}{{% stackone_connect hub_base_url="/sandbox" '
    'hub_app_url="/sandbox" {arguments} %}}'
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(SHARED) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> Any:
    return state_of_a_member(chromium, site)


Load = Callable[..., Host]


@pytest.fixture
def load(new_page: Callable[..., Page], signed_in: Any) -> Load:
    """Opens a page with the element within ``wrap``; ``before`` is done to the page first."""

    def open_page(
        arguments: str = ANOTHER,
        *,
        wrap: str = "{}",
        html: str = ' lang="en"',
        policy: str = "",
        before: Callable[[Page], object] = lambda page: None,
        **options: object,
    ) -> Host:
        tag = Template(TAG.format(arguments=arguments)).render(Context())
        page = new_page(storage_state=signed_in, **options)
        page.add_init_script(EARS)
        before(page)
        body = PAGE.format(html=html, body=wrap.format(tag))
        headers = {"content-security-policy": policy} if policy else {}
        page.route(
            "**/host/",
            lambda route: route.fulfill(body=body, content_type="text/html", headers=headers),
        )
        page.goto("/host/")
        page.wait_for_function("Boolean(customElements.get('stackone-connect'))")
        return Host(page)

    return open_page


class Off:
    """A part of the network that is off until it is said to be back."""

    def __init__(self) -> None:
        self.is_off = True

    def __call__(self, route: Route) -> None:
        if self.is_off:
            route.abort()
        else:
            route.continue_()


# --- Networks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
def test_code_that_did_not_come_at_first_comes_when_tried_again(
    load: Load, watch: Watch, times: int
) -> None:
    """A browser does not ask again for a module that it could not have, while the page lives."""
    watch.expected.append("net::ERR_FAILED")
    off = Off()
    page = load(
        ANOTHER + ' nonce="r4nd0m"',
        policy=POLICY,
        before=lambda page: page.route("**/connect-flow.js*", off),
    )
    page.button.click()
    for _ in range(times):
        expect(page.status).to_contain_text("The server cannot be reached.")
        with page.page.expect_event("requestfailed"):
            page.status.get_by_role("button", name="Try again").click()
    # A try is up to two requests, the second by another address.
    expect(page.status).to_contain_text("The server cannot be reached.")
    off.is_off = False
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    assert len(page.asked) == 1


def test_texts_that_did_not_come_at_first_come_with_a_press(load: Load, watch: Watch) -> None:
    watch.expected.append("net::ERR_FAILED")
    off = Off()
    page = load(
        'provider="bamboohr" multiple=True label="x"',
        html=' lang="de"',
        before=lambda page: page.route("**/messages-de.js*", off),
    )
    expect(page.button).to_have_text("Connect")
    off.is_off = False
    page.button.click()
    expect(page.button).to_have_text("Verbinden")


def test_the_react_panel_comes_with_a_press_where_it_did_not_come_before(
    new_page: Callable[..., Page], signed_in: Any, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    page = new_page(storage_state=signed_in)
    panel, hub = Off(), Off()
    page.route("**/assets/panel-*.js*", panel)
    page.route("**/assets/index.esm-*.js*", hub)
    with page.expect_event("pageerror"):
        page.goto("/react/")
    opener = page.locator(".shortcuts").get_by_role("button", name="BambooHR")
    expect(opener).to_be_visible()
    expect(page.locator("#connect [part=status]")).to_have_count(0)
    panel.is_off = False
    opener.click()
    hosted = page.locator("#connect [part=hosted]")
    expect(hosted).to_contain_text("StackOne’s form could not be loaded.")
    hub.is_off = False
    page.locator("#connect [part~=cancel]").click()
    page.wait_for_timeout(1_000)  # No double click.
    opener.click()
    expect(page.locator("#connect [part=hub]").get_by_placeholder("acme")).to_be_visible()
    [reported] = watch.complaints
    assert "dynamically imported module" in reported
    watch.complaints.clear()


def test_who_is_sent_to_sign_in_on_another_site_is_told_so(load: Load, watch: Watch) -> None:
    watch.expected += ["blocked by CORS policy", "net::ERR_FAILED", "sso.acme.example"]
    page = load()
    away = {"location": "https://sso.acme.example/"}
    page.page.route(SESSIONS, lambda route: route.fulfill(status=302, headers=away))
    page.button.click()
    expect(page.status).to_contain_text("You have been signed out.")
    expect(page.status.get_by_role("link", name="Sign in again")).to_be_visible()
    assert page.told()[-1]["code"] == "not_authenticated"
    watch.elsewhere.clear()


def test_a_proxys_page_of_errors_can_be_tried_again(load: Load, watch: Watch) -> None:
    watch.expected.append("the server responded with a status of 502")
    page = load()
    page.page.route(SESSIONS, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.button.click()
    expect(page.status).to_contain_text("Something went wrong on our side.")
    page.page.unroute(SESSIONS)
    page.status.get_by_role("button", name="Try again").click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()


# --- Frameworks ----------------------------------------------------------------------------------

#: Turbo shows a copy of the page that it left, and htmx writes the text of one.
COPIES = {
    "cloned": "() => { const copy = main.cloneNode(true); main.replaceWith(copy); }",
    "written": "() => { main.innerHTML = String(main.innerHTML); }",
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_of_the_page_has_no_form_of_a_session_that_is_over(load: Load, copy: str) -> None:
    page = load()
    page.page.evaluate("window.main = document.querySelector('main')")
    page.open()
    page.page.evaluate(COPIES[copy])
    expect(page.hub).to_have_count(0)
    page.open()
    expect(page.hub).to_have_count(1)
    page.fill()
    page.finish()
    expect(page.status).to_have_text("Another BambooHR account is connected.")


def test_a_new_text_on_the_button_leaves_the_form_in_place(load: Load) -> None:
    page = load()
    page.open()
    page.fill()
    page.page.evaluate("document.querySelector('stackone-connect').textContent = 'Another'")
    expect(page.button).to_have_accessible_name("Another")
    expect(page.hub).to_have_count(1)
    expect(page.hub.get_by_placeholder("acme")).to_have_value("")
    page.fill()
    page.finish()
    expect(page.status).to_have_text("Another BambooHR account is connected.")


def test_it_is_moved_with_its_session_and_comes_back_without(load: Load) -> None:
    page = load()
    page.open()
    element = page.page.locator("stackone-connect").element_handle()
    page.page.evaluate("element => document.body.append(element)", element)
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    page.page.evaluate("element => element.remove()", element)
    page.page.evaluate("element => document.body.append(element)", element)
    expect(page.hub).to_have_count(0)
    page.open()
    page.fill()
    page.finish()
    expect(page.status).to_have_text("Another BambooHR account is connected.")


def test_in_a_shadow_tree_it_speaks_the_pages_language(load: Load) -> None:
    inside = "<div><template shadowrootmode='open'>{}</template></div>"
    page = load(
        'provider="bamboohr" multiple=True label="x"',
        html=' lang="de"',
        wrap=inside,
    )
    expect(page.button).to_have_text("Verbinden")
    page.open()
    page.page.locator("stackone-connect [part~=cancel]").click()
    expect(page.button).to_be_focused()


def test_in_a_document_of_an_iframe_it_is_styled(load: Load) -> None:
    page = load()
    styled = page.page.evaluate("""() => {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        const element = document.querySelector("stackone-connect");
        frame.contentDocument.body.append(element);
        const button = element.shadowRoot.querySelector("button");
        return frame.contentWindow.getComputedStyle(button).display;
    }""")
    assert styled == "inline-flex"


# --- Pages ---------------------------------------------------------------------------------------


def test_in_a_form_of_the_hosts_nothing_sends_it(load: Load) -> None:
    page = load(wrap="<form onsubmit='told.push({{ name: \"sent\" }}); return false'>{}</form>")
    page.open()
    page.fill()
    page.hub.get_by_placeholder("acme").press("Enter")
    page.finish()
    expect(page.status).to_have_text("Another BambooHR account is connected.")
    assert "sent" not in [event["name"] for event in page.told()]


def test_enter_held_down_asks_for_one_session(load: Load) -> None:
    page = load()
    page.button.focus()
    for _ in range(20):
        page.page.keyboard.down("Enter")
    page.page.keyboard.up("Enter")
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    assert len(page.asked) == 1


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_long_word_on_a_small_phone_stays_on_the_page(load: Load, direction: str) -> None:
    text = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel verbinden"
    page = load(
        f'provider="bamboohr" multiple=True label="x" text="{text}"',
        html=f' lang="de" dir="{direction}"',
        viewport={"width": 320, "height": 700},
    )
    page.open()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.button.evaluate("button => button.scrollWidth <= button.clientWidth")


def test_under_trusted_types_the_page_brings_the_hub(load: Load, watch: Watch) -> None:
    """We have no policy of our own: it would let any script of any element pass."""
    watch.expected.append("requires 'TrustedScript' assignment")  # The hub's probe for eval.
    page = load(
        policy="require-trusted-types-for 'script'",
        wrap='<script src="/static/vendor/stackone-hub.js"></script>{}',
    )
    page.open()
    page.fill()
    page.finish()
    expect(page.status).to_have_text("Another BambooHR account is connected.")


def test_the_cookie_of_another_site_above_is_not_taken_for_ours(load: Load) -> None:
    """Django reads the last one of a name, and a browser sends that of the longer path first."""
    page = load()
    [token] = [cookie for cookie in page.page.context.cookies() if cookie["name"] == "csrftoken"]
    other = {**token, "path": "/host", "value": "x" * 32}
    page.page.context.add_cookies([other])  # type: ignore[list-item]  # read cookies are another type
    assert page.page.evaluate("document.cookie").startswith(f"csrftoken={'x' * 32}")
    page.open()


def test_what_happened_to_one_that_was_swapped_out_is_told_to_the_page(load: Load) -> None:
    page = load()
    page.open()
    page.page.evaluate("document.querySelector('main').replaceChildren()")
    page.page.wait_for_function("told.some(({ name }) => name === 'closed')")
    assert page.told()[-1]["reason"] == "cancelled"


@pytest.mark.parametrize("missing", ["Object.hasOwn", "window.HTMLDialogElement"])
def test_what_safari_15_does_not_know_is_not_needed(load: Load, missing: str) -> None:
    page = load(before=lambda page: page.add_init_script(f"delete {missing}"))
    page.button.click()
    expect(page.hub.get_by_placeholder("acme")).to_be_visible()


def test_a_form_that_stops_working_is_not_left_blank(load: Load, watch: Watch) -> None:
    """As StackOne's does where the browser refuses it a storage."""
    watch.expected.append("no storage")
    refuse = """Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("no storage", "SecurityError"); },
    })"""
    page = load(before=lambda page: page.add_init_script(refuse))
    page.button.click()
    hosted = page.page.locator("stackone-connect [part=hosted]")
    expect(hosted).to_contain_text("StackOne’s form stopped working.")
    expect(hosted.get_by_role("link")).to_be_visible()
    expect(page.hub).to_have_count(0)
    assert len(page.asked) == 1
    assert watch.complaints == ["no storage"]  # the hub's own error
    watch.complaints.clear()


def test_messages_that_are_none_leave_the_element_as_it_is(load: Load) -> None:
    page = load()
    element = page.page.locator("stackone-connect")
    element.evaluate("element => element.setAttribute('messages', '\"none\"')")
    page.open()
