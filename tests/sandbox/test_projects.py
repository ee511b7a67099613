"""Several StackOne projects in one sandbox: what is in one does not exist for another's key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from stackone_connect.sandbox import control, sender
from stackone_connect.sandbox.models import Account, Delivery, Webhook
from tests.sandbox.conftest import BAMBOO, Browser, Receiver, Server, basic

KEYS = {"eu": ["eu-key", "eu-key-2"], "us": ["us-key"]}


@pytest.fixture(autouse=True)
def _two_projects(settings: Settings) -> None:
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"API_KEYS": KEYS}


@pytest.fixture
def eu(db: None) -> Server:
    return Server(authorization=basic("eu-key:"))


@pytest.fixture
def us(db: None) -> Server:
    return Server(authorization=basic("us-key:"))


def connect(server: Server, **fields: Any) -> str:
    return str(Browser(server.session(**fields)["token"]).connect().json()["id"])


def test_every_key_of_a_project_sees_the_same_and_another_projects_nothing(
    eu: Server, us: Server
) -> None:
    account_id = connect(eu)
    assert [item["id"] for item in Server(authorization=basic("eu-key-2:")).accounts()] == [
        account_id
    ]
    assert us.accounts() == []
    assert us.accounts(account_ids=account_id) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_another_projects_account_answers_as_one_that_does_not_exist(
    eu: Server, us: Server, method: str
) -> None:
    account_id = connect(eu)
    body = {"label": "taken over"} if method == "PATCH" else None
    theirs, none = (us.call(method, f"accounts/{pk}", body) for pk in (account_id, "x" * 21))
    assert (theirs.status_code, theirs.json()["message"]) == (404, none.json()["message"])
    assert Account.objects.get().label == ""


def test_another_projects_account_can_not_be_edited_by_a_session(eu: Server, us: Server) -> None:
    account_id = connect(eu)
    body = {"origin_owner_id": "org-1", "origin_owner_name": "Acme Inc", "account_id": account_id}
    assert us.call("POST", "connect_sessions", body).status_code == 404
    token = us.session(provider="bamboohr")["token"]
    assert Browser(token).call("GET", "hub/settings").json()["existing_account_id"] is None
    assert Browser(token).call("GET", f"hub/accounts/{account_id}").status_code == 404
    assert (
        Browser(token)
        .call(
            "PATCH",
            f"hub/accounts/{account_id}",
            {"integration_id": "sandbox-bamboohr", "credentials": BAMBOO},
        )
        .status_code
        == 404
    )


def test_the_same_owner_has_one_account_in_each_project(eu: Server, us: Server) -> None:
    first, second = connect(eu), connect(us)
    assert first != second
    assert (connect(eu), connect(us)) == (first, second)


def test_another_projects_session_does_not_exist(eu: Server, us: Server) -> None:
    made = eu.session()
    assert us.call("GET", f"connect_sessions/{made['id']}").status_code == 404
    refused = us.call("POST", "connect_sessions/authenticate", {"token": made["token"]})
    assert refused.status_code == 401
    unknown = us.call("POST", "connect_sessions/authenticate", {"token": "nobodys"})
    assert refused.json()["message"] == unknown.json()["message"]
    assert eu.call("GET", f"connect_sessions/{made['id']}").status_code == 200
    assert (
        eu.call("POST", "connect_sessions/authenticate", {"token": made["token"]}).status_code
        == 201
    )


def test_answers_name_the_project_and_with_one_they_name_none(
    eu: Server, us: Server, settings: Settings
) -> None:
    assert [server.session()["project_id"] for server in (eu, us)] == ["eu", "us"]
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"API_KEYS": ["eu-key"]}
    assert eu.session()["project_id"] == "sandbox-project"


def test_the_rate_limit_is_each_keys_own(eu: Server, us: Server, settings: Settings) -> None:
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"RATE_LIMIT": 1}
    assert [server.call("GET", "accounts").status_code for server in (eu, eu, us)] == [
        200,
        429,
        200,
    ]


# --- Webhooks ------------------------------------------------------------------------------------


def test_each_project_tells_its_own_addresses_signed_with_its_own_secret(
    eu: Server, us: Server, receiver: Receiver, settings: Settings
) -> None:
    targets = [
        {"URL": receiver.url, "SECRETS": [f"{name}-secret"], "PROJECT": name} for name in KEYS
    ]
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"WEBHOOKS": targets}
    told = {connect(eu): "eu", connect(us): "us"}
    control.deliver_due()
    assert len(receiver.arrived) == 2
    for request in receiver.arrived:
        event = json.loads(request.get_data())
        assert event["project_id"] == told[event["account_id"]]
        assert request.headers["x-stackone-signature"] == sender.sign(
            request.get_data(), f"{event['project_id']}-secret"
        )


def test_one_address_can_be_added_to_each_project(eu: Server, us: Server) -> None:
    url = "http://127.0.0.1:9/hooks"
    secrets = {name: control.add_webhook(url, project=name) for name in KEYS}
    assert secrets["eu"] != secrets["us"]
    with pytest.raises(ValueError, match="This webhook exists already"):
        control.add_webhook(url, project="eu")
    control.remove_webhook(url, project="us")
    assert Webhook.objects.get().project == "eu"
    connect(us)
    assert not Delivery.objects.exists()
    connect(eu)
    assert Delivery.objects.get().project == "eu"


@pytest.mark.parametrize("project", [None, "asia"])
def test_which_project_an_address_is_of_must_be_said(db: None, project: str | None) -> None:
    with pytest.raises(ValueError, match="eu, us"):
        control.add_webhook("http://127.0.0.1:9/hooks", project=project)


def test_the_command_names_the_project_too(db: None) -> None:
    url = "http://127.0.0.1:9/hooks"
    with pytest.raises(CommandError, match="Name the project: eu, us"):
        call_command("stackone_sandbox", "webhook", "add", url)
    call_command("stackone_sandbox", "webhook", "add", url, "--project", "us", stdout=None)
    assert Webhook.objects.get().project == "us"


# --- Faults --------------------------------------------------------------------------------------


def test_a_fault_of_one_project_leaves_the_other_alone(eu: Server, us: Server) -> None:
    token = eu.session()["token"], us.session()["token"]
    control.set_fault("error", target="any", times=0, status=503, project="eu")
    assert [server.call("GET", "accounts").status_code for server in (eu, us)] == [503, 200]
    assert [Browser(item).call("GET", "hub/settings").status_code for item in token] == [503, 200]
    assert Client().get("/sandbox/accounts").status_code == 401
    assert Browser("nobodys").call("GET", "hub/settings").status_code == 401


def test_a_webhook_of_one_project_can_be_lost(eu: Server, us: Server) -> None:
    for name in KEYS:
        control.add_webhook("http://127.0.0.1:9/hooks", project=name)
    control.set_fault("lost", times=0, project="us")
    connect(us)
    connect(eu)
    states = Delivery.objects.values_list("project", "state")
    assert dict(states) == {"eu": "waiting", "us": "lost"}


def test_a_fault_of_no_project_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="'asia' is no project"):
        control.set_fault("error", project="asia")


# --- The control page ----------------------------------------------------------------------------


def test_the_control_page_shows_the_projects_and_can_show_one(eu: Server, us: Server) -> None:
    control.add_webhook("http://127.0.0.1:9/eu", project="eu")
    of_eu, of_us = connect(eu), connect(us)
    page = Client().get("/sandbox/").content.decode()
    assert '<th scope="col">Project</th>' in page
    assert of_eu in page
    assert of_us in page
    page = Client().get("/sandbox/?project=us").content.decode()
    assert of_us in page
    assert of_eu not in page
    assert "127.0.0.1:9/eu" not in page
    assert 'action="/sandbox/?project=us"' in page
    assert of_eu in Client().get("/sandbox/?project=asia").content.decode()


def test_a_button_leaves_the_page_at_the_same_project(eu: Server) -> None:
    account_id = connect(eu)
    client = Client()
    pressed = client.post("/sandbox/?project=eu", {"do": f"break-account:{account_id}"})
    assert pressed.headers["Location"] == "/sandbox/?message=done&project=eu"


def test_with_one_project_nothing_of_it_shows(db: None, settings: Settings) -> None:
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"API_KEYS": ["sandbox-key"]}
    control.add_webhook("http://127.0.0.1:9/hooks")
    connect(Server())
    page = Client().get("/sandbox/").content.decode()
    assert "roject" not in page


# --- The setting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"API_KEYS": {}},
        {"API_KEYS": {"eu": "sandbox-key"}},
        {"API_KEYS": {"": ["sandbox-key"]}},
        {"API_KEYS": {1: ["sandbox-key"]}},
        {"API_KEYS": {"eu": [""]}},
        {"API_KEYS": {"eu": ["sandbox-key"], "us": ["sandbox-key"]}},
        {"API_KEYS": KEYS, "WEBHOOKS": [{"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key"]}]},
        {
            "API_KEYS": KEYS,
            "WEBHOOKS": [
                {"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key"], "PROJECT": "asia"}
            ],
        },
        {
            "WEBHOOKS": [
                {"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key"], "PROJECT": "eu"},
                {"URL": "http://127.0.0.1/", "SECRETS": ["sandbox-key"], "PROJECT": "eu"},
            ]
        },
    ],
)
def test_a_setting_that_can_not_be_meant_is_an_error_that_shows_no_key(
    settings: Settings, value: Any
) -> None:
    settings.STACKONE_SANDBOX = {"ALLOW_WITHOUT_DEBUG": True, **value}
    [error] = run_checks(tags=["stackone_sandbox"])
    assert error.id == "stackone_sandbox.E002"
    assert "sandbox-key" not in error.msg


def test_several_projects_are_content_with_the_check(settings: Settings) -> None:
    target = {"URL": "http://127.0.0.1/", "SECRETS": ["secret"], "PROJECT": "eu"}
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"WEBHOOKS": [target]}
    assert run_checks(tags=["stackone_sandbox"]) == []
