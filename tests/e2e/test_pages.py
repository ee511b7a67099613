"""The shipped Integrations page in a real browser: questions, names, lists, keyboard, phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from example_project.accounts.demo import PASSWORD
from scripts.running_site import Site, running_site
from tests.e2e.axe import serious
from tests.e2e.conftest import SHARED, Watch
from tests.e2e.people import ACME, Member

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
Picture = Callable[[Page, str, int], None]

#: Accounts of Acme here and at the sandbox, and what happened to them.
MANY = """
from datetime import timedelta
from example_project.accounts.models import Organization
from stackone_connect import clock, tenancy
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account

owner = tenancy.pin(Organization.objects.get(name="Acme Inc"))
now = clock.now()
OriginOwner.objects.filter(pk=owner.pk).update(accounts_read_at=now)
NAMES = {"bamboohr": "BambooHR", "gusto": "Gusto", "workday": "Workday", "lever": "Lever"}

def connect(provider, label, days, status="active"):
    since = now - timedelta(days=days)
    whose = {"origin_owner_id": owner.origin_owner_id, "origin_owner_name": owner.origin_owner_name}
    account_id = control.add_account(provider, **whose, account_type="production", label=label)
    told = [{"code": "401", "description": "The key was revoked.", "timestamp": None}]
    same = {"status": status, "status_reasons": told if status == "error" else [],
            "origin_username": "ann@acme.example"}
    Account.objects.filter(pk=account_id).update(created_at=since, updated_at=since, **same)
    LinkedAccount.objects.create(
        owner=owner, account_id=account_id, provider=provider, provider_name=NAMES[provider],
        type="production", label=label, stackone_label=label, categories=["hris"],
        origin_owner_name=owner.origin_owner_name, stackone_created_at=since,
        stackone_updated_at=since, created_at=since, fetched_at=now, **same)
    ConnectSession.objects.create(
        owner=owner, status="completed", outcome="create", provider=provider, sent={},
        account_id=account_id, completed_at=since, created_at=since,
        requested_by_name="ann@acme.example")
    return account_id

connect("bamboohr", "EMEA payroll", 40, "error")
connect("bamboohr", "US", 12)
connect("gusto", "", 3)
for number in range(119):
    connect("workday", f"Entity {number:03}", 60 + number)
"""

#: A colleague disconnects an account. At StackOne too: an event of it may still be on its way.
GONE = """
from stackone_connect import clock
from stackone_connect.models import LinkedAccount
from stackone_connect.sandbox.models import Account
Account.objects.filter(label="{label}").delete()
LinkedAccount.objects.filter(label="{label}").update(disconnected_at=clock.now())
"""
LONE_FORM_DATA = """
const Whole = FormData;
window.FormData = function (form) { return new Whole(form); };
"""
NO_SUBMITTER = "delete SubmitEvent.prototype.submitter;"


def hold(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """The requests for these addresses, which get no response meanwhile."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One with 122 accounts for all tests here, which leave those alone that others look at."""
    with running_site(SHARED) as running:
        running.manage("shell", "--verbosity", "0", "--command", MANY)
        yield running


@pytest.fixture
def member(new_page: Open) -> Member:
    """A member of Acme, signed in."""
    acme = Member(new_page(viewport={"width": 1366, "height": 900}))
    acme.sign_in(ACME)
    return acme


def test_those_that_need_reconnecting_are_listed_first_and_the_rest_in_pages(
    member: Member, picture: Picture
) -> None:
    expect(member.accounts).to_have_count(20)
    expect(member.accounts.first.locator("img")).to_be_visible()
    picture(member.page, "integrations", 1000)
    expect(member.accounts.first).to_contain_text("EMEA payroll")
    expect(member.accounts.first).to_contain_text("Its sign-in details are no longer accepted.")
    expect(member.page.get_by_text("122 accounts")).to_be_visible()
    pages = member.page.get_by_role("navigation", name="Pages of accounts")
    pages.get_by_role("link", name="7").click()
    expect(pages.locator("[aria-current=page]")).to_have_text("7")
    expect(member.accounts.last).to_contain_text("Entity 118")
    expect(member.page.get_by_role("heading", name="Linked accounts")).to_be_in_viewport()


