"""Each button of the admin, pressed in a browser by the superuser, and support's page as it is
read."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from example_project.accounts.demo import PASSWORD, SUPERUSER
from scripts.running_site import Site, running_site
from tests.e2e.axe import serious
from tests.e2e.test_control_page import connect

pytestmark = pytest.mark.e2e

VIEWER = "viewer"
PHONE = 390
#: Parts of axe's targets that are in Django's own templates.
DJANGOS = (".breadcrumbs", "#user-tools", "#site-name", "#nav-")
#: A second account that is broken, a link for it, forms that nobody finished, a failed event, a
#: tombstone, a name that changed, and staff who may only look.
ROWS = """
from datetime import timedelta
from django.contrib.auth.models import Permission
from example_project.accounts.demo import PASSWORD
from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.models import *
now = clock.now()
owner = OriginOwner.objects.get()
before = lambda **ago: now - timedelta(**ago)
LinkedAccount.objects.create(
    owner=owner, account_id="46215830482914759201", provider="bamboohr", provider_name="BambooHR",
    label="Germany", type="production", status="error", fetched_at=before(days=3),
    origin_username="member@acme.example", created_at=before(days=90),
    stackone_created_at=before(days=90), stackone_updated_at=before(days=3),
    status_reasons=[{"code": "key_revoked", "description": "Key revoked", "timestamp": None}],
)
def session(at, lasts=1800, **values):
    values = {"requested_by_name": "member@acme.example", "provider": "bamboohr", **values}
    ConnectSession.objects.create(
        owner=owner, status=values.pop("status", "issued"), sent={"expires_in": lasts},
        created_at=at, stackone_created_at=at, stackone_expires_at=at + timedelta(seconds=lasts),
        expires_at=at + timedelta(seconds=lasts), **values,
    )
session(before(days=1), 432000, requested_by_name="anna@support.example",
        requested_account_id="46215830482914759201")
for days in (4, 4.5, 5):
    session(before(days=days, hours=1))
session(before(days=6), provider="workday", attempt_status="error", attempt_code="access_denied")
for n, (state, why) in enumerate([("failed", "stackone_bad_answer"), ("done", "")]):
    WebhookEvent.objects.create(
        event="account.updated", account_id="46215830482914759201", digest=str(n), state=state,
        origin_owner_id=owner.origin_owner_id, last_error=why, received_at=before(days=3),
    )
for name in ("former", "second"):
    OwnerTombstone.objects.create(digest=OwnerTombstone.digest_of("default", name))
viewer = User.objects.create_user("viewer", password=PASSWORD, is_staff=True)
viewer.user_permissions.set(Permission.objects.filter(
    content_type__app_label="stackone_connect", codename__startswith="view_",
))
"""
RENAMED = """
from stackone_connect.models import *
organization = OriginOwner.objects.get().organization
organization.name = "Renamed Inc"
organization.save()
"""
#: As many accounts and sessions as a large customer has.
MANY = """
from datetime import timedelta
from stackone_connect import clock
from stackone_connect.models import *
owner, now = OriginOwner.objects.get(), clock.now()
LinkedAccount.objects.bulk_create(LinkedAccount(
    owner=owner, account_id=f"account-{n}", provider="lever", provider_name="Lever",
    label=f"Subsidiary number {n}", type="production", status="active", fetched_at=now,
    stackone_created_at=now - timedelta(days=n),
) for n in range(120))
ConnectSession.objects.bulk_create(ConnectSession(
    owner=owner, status="issued" if n % 4 else "failed", provider="lever", sent={},
    error_code="" if n % 4 else "stackone_rejected", requested_by_name="member@acme.example",
    created_at=now - timedelta(hours=9 * n), expires_at=now - timedelta(hours=9 * n - 1),
) for n in range(1, 501))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One for all tests here, each of which finds its rows as they were at first."""
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def first_rows(site: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The key of an organization that has one broken account, and a database in which it has."""
    key = site.manage(
        "shell",
        "-v0",
        "-c",
        "from example_project.accounts.models import *; print(Organization.objects.first().pk)",
    ).strip()
    site.manage("stackone_connect_session", "--organization", key)
    connect(site, key)
    site.manage("stackone_sync_accounts")
    run(site, ROWS)
    kept = tmp_path_factory.mktemp("admin") / "site.sqlite3"
    copy(database_of(site), kept)
    return key, kept


@pytest.fixture
def organization(site: Site, first_rows: tuple[str, Path]) -> str:
    """The key of the organization that has one broken account."""
    key, kept = first_rows
    copy(kept, database_of(site))
    return key


def database_of(site: Site) -> Path:
    return Path(site.env["DATABASE_URL"].removeprefix("sqlite:///"))


def copy(source: Path, target: Path) -> None:
    """Put one database in the place of another that may be in use."""
    with closing(sqlite3.connect(source)) as rows, closing(sqlite3.connect(target)) as place:
        rows.backup(place)


def run(site: Site, code: str) -> None:
    site.manage("shell", "-v0", "-c", code)


