"""The pages in hosts whose templates have next to no options, or one that few have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import URLPattern, URLResolver, include, path

from stackone_connect.models import LinkedAccount, OriginOwner
from tests.factories import AccountFactory
from tests.fakes import FakeStackOne
from tests.pages.test_page import Text

MARK = "not there: %s"
ADDRESSES = [
    *("/", "/activity/", "/connect/?provider=bamboohr", "/connect/?provider=workday"),
    *("/disconnect/?account={}", "/rename/?account={}"),
]


@pytest.fixture(autouse=True, params=["no context processors", "string_if_invalid"])
def _options(request: pytest.FixtureRequest, settings: Any, configure: Callable[..., None]) -> None:
    """``string_if_invalid`` shows what a template asks for that is not there."""
    options = {"string_if_invalid": MARK} if request.param == "string_if_invalid" else {}
    settings.TEMPLATES = [{**one, "OPTIONS": options} for one in settings.TEMPLATES]
    configure(PAGES_BASE_TEMPLATE="stackone_connect/base.html")


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    return AccountFactory.create(owner=owner, label="EMEA")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens_and_has_all_that_it_asks_for(
    browser: Client, account: LinkedAccount, address: str
) -> None:
    answer = browser.get(address.format(account.account_id))
    assert answer.status_code == 200
    assert "not there" not in answer.content.decode()


def test_a_refused_name_is_kept_to_be_corrected(browser: Client, account: LinkedAccount) -> None:
    fields = {"account": account.account_id, "label": "x" * 300}
    answer = browser.post("/rename/", fields)
    assert (answer.status_code, 'action="/rename/?account=' in answer.content.decode()) == (
        400,
        True,
    )
    assert f'value="{"x" * 300}"' in answer.content.decode()


def page_of_the_host(request: HttpRequest, **captured: str) -> HttpResponse:
    source = "{% load stackone_connect_pages %}{% stackone_accounts %}{% stackone_connect_panel %}"
    return HttpResponse(engines["django"].from_string(source).render({}, request))


tenants: list[URLPattern | URLResolver] = [
    path("page/", page_of_the_host),
    path("integrations/", include("stackone_connect.pages.urls")),
    path("stackone/", include("stackone_connect.urls")),
]
urlpatterns = [path("teams/<slug:team>/", include(tenants))]


@pytest.mark.urls(__name__)
def test_the_parts_on_a_page_of_the_hosts_act_for_the_team_of_its_address(
    browser: Client, account: LinkedAccount
) -> None:
    page = browser.get("/teams/acme/page/").content.decode()
    assert "BambooHR EMEA" in Text(page).text
    assert 'api="/teams/acme/stackone/"' in page
    assert "/teams/acme/integrations/rename/" in page
