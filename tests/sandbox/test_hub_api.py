"""The API that the hub calls from the browser."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from stackone_connect.sandbox import control
from stackone_connect.sandbox.catalogue import CATEGORIES, CONNECTORS
from stackone_connect.sandbox.models import Account
from tests.sandbox.conftest import BAMBOO, Browser, Server

MASK = "__secretvalue:**redacted**"
ADDRESSES = [
    ("GET", "hub/settings"),
    ("GET", "hub/connectors"),
    ("GET", "hub/connectors/sandbox-bamboohr"),
    ("POST", "hub/accounts"),
    ("GET", "hub/accounts/x"),
    ("PATCH", "hub/accounts/x"),
    ("POST", "hub/connection_attempts"),
    ("GET", "hub/connection_attempts/x"),
    ("DELETE", "hub/connection_attempts/x"),
]


def providers(browser: Browser, **query: str) -> list[str]:
    answer = browser.call("GET", "hub/connectors", **query)
    return [item["provider"] for item in answer.json()["integrations"]]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("token", ["", "unknown", "\xff"])
def test_a_missing_or_unknown_token_is_answered_with_401(
    db: None, method: str, path: str, token: str
) -> None:
    answer = Browser(token).call(method, path, {})
    assert answer.status_code == 401
    assert answer.json().keys() == {"statusCode", "message", "timestamp"}
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_an_expired_token_is_answered_with_401(browser: Any, method: str, path: str) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        late = browser()
        clock.shift(1800)
        assert late.call(method, path, {}).status_code == 401


@pytest.mark.parametrize("path", [path for _, path in ADDRESSES] + ["hub/", "hub/unknown"])
def test_a_preflight_is_answered_without_a_token(db: None, path: str) -> None:
    answer = Browser("").call("OPTIONS", path)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert set(answer["Access-Control-Allow-Methods"].split(", ")) >= {
        "GET",
        "POST",
        "PATCH",
        "DELETE",
    }
    assert set(answer["Access-Control-Allow-Headers"].split(", ")) == {
        "content-type",
        "x-hub-session-token",
        "x-hub-version",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "hub/settings", 200),
        ("PUT", "hub/settings", 405),
        ("GET", "hub/settings/", 404),
        ("GET", "hub/connectors/nosuch", 404),
        ("POST", "hub/accounts", 400),
    ],
)
def test_every_answer_carries_the_cors_headers(
    browser: Any, method: str, path: str, status: int
) -> None:
    answer = browser().call(method, path, {})
    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "no-store"
    if status != 200:
        assert answer.json()["statusCode"] == status


def test_settings_name_no_account_where_none_was_connected(browser: Any) -> None:
    body = browser(provider="bamboohr").call("GET", "hub/settings").json()
    assert body == {"enabled_features": [], "existing_account_id": None}


def test_every_connector_is_listed_as_the_hub_needs_it(browser: Any) -> None:
    items = browser().call("GET", "hub/connectors").json()["integrations"]
    assert len(items) == len(CONNECTORS)
    for item in items:
        assert item["type"] in CATEGORIES
        assert item["name"]
        assert item["integration_id"]
        assert item["logo_url"].startswith("/static/")
    assert [item["provider"] for item in items if not item["active"]] == ["teamtailor"]


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ({"provider": "lever"}, ["lever"]),
        ({"connector_profile_id": "sandbox-hubspot"}, ["hubspot"]),
        ({"integration_id": "sandbox-hubspot"}, ["hubspot"]),
        ({"categories": ["ats"]}, ["personio", "greenhouse", "lever", "teamtailor"]),
        ({"categories": ["crm", "documents"]}, ["googledrive", "hubspot"]),
        ({"categories": ["lms"]}, []),
        ({"categories": ["hris"], "provider": "lever"}, []),
    ],
)
def test_the_list_is_filtered_by_what_the_session_allows(
    browser: Any, fields: dict[str, Any], listed: list[str]
) -> None:
    assert providers(browser(**fields)) == listed


def test_the_list_is_filtered_by_the_provider_that_edit_mode_asks_for(browser: Any) -> None:
    assert providers(browser(), provider="lever") == ["lever"]
    assert providers(browser(provider="lever"), provider="bamboohr") == []


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.provider)
def test_every_form_is_one_that_the_hub_can_draw(browser: Any, connector: Any) -> None:
    answer = browser().call("GET", f"hub/connectors/{connector.integration_id}")
    config = answer.json()["config"]
    assert config["key"] == connector.provider
    assert config["assets"]["icon"].startswith("/static/stackone_sandbox/")
    assert config["type"] == ("custom" if connector.grant == "custom" else "oauth2")
    assert config.get("grantType", "custom") == connector.grant
    for field in config["configFields"]:
        assert field["type"] in {"text", "password", "number", "select"}
        assert field["secret"] is (field["type"] == "password")
        assert bool(field.get("options")) is (field["type"] == "select")
        assert field.get("validation", {"type": "domain"})["type"] in {"html-pattern", "domain"}


def test_a_connector_that_the_session_does_not_allow_does_not_exist(browser: Any) -> None:
    session = browser(categories=["hris"])
    assert session.call("GET", "hub/connectors/sandbox-lever").status_code == 404
    assert session.connect("lever", {"api_key": "x"}).status_code == 404


def test_connecting_answers_the_account_and_its_provider(server: Server, browser: Any) -> None:
    answer = browser().connect()
    assert answer.status_code == 201
    [account] = server.accounts()
    assert answer.json() == {"id": account["id"], "provider": "bamboohr"}


@pytest.mark.parametrize(
    ("provider", "credentials", "message"),
    [
        ("bamboohr", {}, "Subdomain is required; API key is required"),
        ("bamboohr", BAMBOO | {"api_key": ""}, "API key is required"),
        ("bamboohr", BAMBOO | {"api_key": MASK + "wxyz"}, "API key is required"),
        ("bamboohr", BAMBOO | {"api_key": ["x"]}, "API key must be a text"),
        ("bamboohr", BAMBOO | {"api_key": "x" * 4001}, "API key is not valid"),
        (
            "bamboohr",
            BAMBOO | {"subdomain": "https://acme"},
            "Use only the first part of the address: lower-case letters, digits, hyphens",
        ),
        ("lever", {"api_key": "x", "environment": "moon"}, "Environment is not valid"),
        (
            "personio",
            {"client_id": "x", "client_secret": "y", "page_size": "ten"},
            "Employees per request is not valid",
        ),
        (
            "workday",
            {
                "host": "https://workday.example",
                "tenant": "acme",
                "region": "eu",
                "username": "ISU",
                "password": "secret",
            },
            "Enter the address of your Workday web services, on myworkday.com",
        ),
        ("teamtailor", {"api_key": "x"}, "Teamtailor is not enabled"),
        ("gusto", {}, "Gusto is connected through its consent page"),
    ],
)
def test_a_form_that_cannot_be_right_is_refused_with_a_sentence(
    server: Server, browser: Any, provider: str, credentials: Any, message: str
) -> None:
    answer = browser().connect(provider, credentials)
    assert answer.status_code == 400
    assert answer.json()["message"] == message
    assert server.accounts() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"integration_id": 1, "credentials": {}},
        {"integration_id": "sandbox-bamboohr", "credentials": []},
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(browser: Any, body: Any) -> None:
    answer = browser().call("POST", "hub/accounts", body)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_numbers_hidden_fields_and_values_the_form_does_not_know_are_let_through(
    server: Server, browser: Any
) -> None:
    credentials = {
        "client_id": "acme",
        "client_secret": "s",
        "page_size": 50,
        "external-trigger-token": "t",
    }
    assert browser().connect("personio", credentials).status_code == 201
    assert server.accounts()[0]["setup_information"] == {"client_id": "acme", "page_size": "50"}


def test_of_a_secret_only_the_end_is_kept_and_of_a_short_one_nothing(browser: Any) -> None:
    session = browser()
    session.connect()
    session.connect("greenhouse", {"api_key": "elevenchars"})
    rows = str(list(Account.objects.values()))
    assert BAMBOO["api_key"] not in rows
    assert [a.secret_tails for a in Account.objects.all()] == [{"api_key": "wxyz"}, {"api_key": ""}]


def test_edit_mode_is_filled_with_what_is_kept_and_masks(browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    session = browser(account_id=account_id)
    assert session.call("GET", "hub/settings").json()["existing_account_id"] == account_id
    assert providers(session) == ["bamboohr"]
    assert session.call("GET", f"hub/accounts/{account_id}").json() == {
        "secureId": account_id,
        "provider": "bamboohr",
        "integrationId": "sandbox-bamboohr",
        "setupInformation": {"subdomain": "acme"},
        "secrets": {"api_key": f"{MASK}wxyz"},
        "version": "1.0.0",
        "authConfigKey": "custom",
        "environment": "production",
    }


def test_an_edit_merges_and_moves_updated_at(server: Server, browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    [before] = server.accounts()
    session = browser(account_id=account_id, label="new label")
    body = {"integration_id": "sandbox-bamboohr", "credentials": {"subdomain": "acme-2"}}
    answer = session.call("PATCH", f"hub/accounts/{account_id}", body)
    assert answer.status_code == 200
    assert answer.json() == {"id": account_id, "provider": "bamboohr"}
    [after] = server.accounts()
    assert after["updated_at"] > before["updated_at"]
    assert after["created_at"] == before["created_at"]
    assert after["setup_information"] == {"subdomain": "acme-2"}
    assert after["label"] == "new label"
    assert Account.objects.get().secret_tails == {"api_key": "wxyz"}


def test_an_untouched_or_masked_secret_stays_and_a_new_one_replaces_it(browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    session = browser(account_id=account_id)
    for api_key, tail in (
        (f"{MASK}wxyz", "wxyz"),
        ("", "wxyz"),
        ("a-completely-new-secret-abcd", "abcd"),
    ):
        body = {"integration_id": "sandbox-bamboohr", "credentials": {"api_key": api_key}}
        assert session.call("PATCH", f"hub/accounts/{account_id}", body).status_code == 200
        assert Account.objects.get().secret_tails == {"api_key": tail}


def test_an_edit_that_is_refused_leaves_updated_at_alone(server: Server, browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    before = server.accounts()
    session = browser(account_id=account_id)
    for credentials in ({"subdomain": "No!"}, "text"):
        body = {"integration_id": "sandbox-bamboohr", "credentials": credentials}
        answer = session.call("PATCH", f"hub/accounts/{account_id}", body)
        assert answer.status_code == 400
    control.expire_token(session.token)
    body = {"integration_id": "sandbox-bamboohr", "credentials": {"subdomain": "late"}}
    assert session.call("PATCH", f"hub/accounts/{account_id}", body).status_code == 401
    assert server.accounts() == before


def test_an_edit_does_not_move_the_account_to_another_connector(
    server: Server, browser: Any
) -> None:
    account_id = browser().connect().json()["id"]
    body = {"integration_id": "sandbox-lever", "credentials": {"subdomain": "acme-2"}}
    browser(account_id=account_id).call("PATCH", f"hub/accounts/{account_id}", body)
    [account] = server.accounts()
    assert account["provider"] == "bamboohr"
    assert account["setup_information"] == {"subdomain": "acme-2"}


def test_an_edit_mends_an_account_in_error_and_lifts_no_suspension(
    server: Server, browser: Any
) -> None:
    account_id = browser().connect().json()["id"]
    for status, after in (("error", "active"), ("suspended", "suspended")):
        control.set_account_status(account_id, status, ["Something happened."])
        body = {"integration_id": "sandbox-bamboohr", "credentials": {}}
        answer = browser(account_id=account_id).call("PATCH", f"hub/accounts/{account_id}", body)
        assert answer.status_code == 200
        [account] = server.accounts()
        assert account["status"] == after
        assert bool(account["status_reasons"]) is (after != "active")


def test_an_account_of_another_owner_or_name_or_outside_the_session_does_not_exist(
    browser: Any,
) -> None:
    account_id = browser().connect().json()["id"]
    for session in (
        browser(origin_owner_id="org-2"),
        browser(origin_owner_name="Acme Ltd"),
        browser(provider="lever"),
        browser(categories=["ats"]),
        browser(multiple=True),
    ):
        for method in ("GET", "PATCH"):
            answer = session.call(method, f"hub/accounts/{account_id}", {})
            assert answer.status_code == 404
    assert browser().call("GET", f"hub/accounts/{account_id}").status_code == 200


def test_an_account_that_was_deleted_meanwhile_cannot_be_edited(
    server: Server, browser: Any
) -> None:
    account_id = browser().connect().json()["id"]
    session = browser(account_id=account_id)
    server.call("DELETE", f"accounts/{account_id}")
    for method, path in (
        ("GET", "hub/settings"),
        ("GET", "hub/connectors"),
        ("GET", f"hub/accounts/{account_id}"),
        ("PATCH", f"hub/accounts/{account_id}"),
    ):
        assert session.call(method, path, {}).status_code == 404
    assert session.connect().status_code == 404
    assert server.accounts() == []
