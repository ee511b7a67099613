"""The pages of customers and of support in the browser's language: whole, and nothing cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from example_project.accounts.demo import PASSWORD, SUPERUSER
from scripts.running_site import Site, running_site
from tests.e2e.people import ACME
from tests.languages.catalogues import left_in

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
Picture = Callable[..., None]

LOCALES = {"en": "en-GB", "de": "de-DE", "es": "es-ES", "fr": "fr-FR"}
#: What support looks into: accounts in several conditions, forms, links, attempts, events.
ROWS = """
from datetime import timedelta
from example_project.accounts.models import Organization
from stackone_connect import clock, tenancy
from stackone_connect.models import *
owner = tenancy.pin(Organization.objects.get(name="Acme Inc"))
now = clock.now()
before = lambda **ago: now - timedelta(**ago)
OriginOwner.objects.filter(pk=owner.pk).update(accounts_read_at=now)

def account(key, provider, name, label, days, status="active", **values):
    since = before(days=days)
    LinkedAccount.objects.create(
        owner=owner, account_id=key, provider=provider, provider_name=name, label=label,
        type="production", status=status, fetched_at=now, origin_username="ann@acme.example",
        categories=["hris"], created_at=since, stackone_created_at=since,
        stackone_updated_at=before(days=3) if status == "error" else since, **values)
    session(since, status="completed", outcome="create", provider=provider, account_id=key,
            completed_at=since)

def session(at, lasts=1800, **values):
    values = {"requested_by_name": "ann@acme.example", "provider": "bamboohr",
              "status": "issued", "sent": {"expires_in": lasts}, **values}
    ConnectSession.objects.create(
        owner=owner, created_at=at, stackone_created_at=at,
        expires_at=at + timedelta(seconds=lasts),
        stackone_expires_at=at + timedelta(seconds=lasts), **values)

account("46215830482914759201", "bamboohr", "BambooHR", "Germany", 90, "error")
account("46215830482914759202", "bamboohr", "BambooHR", "", 40)
account("46215830482914759203", "gusto", "Gusto", "", 12, disconnect_requested_at=before(hours=2))
account("46215830482914759204", "workday", "Workday", "EMEA", 6)
session(before(days=1), 432000, requested_by_name="anna@support.example",
        requested_account_id="46215830482914759201")
for days in (4, 4.5, 5):
    session(before(days=days, hours=1))
session(before(days=2), provider="lever", attempt_status="error", attempt_code="access_denied",
        attempt_at=before(days=2))
session(before(hours=5), status="failed", error_code="stackone_rejected", provider="ashby")
for n, (state, why) in enumerate([("failed", "stackone_bad_answer"), ("done", "")]):
    WebhookEvent.objects.create(
        event="account.updated", account_id="46215830482914759201", digest=str(n), state=state,
        origin_owner_id=owner.origin_owner_id, last_error=why, received_at=before(days=3))
"""
#: Text that its own box hides, and what is wider than the page.
CUT_OFF = """() => {
  const texts = "button, a, h1, h2, h3, p, span, td, th, label, input"
  const shown = [...document.querySelectorAll(texts)].filter(
    (e) => e.checkVisibility() && !e.closest(".visually-hidden, [aria-hidden=true], svg"))
  const hides = (e) => getComputedStyle(e).overflowX !== "visible"
  return shown
    .filter((e) => hides(e) && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 160))
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One for all tests here, which only look."""
    with running_site() as running:
        running.manage("shell", "--verbosity", "0", "--command", ROWS)
        yield running


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def browse(request: pytest.FixtureRequest, language: str, new_page: Open) -> Callable[..., Page]:
    """Signs somebody in whose browser asks for the language."""

    def open_page(username: str, start: str) -> Page:
        page = new_page(locale=LOCALES[language], viewport={"width": request.param, "height": 900})
        # Django's admin names no icon, so that a browser looks for one.
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"/sign-in/?next={start}")
        # Beside the buttons of the demo, which sign a member in by one press.
        form = page.locator("form", has=page.locator("#id_username"))
        form.locator("#id_username").fill(username)
        form.locator("#id_password").fill(PASSWORD)
        form.get_by_role("button").click()
        page.wait_for_url(f"**{start}")
        return page

    return open_page


def assert_whole(page: Page, language: str) -> None:
    """In the language, and nothing is cut off or wider than the screen."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    if language != "en":
        assert left_in(page.inner_text("body"), language) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT_OFF) == []


def is_desk(page: Page) -> bool:
    return bool(page.evaluate("innerWidth > 600"))


def test_customers_read_their_page_in_the_browsers_language(
    language: str, browse: Callable[..., Page], picture: Picture
) -> None:
    page = browse(ACME, "/")
    expect(page.locator(".stackone-account")).to_have_count(4)
    expect(page.locator(".stackone-account img").first).to_be_visible()
    expect(page.locator("stackone-connect button").first).to_be_visible()
    assert_whole(page, language)
    if is_desk(page):
        picture(page, f"integrations-{language}", 1230)
    for question in ("rename", "disconnect"):
        page.goto(f"/{question}/?account=46215830482914759204")
        assert_whole(page, language)
    page.goto("/connect/?provider=bamboohr")
    assert_whole(page, language)


def test_support_reads_an_organization_in_the_browsers_language(
    language: str, browse: Callable[..., Page], picture: Picture
) -> None:
    page = browse(SUPERUSER, "/admin/stackone_connect/originowner/")
    assert_whole(page, language)
    page.get_by_role("link", name="Acme Inc").first.click()
    expect(page.locator(".stackone-verdict")).to_be_visible()
    assert_whole(page, language)
    if is_desk(page):
        picture(page, f"admin-organization-{language}", 1400)
    page.goto("/admin/stackone_connect/connectsession/overview/")
    assert_whole(page, language)