def test_an_account_is_disconnected_only_after_a_question_that_says_which(
    member: Member,
) -> None:
    member.manage("Disconnect", "Workday (Entity 003)")
    expect(member.question).to_have_accessible_name("Disconnect Workday (Entity 003)?")
    expect(member.question).to_contain_text("by ann@acme.example")
    expect(member.question.get_by_role("link", name="Keep it")).to_be_focused()
    member.page.keyboard.press("Escape")
    expect(member.question).to_have_count(0)
    expect(member.page.get_by_label("Manage Workday (Entity 003)")).to_be_focused()

    member.manage("Disconnect", "Workday (Entity 003)")
    member.question.get_by_role("button", name="Disconnect").click()
    expect(member.said).to_have_text("Workday (Entity 003) is disconnected.")
    expect(member.said).to_be_focused()
    expect(member.page.get_by_text("Entity 003", exact=True)).to_have_count(0)
    member.expect_latest("Workday (Entity 003) was disconnected")


def test_an_account_is_named_and_the_name_is_taken_back(member: Member) -> None:
    member.manage("Rename", "Gusto")
    expect(member.question).to_have_accessible_name("Name this Gusto account")
    name = member.question.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("Büro & Söhne")
    member.page.keyboard.press("Enter")
    expect(member.said).to_have_text("Saved. This Gusto account is called Büro & Söhne.")
    member.manage("Rename", "Gusto (Büro & Söhne)")
    member.question.get_by_label("Name", exact=True).fill("")
    member.question.get_by_role("button", name="Save").click()
    expect(member.said).to_have_text("Saved. This Gusto account has no name.")


def test_what_could_not_be_done_is_said_in_the_question_and_can_be_tried_again(
    member: Member, site: Site, watch: Watch
) -> None:
    watch.expected.append("503")
    member.manage("Rename", "BambooHR (US)")
    site.manage("stackone_sandbox", "fault", "error", "--prefix", "accounts/", "--times", "0")
    member.question.get_by_label("Name", exact=True).fill("USA")
    member.question.get_by_role("button", name="Save").click()
    expect(member.question.get_by_role("alert").first).to_contain_text("StackOne can't be reached")
    expect(member.question.get_by_label("Name", exact=True)).to_have_value("USA")
    site.manage("stackone_sandbox", "clear-faults")
    member.question.get_by_role("link", name="Cancel").click()
    expect(member.page.get_by_label("Manage BambooHR (US)")).to_be_focused()


def test_a_server_that_cannot_be_reached_is_said_in_the_question(
    member: Member, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    member.manage("Disconnect", "BambooHR (US)")
    member.page.route("**/disconnect/*", lambda route: route.abort())
    member.question.get_by_role("button", name="Disconnect").click()
    expect(member.question.get_by_role("alert")).to_contain_text("The server can’t be reached.")


def test_a_proxys_page_of_errors_is_said_in_the_question(member: Member, watch: Watch) -> None:
    watch.expected.append("the server responded with a status of 502")
    member.manage("Rename", "BambooHR (US)")
    member.page.route(
        "**/rename/*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>")
    )
    member.question.get_by_label("Name", exact=True).fill("USA")
    member.question.get_by_role("button", name="Save").click()
    expect(member.question.get_by_role("alert")).to_contain_text("The server can’t be reached.")
    expect(member.question.get_by_label("Name", exact=True)).to_have_value("USA")


