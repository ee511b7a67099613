"""The demo's split screen, API reference and sign-in buttons, as the server draws them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from example_project.accounts.demo import MEMBERS, PASSWORD
from example_project.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client) -> Client:
    acme = Organization.objects.create(name="Acme")
    client.force_login(User.objects.create_user("member@acme.example", organization=acme))
    return client


def policy(answer: Any) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_the_split_screen_has_the_customers_page_and_the_sandbox_in_frames(browser: Client) -> None:
    answer = browser.get("/demo/")
    assert ' src="/"></iframe>' in answer.text
    assert ' src="/sandbox/"></iframe>' in answer.text
    assert policy(answer)["frame-src"] == "'self'"
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_who_is_not_signed_in_comes_to_the_split_screen_by_signing_in(client: Client) -> None:
    assert client.get("/demo/").headers["Location"] == "/sign-in/?next=/demo/"


@pytest.mark.parametrize("address", ["/", "/activity/", "/react/", "/sandbox/"])
def test_only_this_site_may_put_what_the_split_screen_shows_into_a_frame(
    browser: Client, address: str
) -> None:
    answer = browser.get(address)
    assert policy(answer)["frame-ancestors"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("address", ["/admin/login/", "/api/stackone/accounts/", "/missing/"])
def test_nothing_else_may_be_put_into_a_frame(browser: Client, address: str) -> None:
    answer = browser.get(address)
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/activity/", "/react/", "/sign-in/"])
def test_without_the_sandbox_no_page_may_be_put_into_a_frame(
    browser: Client, settings: Settings, address: str
) -> None:
    settings.USE_SANDBOX = False
    answer = browser.get(address)
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_pages_link_to_the_demo_but_not_inside_its_frames(browser: Client) -> None:
    assert 'href="/demo/"' in browser.get("/").text
    assert 'href="/api/stackone/docs/"' in browser.get("/").text
    framed = browser.get("/", headers={"sec-fetch-dest": "iframe"})
    assert "/demo/" not in framed.text


def test_one_button_signs_a_member_of_the_demo_in(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    text = client.get("/sign-in/?next=/demo/").text
    for username in MEMBERS.values():
        assert f"Continue as {username}" in text
    assert PASSWORD in text


def test_the_demos_password_is_shown_only_in_development(client: Client) -> None:
    text = client.get("/sign-in/").text
    assert PASSWORD not in text
    assert "Continue as" not in text


def test_the_api_reference_needs_no_script_in_the_page(client: Client) -> None:
    answer = client.get("/api/stackone/docs/")
    assert policy(answer)["script-src"] == "'self'"
    assert answer.text.count("<script") == answer.text.count("<script src=")
    script = client.get("/api/stackone/docs/?script")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/stackone/schema/" in script.text


def test_the_schema_describes_the_api_and_not_itself(client: Client) -> None:
    schema = client.get("/api/stackone/schema/", headers={"accept": "application/json"}).json()
    assert "/api/stackone/connect-sessions/" in schema["paths"]
    assert not [path for path in schema["paths"] if "docs" in path or "schema" in path]