@pytest.fixture(params=[1366, PHONE], ids=["desk", "phone"])
def sign_in(
    request: pytest.FixtureRequest, organization: str, new_page: Callable[..., Page]
) -> Callable[..., Page]:
    """Signs somebody in, on a desk and on a phone."""

    def signed_in(username: str = SUPERUSER, **options: object) -> Page:
        page = new_page(viewport={"width": request.param, "height": 900}, **options)
        # Django's admin names no icon, so that a browser looks for one.
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto("/admin/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
        return page

    return signed_in


def open_owner(page: Page) -> None:
    """As support does: from the index, by the list of organizations."""
    page.goto("/admin/")
    page.locator("#content").get_by_role("link", name="Organizations at StackOne").click()
    page.wait_for_url("**/originowner/")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_url("**/change/")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def press_action(page: Page) -> None:
    """The button of the chosen action, as each version of Django names it."""
    page.get_by_role("button", name="Run", exact=True).or_(
        page.get_by_role("button", name="Go", exact=True)
    ).click()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def ours(page: Page) -> list[str]:
    """What axe finds by day and by night, but for what is Django's."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [each for each in serious(page) if not any(part in each for part in DJANGOS)]
    page.emulate_media(color_scheme="light")
    return found


def test_every_button_of_an_owners_page_does_what_it_says(
    sign_in: Callable[..., Page], site: Site
) -> None:
    run(site, RENAMED)
    admin = sign_in()
    open_owner(admin)
    assert fits(admin)
    link = admin.get_by_role("textbox", name="Link")
    for button in ("Link to connect an account", "Link to reconnect BambooHR"):
        open_owner(admin)
        # The sandbox has the last account, which works.
        admin.get_by_role("button", name=button).last.click()
        admin.wait_for_url("**/link/**")
        expect(link).to_be_visible()
        assert "/sandbox/" in link.input_value()
        expect(admin.get_by_text(f"Made by {SUPERUSER}")).to_be_visible()
        assert fits(admin)
    open_owner(admin)
    admin.get_by_role("button", name="Ask StackOne now").click()
    expect(admin.get_by_text("StackOne was asked: it has 1 account.")).to_be_visible()
    admin.get_by_role("link", name="Repin to today's name").click()
    admin.wait_for_url("**/repin/")
    admin.get_by_role("button", name="Repin to today’s name").click()
    expect(admin.get_by_text("now use today's name")).to_be_visible()
    expect(admin.get_by_role("link", name="Repin to today's name")).to_have_count(0)
    admin.get_by_role("link", name="History").click()
    admin.wait_for_url("**/history/")
    table = admin.locator("#change-history")
    for text in ("Repinned the name", "link to reconnect account", "link to connect an account"):
        expect(table).to_contain_text(text)


def test_the_link_is_copied_by_a_button(sign_in: Callable[..., Page]) -> None:
    admin = sign_in(permissions=["clipboard-read", "clipboard-write"])
    open_owner(admin)
    admin.get_by_role("button", name="Link to connect an account").click()
    admin.wait_for_url("**/link/")
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("status")).to_have_text("Copied")
    copied = admin.evaluate("navigator.clipboard.readText()")
    assert copied == admin.get_by_role("textbox", name="Link").input_value()
    assert ours(admin) == []
    # Where the site is not secure, a browser has no such interface.
    admin.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("status")).to_have_text("Copied")


def test_support_finds_the_cause_on_one_screen(
    sign_in: Callable[..., Page], picture: Callable[..., None]
) -> None:
    page = sign_in(VIEWER)
    open_owner(page)
    if page.evaluate("innerWidth") > PHONE:
        picture(page, "admin-organization", 1180)
    else:
        picture(page, "admin-organization-phone", 1100, PHONE)
    verdict = page.get_by_role("region", name="Something does not work")
    expect(verdict).to_contain_text(
        re.compile(r"Germany: Key revoked 3 days ago; link made yesterday, not used yet\s+anna")
    )
    # Readable without scrolling, on a phone, too.
    box = verdict.locator("li").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    expect(page.get_by_role("button", name="Link to")).to_have_count(0)
    assert fits(page)
    assert ours(page) == []
    forms = page.get_by_text("3 forms were opened and not finished")
    session = page.locator("details").filter(has=forms).get_by_role("link", name="Session")
    expect(session.first).to_be_hidden()
    forms.click()
    expect(session).to_have_count(3)
    expect(session.first).to_be_visible()
    assert fits(page)
    page.locator("#stackone-timeline").get_by_role("link", name="BambooHR · Germany").first.click()
    page.wait_for_url("**/linkedaccount/**")
    assert fits(page)
    event = page.locator(".field-events a").first
    event.click()
    page.wait_for_url("**/webhookevent/**")
    assert fits(page)
    page.locator(".field-sessions a").first.click()
    page.wait_for_url("**/connectsession/**")
    assert fits(page)
    page.locator(".field-requested_account a").click()
    page.wait_for_url("**/linkedaccount/**")
    page.locator(".field-owner_link a").click()
    page.wait_for_url("**/originowner/**")


#: Whatever a customer, a provider or StackOne names, in one word.
LONG = """
from stackone_connect.models import *
told = [{"code": "401", "description": "d" * 300, "timestamp": None}]
LinkedAccount.objects.update(
    label="x" * 200, origin_username="u" * 150, provider_name="p" * 100, status_reasons=told)
ConnectSession.objects.update(requested_by_name="u" * 150, attempt_code="c" * 100)
OriginOwner.objects.update(origin_owner_name="w" * 200)
"""
SHORT = "OriginOwner.objects.update(origin_owner_name='Acme Inc')"


def test_names_of_one_long_word_fit(sign_in: Callable[..., Page], site: Site) -> None:
    page = sign_in()
    open_owner(page)
    run(site, LONG)
    page.reload()
    assert fits(page)
    owner = page.url
    for path in ("connectsession/overview", "originowner", "linkedaccount", "connectsession"):
        page.goto(f"/admin/stackone_connect/{path}/")
        assert fits(page), path
        longest = page.locator("#result_list tbody :is(th, td)").evaluate_all(
            "cells => Math.max(0, ...cells.map((cell) => cell.offsetWidth))"
        )
        assert longest <= 400, path
    page.goto(owner)
    run(site, f"from stackone_connect.models import *; {SHORT}")
    # As in a language that is written from the right, with Django's styles for it.
    page.evaluate("""() => {
        document.documentElement.dir = "rtl";
        for (const name of ["rtl", "responsive_rtl"]) {
            const link = document.createElement("link");
            Object.assign(link, { rel: "stylesheet", href: `/static/admin/css/${name}.css` });
            document.head.append(link);
        }
    }""")
    page.wait_for_load_state("networkidle")
    assert fits(page)
    verdict = page.locator(".stackone-verdict")
    assert verdict.evaluate("node => getComputedStyle(node).borderRightWidth") == "5px"


def test_a_large_customer_fits_too(sign_in: Callable[..., Page], site: Site) -> None:
    run(site, MANY)
    page = sign_in(VIEWER)
    open_owner(page)
    assert fits(page)
    working = page.get_by_text("121 accounts that work")
    last = page.get_by_role("link", name="Subsidiary number 119")
    expect(last).to_be_hidden()
    working.click()
    expect(last.first).to_be_visible()
    assert fits(page)
    assert ours(page) == []
    page.get_by_role("link", name="What happened before").click()
    page.wait_for_url("**?before=**")
    expect(page.get_by_role("link", name="Back to the newest")).to_be_visible()
    assert fits(page)


def test_a_part_of_an_error_code_leads_to_the_organization(sign_in: Callable[..., Page]) -> None:
    page = sign_in(VIEWER)
    page.goto("/admin/stackone_connect/originowner/")
    page.locator("#searchbar").fill("cess_den")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**?q=cess_den")
    page.locator("#result_list tbody th a").click()
    page.wait_for_url("**/change/**")
    expect(page.get_by_role("region", name="Something does not work")).to_contain_text(
        "access was not granted (access_denied)"
    )


def test_events_are_replayed_and_tombstones_deleted(sign_in: Callable[..., Page]) -> None:
    admin = sign_in()
    admin.goto("/admin/stackone_connect/webhookevent/?state__exact=failed")
    admin.locator("tbody input.action-select").check()
    admin.locator("select[name=action]").select_option("process_again")
    press_action(admin)
    expect(admin.get_by_text("1 event is due again")).to_be_visible()
    admin.goto("/admin/stackone_connect/ownertombstone/?q=former")
    admin.locator("#result_list tbody th a").click()
    admin.wait_for_url("**/change/**")
    admin.get_by_role("link", name="Delete").click()
    admin.wait_for_url("**/delete/**")
    expect(admin.get_by_text("any organization may use the id again")).to_be_visible()
    admin.get_by_role("button", name="Yes, I’m sure").click()
    expect(admin.get_by_text("was deleted successfully")).to_be_visible()
    admin.goto("/admin/stackone_connect/ownertombstone/?q=second")
    admin.locator("tbody input.action-select").check()
    admin.locator("select[name=action]").select_option("delete_selected")
    press_action(admin)
    expect(admin.get_by_text("any organization may use the id again")).to_be_visible()
    admin.get_by_role("button", name="Yes, I’m sure").click()
    expect(admin.get_by_text("Successfully deleted 1")).to_be_visible()


def test_the_overview_fits_and_leads_to_the_owner(sign_in: Callable[..., Page]) -> None:
    admin = sign_in()
    admin.goto("/admin/stackone_connect/connectsession/")
    admin.get_by_role("link", name="Connecting at a glance").click()
    admin.wait_for_url("**/overview/")
    assert fits(admin)
    assert ours(admin) == []
    expect(admin.locator(".stackone-figures li").first).to_have_text(
        re.compile(r"1\s+organization\s*$")
    )
    named = admin.locator("#content section").last
    named.locator("tbody a").first.click()
    admin.wait_for_url("**/change/")
    expect(admin.get_by_role("heading", name="What happened")).to_be_visible()