def test_while_an_answer_is_on_its_way_its_button_says_so_and_sends_no_other(
    member: Member, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    member.manage("Rename", "BambooHR (US)")
    held = hold(member.page, "**/rename/*")
    member.question.get_by_label("Name", exact=True).fill("US")
    save = member.question.get_by_role("button", name="Save")
    save.dblclick()
    expect(save).to_have_attribute("aria-disabled", "true")
    expect(member.question).to_have_attribute("aria-busy", "true")
    member.page.keyboard.press("Enter")
    [only] = held
    only.abort()
    expect(member.question.get_by_role("alert")).to_contain_text("The server can’t be reached.")
    expect(save).to_be_enabled()


def test_an_answer_that_does_not_come_says_so_also_where_its_question_was_left(
    member: Member, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    member.manage("Rename", "BambooHR (US)")
    held = hold(member.page, "**/rename/*")
    member.question.get_by_role("button", name="Save").click()
    expect(member.question).to_have_attribute("aria-busy", "true")
    member.page.keyboard.press("Escape")
    expect(member.question).to_have_count(0)
    held[0].abort()
    expect(member.question.get_by_role("alert")).to_contain_text("The server can’t be reached.")
    member.page.keyboard.press("Escape")
    expect(member.question).to_have_count(0)
    expect(member.page.get_by_label("Manage BambooHR (US)")).to_be_focused()


def test_one_question_is_asked_however_often_and_whatever_else_is_pressed(member: Member) -> None:
    held = hold(member.page, re.compile(r"/connect/\?"))
    member.page.locator(".stackone-provider").filter(has_text="BambooHR").dblclick()
    member.go_straight_to("Greenhouse")
    member.go_straight_to("BambooHR")
    member.go_straight_to("BambooHR")
    assert len(held) == 3
    for route in reversed(held):
        route.continue_()
    title = member.question.get_by_role("heading", level=1)
    expect(title).to_have_text("BambooHR is already connected")
    member.page.wait_for_load_state("networkidle")
    expect(title).to_have_count(1)
    expect(member.hub).to_have_count(0)


def test_the_focus_comes_back_though_the_page_was_left_meanwhile(member: Member) -> None:
    """The lists are read again when somebody comes back from another tab."""
    member.manage("Rename", "BambooHR (US)")

    def one_more(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("122 acc", "123 acc"))

    member.page.route(re.compile(r"/$"), one_more)
    with member.page.expect_response(re.compile(r"/$")):
        member.come_back()
    member.page.wait_for_load_state("networkidle")
    member.question.get_by_role("link", name="Cancel").click()
    expect(member.page.get_by_label("Manage BambooHR (US)")).to_be_focused()


def test_what_the_browser_restores_of_a_page_is_what_is_asked_for(member: Member) -> None:
    """Else an account that is to be left alone would be overwritten."""
    page = member.page
    page.get_by_role("radio", name="HRIS", exact=True).check()
    page.get_by_label("Keep these accounts as they are and add another").check()
    page.get_by_role("link", name="All activity").click()
    page.go_back()
    expect(page.get_by_label("Name of the new account")).to_be_visible()
    with page.expect_request("**/connect-sessions/") as asked:
        page.get_by_role("button", name="Choose from a list").click()
    assert asked.value.post_data_json == {"multiple": True, "category": "hris"}


def test_an_escape_that_no_element_got_is_nobodys(member: Member) -> None:
    """Some hosts pass keys on to the document."""
    member.page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))")
    member.page.get_by_label("Manage BambooHR (US)").press("Enter")
    member.page.keyboard.press("Escape")
    expect(member.page.get_by_role("button", name="Rename BambooHR (US)")).to_be_hidden()


def test_somebody_signed_out_elsewhere_is_led_to_sign_in(member: Member) -> None:
    member.page.context.clear_cookies(name="sessionid")
    member.page.get_by_label("Manage BambooHR (US)").click()
    member.page.get_by_role("button", name="Rename BambooHR (US)").click()
    expect(member.page.get_by_label("E-mail address")).to_be_visible()


