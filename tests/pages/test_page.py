"""The Integrations page as the server draws it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.permissions import SAFE_METHODS, BasePermission

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.models import OriginOwner
from tests.factories import AccountFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class ReadersOnly(BasePermission):
    """Looks at the method, as many do."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method in SAFE_METHODS


class Text(HTMLParser):
    """What a person reads of a page, and the names of what they can press."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.labels: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        label = dict(attrs).get("aria-label")
        if label and tag in ("button", "summary"):
            self.labels.append(label)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.parts).split())


def read(browser: Client, address: str = "/", status: int = 200) -> Text:
    answer = browser.get(address)
    assert answer.status_code == status
    return Text(answer.content.decode())


def test_a_new_organization_has_nothing_and_can_connect(browser: Client) -> None:
    page = read(browser).text
    assert "Nothing is connected yet." in page
    assert "Nothing has happened yet." in page
    assert "Connect an account" in page
    assert "Already connected" not in page


def test_the_page_names_an_organization_whose_model_has_no_words_for_itself(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Organization, "__str__", Model.__str__)
    assert "Connect the systems Acme already works with." in read(browser).text


def test_reading_the_page_never_asks_stackone(
    browser: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner)
    for address in ("/", "/activity/", "/connect/?provider=bamboohr"):
        read(browser, address)
    assert stackone.calls == []


def test_nobody_is_asked_to_sign_in_and_comes_back(client: Client, db: None) -> None:
    for address in ("/", "/activity/", "/connect/?provider=bamboohr", "/disconnect/?account=a"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=/")


def test_a_user_without_organization_is_told_so(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("nobody"))
    page = read(client, status=403).text
    assert "You are not in an organization yet" in page
    assert "Connect an account" not in page


def test_settings_that_cannot_be_used_are_trouble_and_no_detail_is_shown(
    browser: Client, configure: Callable[..., None], lines: Callable[..., list[str]]
) -> None:
    configure(DEADLINE=-1)
    page = read(browser, status=502).text
    assert "Integrations are not available" in page
    assert "DEADLINE" not in page
    assert len(lines("settings.unusable")) == 1


@pytest.mark.parametrize(
    "before",
    [
        *("garbage", "%00", "2026-02-30T00:00:00%2B00:00", "2026-01-01T00:00:00"),
        # Times that no calendar has in UTC, and one of an offset that PostgreSQL does not know.
        *("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"),
        "2026-01-01T00:00:00%2B23:59",
    ],
)
def test_what_happened_before_any_time_can_be_asked_for(
    browser: Client, owner: OriginOwner, before: str
) -> None:
    read(browser, f"/activity/?before={before}")


def test_no_cache_keeps_a_page(browser: Client) -> None:
    assert "no-store" in browser.get("/")["Cache-Control"]


def test_those_that_need_reconnecting_come_first_with_the_reason_in_words(
    browser: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner, provider="gusto", provider_name="Gusto")
    AccountFactory.create(
        owner=owner,
        label="EMEA payroll",
        status="error",
        status_reasons=[{"code": "401", "description": "The key was revoked", "timestamp": None}],
        created_at=clock.now() - timedelta(days=9),
    )
    page = read(browser)
    assert page.text.index("EMEA payroll") < page.text.rindex("Gusto")
    assert "Its sign-in details are no longer accepted." in page.text
    assert "StackOne says: The key was revoked" in page.text
    assert "1 needs reconnecting · 2 accounts" in page.text
    assert [name for name in page.labels if name.startswith("Reconnect")] == [
        "Reconnect BambooHR (EMEA payroll)"
    ]


def test_every_account_is_told_apart_in_what_can_be_pressed(
    browser: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner, label="EMEA")
    AccountFactory.create(owner=owner, label="US")
    for days in (3, 40):
        AccountFactory.create(owner=owner, stackone_created_at=clock.now() - timedelta(days=days))
    labels = read(browser).labels
    for action in ("Manage", "Update", "Rename", "Disconnect"):
        named = [name for name in labels if name.startswith(f"{action} ")]
        assert len(named) == len(set(named)) == 4
    assert "Disconnect BambooHR (EMEA)" in labels


def test_an_account_of_which_stackone_names_no_provider_has_a_name_all_the_same(
    browser: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    configure(ALLOW_MULTIPLE=True)
    account = AccountFactory.create(owner=owner, provider="", provider_name="", status="")
    SessionFactory.create(
        owner=owner, status="completed", outcome="create", account_id=account.account_id,
        completed_at=clock.now(), provider="", requested_by_name="Ada",
    )  # fmt: skip
    page = read(browser)
    assert page.labels == [
        *("Manage An account", "Update An account", "Rename An account", "Disconnect An account")
    ]
    assert "Ada connected an account" in page.text
    question = read(browser, f"/disconnect/?account={account.account_id}").text
    assert "Disconnect An account?" in question


def test_what_people_and_stackone_wrote_is_never_read_as_html(
    browser: Client, owner: OriginOwner
) -> None:
    evil = '"><script>alert(1)</script>'
    account = AccountFactory.create(
        owner=owner,
        label=evil,
        provider_name=evil,
        status="error",
        status_reasons=[{"code": None, "description": evil, "timestamp": None}],
        origin_username=evil,
    )
    SessionFactory.create(
        owner=owner, status="completed", outcome="create", account_id=account.account_id,
        completed_at=clock.now(), requested_by_name=evil,
    )  # fmt: skip
    questions = [f"/{name}/?account={account.account_id}" for name in ("rename", "disconnect")]
    for address in ("/", "/activity/", "/connect/?provider=bamboohr", *questions):
        assert "<script>alert" not in browser.get(address).content.decode()


def test_122_accounts_come_in_pages(browser: Client, owner: OriginOwner) -> None:
    for number in range(122):
        AccountFactory.create(owner=owner, label=f"Account-{number:03}.")
    seen: set[str] = set()
    for number in range(1, 8):
        text = read(browser, f"/?stackone_page={number}").text
        shown = set(re.findall(r"Account-\d{3}", text))
        assert len(shown) == (20 if number < 7 else 2)
        assert not shown & seen
        seen |= shown
    assert len(seen) == 122
    for odd in ("0", "-1", "abc", "99999999999", "8", "%00"):
        read(browser, f"/?stackone_page={odd}")


def test_the_page_takes_as_many_queries_for_many_accounts_as_for_one(
    browser: Client, owner: OriginOwner
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(browser)
        return len(captured)

    AccountFactory.create(owner=owner)
    SessionFactory.create(owner=owner)
    one = queries()
    for number in range(30):
        account = AccountFactory.create(owner=owner, provider=f"p{number % 5}")
        SessionFactory.create(
            owner=owner, status="completed", outcome="create", account_id=account.account_id,
            completed_at=clock.now(),
        )  # fmt: skip
    assert queries() <= one + 1
    assert one <= 14


def test_another_organizations_accounts_are_not_shown(browser: Client, owner: OriginOwner) -> None:
    foreign = AccountFactory.create(owner=OwnerFactory.create(), label="Theirs")
    SessionFactory.create(
        owner=foreign.owner, status="completed", outcome="create", completed_at=clock.now(),
        account_id=foreign.account_id, requested_by_name="them@globex.example",
    )  # fmt: skip
    for address in ("/", "/activity/", f"/?stackone_account={foreign.account_id}"):
        page = browser.get(address).content.decode()
        assert "Theirs" not in page
        assert "them@globex.example" not in page
        assert foreign.account_id not in page.replace(f"stackone_account={foreign.account_id}", "")


def test_accounts_of_the_other_type_are_not_shown(browser: Client, owner: OriginOwner) -> None:
    AccountFactory.create(owner=owner, type="test", label="Of a laptop")
    AccountFactory.create(owner=owner, type="test", label="Gone", disconnected_at=clock.now())
    page = read(browser).text
    assert "Of a laptop" not in page
    assert "Gone" not in page


@pytest.mark.parametrize("kind", [Nobody, ReadersOnly])
def test_who_may_only_read_is_offered_nothing_else(
    kind: type[BasePermission], browser: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    account = AccountFactory.create(owner=owner, status="error")
    configure(PERMISSION_CLASSES={"connect": kind, "disconnect": kind})
    page = read(browser)
    assert page.labels == []
    assert "Connect an account" not in page.text
    assert "BambooHR" in page.text
    for name in ("connect", "rename", "disconnect"):
        address = f"/{name}/?account={account.account_id}&provider=bamboohr"
        assert browser.get(address).status_code == 403
        assert browser.post(address).status_code in (403, 405)


def test_who_may_connect_and_not_disconnect_is_not_offered_it(
    browser: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    AccountFactory.create(owner=owner)
    configure(PERMISSION_CLASSES={"disconnect": Nobody})
    labels = read(browser).labels
    assert "Rename BambooHR" in labels
    assert "Disconnect BambooHR" not in labels


def test_who_may_not_read_gets_403(browser: Client, configure: Callable[..., None]) -> None:
    configure(PERMISSION_CLASSES={"read": Nobody})
    assert browser.get("/").status_code == 403


def test_what_the_hub_does_with_accounts_that_exist_is_said_beforehand(
    browser: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    AccountFactory.create(owner=owner)
    AccountFactory.create(owner=owner, provider="gusto", provider_name="Gusto")
    configure(ALLOW_MULTIPLE=True)
    page = read(browser).text
    assert "Already connected: BambooHR and Gusto." in page
    assert "replaces the sign-in details of the account that you have." in page
    assert "Keep these accounts as they are and add another" in page
    configure(ALLOW_MULTIPLE=False)
    assert "Keep these accounts" not in read(browser).text
    AccountFactory.create(owner=owner)
    assert "To say which, use Update" in read(browser).text


def test_with_providers_in_the_settings_only_these_are_offered(
    browser: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    """The example passes its own; a session must name one of them."""
    configure(PROVIDERS=["bamboohr", "greenhouse"])
    page = browser.get("/").content.decode()
    assert page.count('name="provider"') == 2
    assert "stackone-by-choice" in page


def test_the_page_works_without_inline_scripts_and_styles(
    browser: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner, status="error")
    page = browser.get("/").content.decode()
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert "src=" in attributes
        assert not content.strip()
    assert "<style" not in page
    assert not re.search(r"<[^>]+\s(on\w+|style)=", page)
    assert page.count("stackone_connect/pages.js") == page.count("stackone_connect/pages.css") == 1
    assert page.count("stackone_connect/connect.js") == 1
