"""Every answer of the sandbox fits StackOne's schemas, as they are restated here."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validate

from stackone_connect.sandbox import control
from stackone_connect.sandbox.catalogue import CONNECTORS
from tests.sandbox import schemas
from tests.sandbox.conftest import Browser, Receiver, Server

ALL = {
    name: schema
    for name, schema in vars(schemas).items()
    if name.isupper() and not name.startswith("_")
}
FULL = {
    "origin_username": "jo@acme.example",
    "provider": "bamboohr",
    "categories": ["hris"],
    "label": "Europe",
    "metadata": {"tier": "gold"},
    "type": "test",
    "connector_profile_id": "sandbox-bamboohr",
}


def fits(answer: Any, schema: schemas.Schema, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    body = answer.json()
    validate(body, schema, Draft202012Validator)
    return body


@pytest.mark.parametrize("name", ALL)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(ALL[name])


@pytest.mark.parametrize("fields", [{}, FULL], ids=["least", "all"])
def test_sessions_fit(server: Server, fields: dict[str, Any]) -> None:
    owner = {"origin_owner_id": "org-1", "origin_owner_name": "Acme Inc"}
    answer = server.call("POST", "connect_sessions", owner | fields)
    made = fits(answer, schemas.CONNECT_SESSION_TOKEN_AUTH_LINK, 201)
    known = server.call("POST", "connect_sessions/authenticate", {"token": made["token"]})
    fits(known, schemas.CONNECT_SESSION, 201)
    fits(server.call("GET", f"connect_sessions/{made['id']}"), schemas.CONNECT_SESSION)


@pytest.mark.parametrize("how", ["pending", "allow", "deny", "cancel"])
def test_a_session_with_an_attempt_fits(server: Server, how: str) -> None:
    made = server.session()
    session = Browser(made["token"])
    attempt = fits(
        session.call("POST", "hub/connection_attempts", {"token": session.token}),
        schemas.HUB_ATTEMPT_MADE,
        201,
    )["id"]
    if how in {"allow", "deny"}:
        session.answer(session.popup("gusto", attempt), how)
    elif how == "cancel":
        session.call("DELETE", f"hub/connection_attempts/{attempt}")
    fits(session.call("GET", f"hub/connection_attempts/{attempt}"), schemas.HUB_ATTEMPT)
    read = fits(server.call("GET", f"connect_sessions/{made['id']}"), schemas.CONNECT_SESSION)
    assert read["latest_connection_attempt"] is not None


def test_accounts_fit(server: Server, browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    browser(**FULL, origin_owner_id="org-2").connect()
    control.set_account_status(account_id, "error", ["Revoked."])
    assert len(fits(server.call("GET", "accounts"), schemas.LINKED_ACCOUNTS)) == 2
    at = f"accounts/{account_id}"
    fits(server.call("GET", at), schemas.LINKED_ACCOUNT)
    fits(server.call("PATCH", at, {"origin_username": "jo"}), schemas.LINKED_ACCOUNT)
    fits(server.call("DELETE", at), schemas.LINKED_ACCOUNT)


def test_connector_profiles_fit(server: Server) -> None:
    body = fits(server.call("GET", "connector_profiles"), schemas.CONNECTOR_PROFILES)
    assert len(body["data"]) == len(CONNECTORS)


def test_the_hubs_answers_fit(browser: Any) -> None:
    session = browser()
    fits(session.call("GET", "hub/settings"), schemas.HUB_SETTINGS)
    listed = fits(session.call("GET", "hub/connectors"), schemas.HUB_CONNECTORS)
    for item in listed["integrations"]:
        at = f"hub/connectors/{item['integration_id']}"
        fits(session.call("GET", at), schemas.HUB_CONNECTOR)
    linked = fits(session.connect(), schemas.HUB_LINKED, 201)
    edit = browser(account_id=linked["id"])
    fits(edit.call("GET", "hub/settings"), schemas.HUB_SETTINGS)
    at = f"hub/accounts/{linked['id']}"
    fits(edit.call("GET", at), schemas.HUB_ACCOUNT)
    fits(edit.call("PATCH", at, {"credentials": {"subdomain": "b"}}), schemas.HUB_LINKED)


def test_refusals_fit(server: Server, browser: Any) -> None:
    fits(server.call("POST", "connect_sessions", {}), schemas.ERROR, 400)
    fits(server.call("GET", "accounts/unknown"), schemas.ERROR, 404)
    fits(server.call("PUT", "accounts"), schemas.ERROR, 405)
    fits(Server(authorization="Basic x").call("GET", "accounts"), schemas.ERROR, 401)
    fits(Browser("unknown").call("GET", "hub/settings"), schemas.ERROR, 401)
    fits(browser().connect(credentials={}), schemas.ERROR, 400)
    for kind, status in (("rate_limited", 429), ("error", 500)):
        control.set_fault(kind, target="accounts")
        fits(server.call("GET", "accounts"), schemas.ERROR, status)


def test_webhooks_fit(browser: Any, receiver: Receiver) -> None:
    account_id = browser(**FULL).connect().json()["id"]
    control.set_account_status(account_id, "error")
    control.delete_account(account_id)
    control.deliver_due()
    assert len(receiver.events) == 3
    for event in receiver.events:
        validate(event, schemas.ACCOUNT_EVENT, Draft202012Validator)


def test_drift_is_what_no_longer_fits(server: Server) -> None:
    for kind in ("organization_id_number", "unknown_fields"):
        control.set_fault(kind)
        with pytest.raises(ValidationError):
            validate(server.session(), schemas.CONNECT_SESSION_TOKEN_AUTH_LINK)
        control.clear_faults()
    control.set_fault("wrapped_list")
    with pytest.raises(ValidationError):
        validate(server.accounts(), schemas.LINKED_ACCOUNTS)
