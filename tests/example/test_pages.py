"""The example's pages as the server draws them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from example_project.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> User:
    organization = Organization.objects.create(name="Acme & Sons")
    return User.objects.create_user("member@acme.example", password="pw", organization=organization)


@pytest.fixture
def browser(client: Client, member: User) -> Client:
    client.force_login(member)
    return client


def policy(answer: Any) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    answer = client.get("/", follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=/", 302)]
    assert "Sign in" in answer.text


def test_signing_in_leads_to_the_integrations_of_the_own_organization(
    client: Client, member: User
) -> None:
    form = {"username": member.username, "password": "pw", "next": "/"}
    answer = client.post("/sign-in/", form, follow=True)
    assert "Connect the systems Acme &amp; Sons already works with" in answer.text


def test_a_wrong_password_is_said_in_a_sentence(client: Client, member: User) -> None:
    answer = client.post("/sign-in/", {"username": member.username, "password": "no"})
    assert "don’t match" in answer.text
    assert 'role="alert"' in answer.text


def test_signing_out_takes_a_post(browser: Client) -> None:
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/", follow=True).redirect_chain == [("/sign-in/", 302)]


def test_a_user_without_organization_is_told_so(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))
    page = client.get("/").text
    assert "You are not in an organization yet" in page
    assert "Open the admin" not in page
    assert "stackone-connect" not in page


def test_staff_without_organization_is_shown_the_way_to_the_admin(client: Client) -> None:
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert 'href="/admin/"' in client.get("/").text


def test_the_page_tells_the_element_where_the_api_and_the_hub_are(
    browser: Client, configure: Callable[..., None]
) -> None:
    configure(BASE_URL="http://testserver/sandbox")
    page = browser.get("/").text
    assert ' api="/api/stackone/"' in page
    assert ' hub-base-url="/sandbox"' in page
    assert ' hub-script="/static/vendor/stackone-hub.js"' in page


def test_with_a_real_key_the_hub_talks_to_stackone(
    browser: Client, settings: Settings, configure: Callable[..., None]
) -> None:
    settings.USE_SANDBOX = False
    configure(BASE_URL="https://api.stackone.com")
    answer = browser.get("/")
    assert "hub-base-url" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "connect-src 'self' https://api.stackone.com;" in policy


@pytest.mark.parametrize("address", ["/", "/sign-in/", "/admin/login/"])
def test_pages_work_under_a_policy_without_inline_scripts(browser: Client, address: str) -> None:
    answer = browser.get(address)
    found = policy(answer)
    assert found["script-src"] == "'self'"
    assert found["default-src"] == found["base-uri"] == "'none'"
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL):
        assert "src=" in attributes
        assert not content.strip()
    assert not re.search(r"<[^>]+\son\w+=", answer.text)
