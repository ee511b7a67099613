"""Where the sandbox has no place: checks, 404s, and what it keeps out of logs."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import include, path, reverse
from pytest_django import Settings

from stackone_connect.sandbox import urls
from tests.sandbox.conftest import OWNER, Browser, Server


def found() -> list[Any]:
    return run_checks(tags=["stackone_sandbox"])


def test_outside_debug_a_check_refuses_it_and_says_what_to_do(settings: Settings) -> None:
    settings.STACKONE_SANDBOX = {}
    [error] = found()
    assert error.id == "stackone_sandbox.E001"
    assert error.is_serious()
    assert "ALLOW_WITHOUT_DEBUG" in error.hint


@pytest.mark.parametrize("debug", [True, False])
def test_in_debug_or_where_it_is_allowed_the_check_is_content(
    settings: Settings, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.STACKONE_SANDBOX = {"ALLOW_WITHOUT_DEBUG": not debug}
    assert found() == []


@pytest.mark.parametrize(
    "value",
    [
        ["sandbox-key"],
        {"API_KEY": "sandbox-key"},
        {"API_KEYS": "sandbox-key"},
        {"API_KEYS": [""]},
        {"ALLOW_WITHOUT_DEBUG": "yes"},
        {"RATE_LIMIT": 0},
        {"RATE_LIMIT": True},
        {"TEST_ACCOUNT_LIFETIME": "sandbox-key"},
        {"WEBHOOKS": {"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key"]}},
        {"WEBHOOKS": [{"URL": "http://127.0.0.1/", "SECRETS": []}]},
        {"WEBHOOKS": [{"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key", "b", "c"]}]},
        {"WEBHOOKS": [{"URL": "file:///x", "SECRETS": ["sandbox-key"]}]},
        {"WEBHOOKS": [{"URL": "http://127.0.0.1/"}]},
    ],
)
def test_a_setting_of_the_wrong_kind_is_an_error_that_shows_no_key(
    settings: Settings, value: Any
) -> None:
    settings.DEBUG = True
    settings.STACKONE_SANDBOX = value
    [error] = found()
    assert error.id == "stackone_sandbox.E002"
    assert "sandbox-key" not in error.msg


def test_the_setting_may_be_left_out(settings: Settings, db: None) -> None:
    settings.DEBUG = True
    del settings.STACKONE_SANDBOX
    assert found() == []
    assert Server().call("POST", "connect_sessions", OWNER).status_code == 201


@pytest.mark.parametrize("pattern", urls.urlpatterns, ids=lambda pattern: str(pattern.pattern))
def test_outside_debug_no_address_exists(settings: Settings, pattern: Any) -> None:
    """Without the database too, so that nothing is even looked up."""
    settings.STACKONE_SANDBOX = {"ALLOW_WITHOUT_DEBUG": "yes"}
    address = str(pattern.pattern).replace("<str:", "").replace(">", "")
    if address.startswith("^"):
        address = "hub/x" if "hub" in address else "accounts/x/y"
    for method in ("GET", "POST", "OPTIONS"):
        answer = Server().call(method, address, {})
        assert answer.status_code == 404
        assert "Access-Control-Allow-Origin" not in answer


def test_nobody_has_to_be_signed_in(settings: Settings, db: None) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    token = Server().session()["token"]
    assert Browser(token).call("GET", "hub/settings").status_code == 200
    assert Client().get(f"{reverse('stackone_sandbox:hosted')}?token={token}").status_code == 200
    assert Client().get("/admin/").status_code == 302


@pytest.mark.parametrize("prefix", ["", "deep/er/"])
def test_it_works_wherever_it_is_mounted(settings: Settings, db: None, prefix: str) -> None:
    mounted = ModuleType("mounted")
    vars(mounted)["urlpatterns"] = [path(prefix, include("stackone_connect.sandbox.urls"))]
    settings.ROOT_URLCONF = mounted
    settings.STATICFILES_DIRS = []
    client = Client(headers={"Authorization": Server().authorization})
    made = client.post(f"/{prefix}connect_sessions", OWNER, content_type="application/json").json()
    assert made["auth_link_url"].startswith(f"http://testserver/{prefix}embedded/integrations?")
    page = client.get(made["auth_link_url"] + "&connector=sandbox-gusto")
    assert f'action="/{prefix}embedded/integrations"' in page.content.decode()
    data = {"token": made["token"], "connector": "sandbox-gusto"}
    consent = client.post(f"/{prefix}embedded/integrations", data)
    assert f'action="/{prefix}embedded/accounts/callback"' in consent.content.decode()


@pytest.mark.parametrize(
    ("message", "args", "logged"),
    [
        (
            '"%s" %s %s',
            ("GET /sandbox/connect/oauth2/sandbox-gusto?token=SECRET&key=SECRET HTTP/1.1", 200, 9),
            '"GET /sandbox/connect/oauth2/sandbox-gusto HTTP/1.1" 200 9',
        ),
        (
            '"%s" %s %s',
            ("GET /sandbox/embedded/integrations?token=SECRET HTTP/1.1", 200, 9),
            '"GET /sandbox/embedded/integrations HTTP/1.1" 200 9',
        ),
        ('"%s" %s', ("GET /search?q=stays HTTP/1.1", 200), '"GET /search?q=stays HTTP/1.1" 200'),
    ],
)
def test_the_development_servers_log_holds_no_token(
    caplog: pytest.LogCaptureFixture, message: str, args: tuple[Any, ...], logged: str
) -> None:
    with caplog.at_level(logging.INFO, "django.server"):
        logging.getLogger("django.server").addHandler(caplog.handler)
        logging.getLogger("django.server").info(message, *args)
        logging.getLogger("django.server").removeHandler(caplog.handler)
    assert logged in caplog.messages
    assert "SECRET" not in caplog.text


def test_a_whole_connection_leaves_no_secret_in_the_logs(
    browser: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = browser()
    session.connect()
    session.popup("googledrive", session.attempt(), client_secret="popup-secret")
    session.client.get("/sandbox/embedded/integrations", {"token": session.token})
    Browser("wrong-token").call("GET", "hub/settings")
    for secret in (session.token, "bamboo-secret", "popup-secret", "wrong-token", "sandbox-key"):
        assert secret not in caplog.text
