"""What the pages ask before something is done, and what is done then."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path, re_path

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.exceptions import StackOneMisconfiguredError, StackOneUnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner
from tests.factories import AccountFactory, OwnerFactory, snapshot_of
from tests.fakes import FakeStackOne
from tests.pages.test_page import Text, read

QUESTIONS = ("disconnect", "rename")


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    made = AccountFactory.create(owner=owner, label="EMEA")
    stackone.accounts[made.account_id] = snapshot_of(made)
    return made


def answer(browser: Client, name: str, account_id: str, **fields: str) -> Any:
    return browser.post(f"/{name}/", {"account": account_id, **fields})


def test_the_question_says_which_account(browser: Client, account: LinkedAccount) -> None:
    asked = read(browser, f"/disconnect/?account={account.account_id}").text
    assert "Disconnect BambooHR (EMEA)?" in asked
    assert account.account_id in asked


def test_asking_changes_nothing(
    browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    for name in QUESTIONS:
        read(browser, f"/{name}/?account={account.account_id}")
    assert stackone.calls == []


def test_an_account_is_disconnected_and_the_page_says_so(
    browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    done = answer(browser, "disconnect", account.account_id)
    assert done["Location"] == f"/?stackone_account={account.account_id}"
    assert stackone.accounts == {}
    page = read(browser, done["Location"]).text
    assert "BambooHR (EMEA) is disconnected." in page
    assert "Nothing is connected yet." in page


def test_where_stackone_does_not_answer_the_page_says_that_it_is_tried_again(
    browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["delete_account"] = StackOneUnavailableError(retry_after=5)
    done = answer(browser, "disconnect", account.account_id)
    page = read(browser, done["Location"])
    assert "BambooHR (EMEA) is no longer used here." in page.text
    assert "Disconnecting" in page.text
    assert page.labels == []


def test_an_account_is_named(
    browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    done = answer(browser, "rename", account.account_id, label="US")
    assert "Saved. This BambooHR account is called US." in read(browser, done["Location"]).text
    assert stackone.accounts[account.account_id].label == "US"
    done = answer(browser, "rename", account.account_id, label="")
    assert "Saved. This BambooHR account has no name." in read(browser, done["Location"]).text


def test_a_name_that_is_none_is_asked_for_again(browser: Client, account: LinkedAccount) -> None:
    again = answer(browser, "rename", account.account_id, label="a\x07b")
    assert again.status_code == 400
    assert "Control characters are not allowed." in Text(again.content.decode()).text


@pytest.mark.parametrize(
    ("error", "status"),
    [(StackOneUnavailableError(retry_after=7), 503), (StackOneMisconfiguredError(), 502)],
)
def test_what_went_wrong_is_said_in_the_question_and_nothing_is_lost(
    error: Any, status: int, browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["get_account"] = error
    again = answer(browser, "rename", account.account_id, label="US & Canada")
    assert again.status_code == status
    page = again.content.decode()
    assert 'value="US &amp; Canada"' in page
    assert error.detail.replace("'", "&#x27;") in page
    assert ("Try again in 7 seconds." in page) is (status == 503)
    account.refresh_from_db()
    assert account.label == "EMEA"


def test_an_account_that_is_gone_at_stackone_is_said_to_be(
    browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.accounts.clear()
    done = answer(browser, "rename", account.account_id, label="US")
    assert "BambooHR (EMEA) is disconnected." in read(browser, done["Location"]).text


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_account_that_is_gone_already_is_said_to_be_and_stackone_is_not_asked(
    name: str, browser: Client, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    """Another tab, or a colleague, was quicker."""
    LinkedAccount.objects.update(disconnected_at=clock.now())
    asked = browser.get(f"/{name}/?account={account.account_id}")
    for response in (asked, answer(browser, name, account.account_id, label="US")):
        page = read(browser, response["Location"]).text
        assert "BambooHR (EMEA) is disconnected." in page
    assert stackone.calls == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_who_has_to_sign_in_before_the_answer_comes_back_to_the_question(
    name: str, browser: Client, account: LinkedAccount
) -> None:
    question = f"/{name}/?account={account.account_id}&next=%2Factivity%2F"
    page = browser.get(question).content.decode()
    assert f'action="{escape(question)}"' in page
    browser.logout()
    sent = browser.post(question, {"account": account.account_id})
    assert parse_qs(urlsplit(sent["Location"]).query)["next"] == [question]


def test_another_organizations_account_is_as_one_that_does_not_exist(
    browser: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    theirs = OwnerFactory.create()
    foreign = AccountFactory.create(owner=theirs)
    gone = AccountFactory.create(owner=theirs, disconnected_at=clock.now())
    other = AccountFactory.create(owner=owner, type="test", disconnected_at=clock.now())
    for name in QUESTIONS:
        for account in (foreign, gone, other):
            assert browser.get(f"/{name}/?account={account.account_id}").status_code == 404
            assert answer(browser, name, account.account_id).status_code == 404
        for odd in ("", "no", "..", "%00", "a/b"):
            assert browser.get(f"/{name}/?account={odd}").status_code == 404
    assert stackone.calls == []


def test_a_form_of_another_site_is_refused(
    member: User, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member)
    for name in QUESTIONS:
        assert answer(strict, name, account.account_id).status_code == 403
    assert stackone.calls == []


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_afterwards_nobody_is_sent_to_another_site(
    evil: str, browser: Client, account: LinkedAccount
) -> None:
    done = answer(browser, "rename", account.account_id, label="US", next=evil)
    assert done["Location"] == f"/?stackone_account={account.account_id}"
    page = browser.get("/disconnect/", {"account": account.account_id, "next": evil})
    assert "evil.example" not in page.content.decode()


def test_afterwards_it_goes_back_to_the_page_it_came_from(
    browser: Client, account: LinkedAccount
) -> None:
    back = "/?stackone_page=3&x=1&stackone_account=old"
    done = answer(browser, "rename", account.account_id, label="US", next=back)
    assert done["Location"] == f"/?stackone_page=3&x=1&stackone_account={account.account_id}"


def test_questions_count_against_the_limit(
    browser: Client, account: LinkedAccount, configure: Callable[..., None]
) -> None:
    configure(THROTTLE_RATE="1/min")
    assert answer(browser, "rename", account.account_id, label="One").status_code == 302
    again = answer(browser, "rename", account.account_id, label="Two")
    assert again.status_code == 429
    assert "Too many attempts" in again.content.decode()


def test_a_provider_with_accounts_asks_and_one_without_does_not(
    browser: Client, account: LinkedAccount, configure: Callable[..., None]
) -> None:
    configure(ALLOW_MULTIPLE=True)
    page = read(browser, "/connect/?provider=bamboohr").text
    assert "BambooHR is already connected" in page
    assert "Update BambooHR (EMEA)" in page
    assert "Name of the new account" in page
    configure(ALLOW_MULTIPLE=False)
    page = read(browser, "/connect/?provider=bamboohr").text
    assert "Only one account of it can be connected here." in page
    assert "Name of the new account" not in page
    page = read(browser, "/connect/?provider=gusto").text
    assert "Connect Gusto" in page
    assert "already connected" not in page


def test_nothing_asked_for_leads_back(browser: Client) -> None:
    for odd in ("", "..", "a b"):
        assert browser.get("/connect/", {"provider": odd})["Location"] == "/"


# --- Where it is mounted -----------------------------------------------------------------------

API = path("api/stackone/", include("stackone_connect.urls"))
PAGES = include("stackone_connect.pages.urls")
REACT = path("react/", lambda request: HttpResponse(), name="integrations-react")
ROOT = path("", include("stackone_connect.pages.urls", namespace="root"))
MOUNTS = {
    "captured by name": ("/t/acme/in/", [path("t/<slug:team>/in/", PAGES), API]),
    "captured without a name": ("/t/acme/in/", [re_path(r"^t/(\w+)/in/", PAGES), API]),
    "inside a namespace": (
        "/crm/in/",
        [path("crm/", include(([path("in/", PAGES), API], "crm"))), ROOT],
    ),
}


@pytest.mark.parametrize("name", MOUNTS)
def test_the_page_finds_itself_wherever_it_is_mounted(
    name: str, browser: Client, account: LinkedAccount, settings: Any, configure: Any
) -> None:
    at, patterns = MOUNTS[name]
    configure(PAGES_BASE_TEMPLATE="stackone_connect/base.html")
    settings.ROOT_URLCONF = (*patterns, REACT)
    page = browser.get(at).content.decode()
    assert f'action="{at}rename/"' in page
    assert f'action="{at}disconnect/"' in page
    done = browser.post(f"{at}rename/", {"account": account.account_id, "label": "US"})
    assert done["Location"] == f"{at}?stackone_account={account.account_id}"
    asked = browser.get(f"{at}connect/?provider=bamboohr").content.decode()
    assert "stackone-connect" in asked
