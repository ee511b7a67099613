"""The customer's pages, each in every language, without a sentence of English."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner
from tests.factories import UserFactory
from tests.fakes import FakeStackOne
from tests.languages.catalogues import left_in
from tests.languages.conftest import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "page",
    ["", "?page=2", "activity/", "connect/?provider=workday", "connect/?provider=unknown"],
)
def test_a_page_that_is_looked_at(
    page: str,
    language: str,
    browser: Client,
    everything: OriginOwner,
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(ALLOW_MULTIPLE=True)
    answer = browser.get(f"/{page}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()
    assert left_in(read(answer), language) == []


def test_a_page_of_nothing(language: str, browser: Client, stackone: FakeStackOne) -> None:
    for page in ("/", "/activity/"):
        assert left_in(read(browser.get(page)), language) == []


@pytest.mark.parametrize("question", ["rename", "disconnect"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_question_and_what_comes_of_it(
    question: str,
    fails: bool,
    language: str,
    browser: Client,
    everything: OriginOwner,
    stackone: FakeStackOne,
) -> None:
    account = LinkedAccount.objects.get(account_id="broken")
    stackone.link(everything.origin_owner_id, account_id="broken")
    page = reverse(f"stackone_pages:{question}")
    assert left_in(read(browser.get(page, {"account": "broken"})), language) == []
    if fails:
        names = ("get_account", "delete_account", "label_account")
        with translation.override(language):  # as where it is raised
            stackone.failing |= {name: StackOneUnavailableError() for name in names}
    for label in ("x" * 300, "Payroll"):
        asked = {"account": account.account_id, "label": label}
        answer = browser.post(page, asked, follow=True)
        assert answer.status_code in {200, 400, 404, 503}
        assert left_in(read(answer), language) == []


def test_a_stranger_and_someone_without_an_organization(language: str) -> None:
    stranger = Client(headers={"Accept-Language": language})
    assert left_in(read(stranger.get("/", follow=True)), language) == []
    wrong = stranger.post("/sign-in/", {"username": "x", "password": "y"})
    assert left_in(read(wrong), language) == []
    stranger.force_login(UserFactory.create(organization=None, is_staff=True))
    assert left_in(read(stranger.get("/")), language) == []


def test_the_page_made_with_react_is_english_for_everybody(
    language: str, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its scripts are, and half a translation is worse than none."""
    built = type("Built", (), {"styles": [], "script": "/static/x.js"})()
    monkeypatch.setattr("example_project.integrations.frontend.build", lambda: built)
    page = browser.get("/react/").content.decode()
    assert '<html lang="en"' in page
    assert "Skip to the content" in page
