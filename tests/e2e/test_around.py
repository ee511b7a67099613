"""What the pages of hosts, their frameworks and their networks do around the element and the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import Context, Template
from playwright.sync_api import Browser, Page, Route, expect

from scripts.running_site import Site, running_site
from tests.e2e.conftest import WAIT, Watch
from tests.e2e.people import ACME, Member
from tests.e2e.test_element import ANOTHER, EARS, HUB, SESSIONS, Host
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
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> Any:
    context = chromium.new_context(base_url=site.url)
    context.set_default_timeout(2 * WAIT)
    page = context.new_page()
    page.goto("/react/")
    Member(page).sign_in(ACME)
    state = context.storage_state()
    context.close()
    return state


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
    page = load(before=lambda page: page.route("**/connect-flow.js*", off))
    page.button.click()
    for _ in range(times):
        expect(page.status).to_contain_text("The server cannot be reached.")
        with page.page.expect_event("requestfailed"):
            page.status.get_by_role("button", name="Try again").click()
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
