"""Who may use the platform API, and what its addresses answer otherwise."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.sandbox.conftest import OWNER, Server, basic

ADDRESSES = [
    ("POST", "connect_sessions"),
    ("POST", "connect_sessions/authenticate"),
    ("GET", "connect_sessions/1"),
    ("GET", "accounts"),
    ("GET", "accounts/x"),
    ("PATCH", "accounts/x"),
    ("DELETE", "accounts/x"),
    ("GET", "connector_profiles"),
    ("GET", "accounts/"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_the_key_every_address_answers_401(server: Server, method: str, path: str) -> None:
    server.authorization = basic("wrong-key:")
    answer = server.call(method, path, OWNER)
    assert answer.status_code == 401
    assert answer.json().keys() == {"statusCode", "message", "timestamp"}


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ???",
        "Basic é",
        basic("sandbox-key"),
        basic("sandbox-key:password"),
        basic(":sandbox-key"),
        basic(":"),
        basic("sandbox-key:").replace("Basic", "Bearer"),
    ],
)
def test_the_key_is_the_user_name_and_the_password_is_empty(
    server: Server, authorization: str
) -> None:
    server.authorization = authorization
    assert server.call("GET", "accounts").status_code == 401


def test_every_key_of_the_setting_is_accepted(server: Server, settings: Settings) -> None:
    settings.STACKONE_SANDBOX = {"API_KEYS": ["v1.one", "v1.two"], "ALLOW_WITHOUT_DEBUG": True}
    statuses = []
    for key in ("v1.one", "v1.two", "sandbox-key"):
        server.authorization = basic(f"{key}:")
        statuses.append(server.call("GET", "accounts").status_code)
    assert statuses == [200, 200, 401]


def test_there_is_no_cors_so_that_no_browser_can_hold_the_key(server: Server) -> None:
    server.client.defaults["HTTP_ORIGIN"] = "https://app.example"
    created = server.call("POST", "connect_sessions", OWNER)
    preflight = server.call("OPTIONS", "connect_sessions")
    assert created.status_code == 201
    assert preflight.status_code == 405
    for answer in (created, preflight):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "connect_sessions"), ("PUT", "accounts/x"), ("POST", "accounts")],
)
def test_another_method_is_answered_with_405(server: Server, method: str, path: str) -> None:
    answer = server.call(method, path)
    assert answer.status_code == 405
    assert answer.json()["statusCode"] == 405


@pytest.mark.parametrize("path", ["accounts/", "connect_sessions/", "accounts/x/meta"])
def test_an_unknown_path_is_answered_in_json_and_never_redirected(
    server: Server, path: str
) -> None:
    answer = server.call("GET", path)
    assert answer.status_code == 404
    assert answer.json()["statusCode"] == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_where_a_slash_would_lead_to_a_path_none_is_added(server: Server, method: str) -> None:
    assert server.call(method, "hub").json()["statusCode"] == 404