@pytest.mark.parametrize("lost", ["sessionid", "csrftoken"])
def test_somebody_signed_out_while_a_question_is_open_is_asked_it_again(
    member: Member, watch: Watch, lost: str
) -> None:
    """Who signs in again in another tab has another token there; the page's own is refused."""
    watch.expected.append("403")  # to the refused token
    page = member.page
    member.manage("Disconnect", "Gusto")
    button = member.question.get_by_role("button", name="Disconnect")
    expect(button).to_be_visible()
    page.context.clear_cookies(name=lost)
    button.click()
    if lost == "sessionid":
        page.get_by_label("E-mail address").fill(ACME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Disconnect Gusto?")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_label("Manage Gusto", exact=True)).to_be_visible()


def test_an_account_that_somebody_disconnected_meanwhile_is_said_to_be(
    member: Member, site: Site
) -> None:
    name = "Workday (Entity 006)"
    member.manage("Rename", name)
    expect(member.question).to_be_visible()
    site.manage("shell", "--verbosity", "0", "--command", GONE.format(label="Entity 006"))
    member.question.get_by_role("button", name="Save").click()
    expect(member.said).to_have_text(f"{name} is disconnected.")
    expect(member.page.get_by_label(f"Manage {name}", exact=True)).to_have_count(0)


def test_a_question_about_what_is_not_there_any_more_leads_back_to_the_page(
    member: Member, watch: Watch
) -> None:
    """As where the organization was switched in another tab."""
    watch.expected.append("404")
    page = member.page
    for action in ("Rename", "Disconnect"):
        page.evaluate("document.querySelector('[data-account]').dataset.old = 'yes'")
        button = page.locator(f"[aria-label='{action} Gusto']")
        button.evaluate("button => { button.value = 'no-such-account' }")
        member.manage(action, "Gusto")
        expect(page.locator("[data-old]")).to_have_count(0)
        expect(page.get_by_label("Manage Gusto", exact=True)).to_be_visible()


def test_a_framework_that_sends_forms_itself_leaves_ours_alone(member: Member) -> None:
    """htmx listens at each form of a page that it boosts."""
    page = member.page
    page.evaluate(
        "document.body.addEventListener('submit', ({ target }) => target.dataset.sent = 'yes')"
    )
    member.manage("Rename", "Gusto")
    expect(member.question).to_be_visible()
    page.keyboard.press("Escape")
    member.go_straight_to("BambooHR")
    expect(member.question).to_be_visible()
    expect(page.locator("[data-sent]")).to_have_count(0)


@pytest.mark.parametrize("older", [LONE_FORM_DATA, NO_SUBMITTER], ids=["form data", "submitter"])
def test_older_browsers_ask_the_same_question(new_page: Open, older: str) -> None:
    """Safari before 16.4 knows no ``FormData(form, submitter)``, before 15.4 no submitter."""
    page = new_page()
    page.add_init_script(older)
    member = Member(page)
    member.sign_in(ACME)
    member.manage("Disconnect", "Gusto")
    expect(page.get_by_role("heading", name="Disconnect Gusto?")).to_be_visible()


def test_a_provider_without_accounts_is_connected_at_once(member: Member) -> None:
    member.go_straight_to("Greenhouse")
    member.expect_hub("Connect Greenhouse")
    expect(member.question).to_have_count(0)


def test_the_question_says_which_account_and_opens_it(member: Member) -> None:
    member.go_straight_to("BambooHR")
    choices = member.question.get_by_role("button", name="Update BambooHR")
    expect(choices).to_have_count(2)
    choices.filter(has_text="US").click()
    member.expect_hub("Update BambooHR (US)")


def test_without_a_script_accounts_are_renamed_and_disconnected_all_the_same(
    new_page: Open,
) -> None:
    member = Member(new_page(java_script_enabled=False))
    member.sign_in(ACME)
    member.manage("Rename", "Workday (Entity 005)")
    member.page.get_by_label("Name", exact=True).fill("Fifth")
    member.page.get_by_role("button", name="Save").click()
    expect(member.said).to_contain_text("is called Fifth")
    member.manage("Disconnect", "Workday (Fifth)")
    member.page.get_by_role("button", name="Disconnect").click()
    expect(member.said).to_have_text("Workday (Fifth) is disconnected.")


def test_a_page_whose_element_does_not_come_says_so(member: Member, watch: Watch) -> None:
    watch.expected.append("net::ERR_FAILED")
    late = member.page.get_by_text("A part of this page did not load.")
    expect(late).to_be_hidden()
    member.page.route("**/stackone_connect/connect.js", lambda route: route.abort())
    member.page.reload()
    expect(late).to_be_visible(timeout=12_000)
    member.page.unroute("**/stackone_connect/connect.js")
    member.page.get_by_role("link", name="Reload the page").click()
    expect(member.page.get_by_role("button", name="Choose from a list")).to_be_visible()


def test_a_logo_that_does_not_come_leaves_the_letter(member: Member, watch: Watch) -> None:
    watch.expected.append("404")

    def missing(route: Route) -> None:
        route.fulfill(status=404, body="")

    logo = member.accounts.first.locator("img")
    expect(logo).to_be_visible()
    member.page.route("**/logos/*.svg", missing)
    member.page.reload()
    expect(logo).to_have_count(0)
    expect(member.accounts.first.locator(".stackone-tile")).to_have_text("B")


def test_a_page_that_a_framework_puts_in_begins_anew(member: Member, watch: Watch) -> None:
    """htmx and Turbo bring a page without its scripts running again."""
    watch.expected.append("404")
    page = member.page
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          const copy = main.cloneNode(true);
          for (const image of copy.querySelectorAll(".stackone-tile img")) image.src = "/nothing";
          copy.querySelector("h1").dataset.stackoneDone = "";
          copy.querySelector("h1").tabIndex = -1;
          history.pushState({}, "", "?stackone_account=abc&other=1");
          main.replaceWith(copy);
        }"""
    )
    expect(page.locator(".stackone-tile img")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?other=1$"))
    expect(page.locator("h1")).to_be_focused()


def test_everything_is_done_by_keyboard_alone(member: Member) -> None:
    press = member.page.keyboard.press
    member.page.get_by_label("Manage BambooHR (US)").focus()
    press("Enter")
    press("Tab")
    expect(member.page.get_by_role("button", name="Update BambooHR (US)")).to_be_focused()
    press("Escape")
    expect(member.page.get_by_label("Manage BambooHR (US)")).to_be_focused()
    expect(member.page.get_by_role("button", name="Update BambooHR (US)")).to_be_hidden()
    press("Enter")
    for _ in range(2):
        press("Tab")
    expect(member.page.get_by_role("button", name="Rename BambooHR (US)")).to_be_focused()
    press("Enter")
    expect(member.question.get_by_label("Name", exact=True)).to_be_focused()
    press("Tab")
    press("Enter")
    expect(member.question).to_have_count(0)
    expect(member.page.get_by_label("Manage BambooHR (US)")).to_be_focused()
    member.page.locator(".stackone-provider").first.focus()
    press("Enter")
    expect(member.question.get_by_role("button", name="Update BambooHR").first).to_be_focused()
    press("Enter")
    expect(member.page.locator("stackone-connect #title")).to_be_focused()


QUESTIONS = ("Rename", "Disconnect")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366])
def test_it_fits_and_axe_finds_nothing(new_page: Open, scheme: str, width: int) -> None:
    member = Member(new_page(viewport={"width": width, "height": 844}, color_scheme=scheme))
    member.sign_in(ACME)
    expect(member.accounts.first.locator("img")).to_be_visible()

    def judge() -> None:
        assert member.page.evaluate("document.documentElement.scrollWidth") == width
        assert serious(member.page) == []

    judge()
    for action in QUESTIONS:
        member.manage(action, "BambooHR (EMEA payroll)")
        expect(member.question).to_be_visible()
        judge()
        member.page.keyboard.press("Escape")
    member.go_straight_to("BambooHR")
    expect(member.question).to_be_visible()
    judge()


def test_at_200_percent_nothing_is_cut_off(new_page: Open) -> None:
    """Twice as large is half as wide."""
    member = Member(new_page(viewport={"width": 683, "height": 450}, device_scale_factor=2))
    member.sign_in(ACME)
    assert member.page.evaluate("document.documentElement.scrollWidth") == 683
    member.manage("Disconnect", "BambooHR (EMEA payroll)")
    button = member.question.get_by_role("button", name="Disconnect")
    button.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport()
