"""Misbehaviour on demand: calls, answers and accounts; webhooks are in ``test_webhook_faults``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from stackone_connect.sandbox import control, faults
from stackone_connect.sandbox.models import Account, Fault, RateWindow
from tests.sandbox.conftest import OWNER, Browser, Receiver, Server, basic


def test_429_is_answered_once_with_the_seconds_to_wait(server: Server) -> None:
    control.set_fault("rate_limited", target="any", seconds=7)
    refused = server.call("GET", "accounts")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert refused.json()["statusCode"] == 429
    assert server.call("GET", "accounts").status_code == 200
    assert not Fault.objects.exists()


@pytest.mark.parametrize("status", [400, 403, 408, 500, 501, 599])
def test_an_error_is_answered_as_stackone_words_it(server: Server, status: int) -> None:
    control.set_fault("error", status=status, seconds=3)
    refused = server.call("POST", "connect_sessions", OWNER)
    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "3")
    assert refused.json().keys() == {"statusCode", "message", "timestamp"}
    assert refused.json()["statusCode"] == status


@pytest.mark.parametrize(("status", "wait"), [(408, "60"), (429, "60"), (500, None)])
def test_a_status_that_says_when_to_try_again_says_so_unless_told_otherwise(
    server: Server, status: int, wait: str | None
) -> None:
    control.set_fault("error", status=status)
    refused = server.call("POST", "connect_sessions", OWNER)
    assert refused.status_code == status
    assert refused.headers.get("Retry-After") == wait


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_answers_in_html(server: Server, status: int) -> None:
    control.set_fault("error", target="any", status=status)
    refused = server.call("GET", "accounts")
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, "text/html")
    assert "Retry-After" not in refused.headers


@pytest.mark.parametrize(
    ("kind", "error", "was_done"),
    [
        ("reset", ConnectionResetError, False),
        ("hang", TimeoutError, False),
        ("lost_answer", ConnectionResetError, True),
    ],
)
def test_without_a_socket_the_caller_meets_the_exception(
    server: Server, browser: Any, kind: str, error: type[Exception], was_done: bool
) -> None:
    browser().connect()
    control.set_fault(kind, method="DELETE")
    with pytest.raises(error, match="The sandbox"):
        server.call("DELETE", f"accounts/{Account.objects.get().pk}")
    assert Account.objects.exists() is not was_done


def test_without_a_socket_a_slow_answer_comes_at_once(server: Server) -> None:
    control.set_fault("slow", target="any", seconds=60)
    assert server.call("GET", "accounts").json() == []


def test_a_malformed_answer_is_cut_in_the_middle_though_all_was_done(server: Server) -> None:
    control.set_fault("malformed")
    answer = server.call("POST", "connect_sessions", OWNER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert Browser(server.session()["token"]).call("GET", "hub/settings").status_code == 200


def test_a_fault_meets_only_the_calls_it_was_set_for(server: Server, browser: Any) -> None:
    hub = browser()
    control.set_fault("error", method="POST", prefix="/connect_sessions", times=2)
    assert server.call("GET", "connect_sessions/1").status_code != 500
    assert hub.call("GET", "hub/settings").status_code == 200
    statuses = [server.call("POST", "connect_sessions", OWNER).status_code for _ in range(3)]
    assert statuses == [500, 500, 201]


def test_the_hub_meets_faults_too_but_never_in_its_preflight(browser: Any) -> None:
    control.set_fault("error", prefix="hub/settings", times=0)
    hub = browser()
    assert hub.call("OPTIONS", "hub/settings").status_code == 204
    for _ in range(3):
        refused = hub.call("GET", "hub/settings")
        assert refused.status_code == 500
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
    control.clear_faults()
    assert hub.call("GET", "hub/settings").status_code == 200


def test_a_fault_of_a_call_is_by_default_for_the_next_connect_session(
    server: Server, browser: Any
) -> None:
    hub = browser()
    control.set_fault("error", status=404)
    assert hub.call("GET", "hub/settings").status_code == 200
    assert server.call("GET", "accounts").status_code == 200
    token = {"token": hub.token}
    assert server.call("POST", "connect_sessions/authenticate", token).status_code == 201
    assert server.call("POST", "connect_sessions", OWNER).status_code == 404
    assert server.call("POST", "connect_sessions", OWNER).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("target", faults.TARGETS)
def test_a_target_is_said_in_the_words_it_is_chosen_by(target: str) -> None:
    fault = control.set_fault("reset", target=target)
    assert faults.aim_of(fault) == faults.TARGETS[target].label


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "aim"),
    [
        ({"kind": "hang", "method": "GET", "prefix": "accounts/"}, "GET /accounts/"),
        ({"kind": "hang", "method": "GET"}, "GET any path"),
        ({"kind": "hang", "prefix": "hub/settings$"}, "any call of /hub/settings"),
        ({"kind": "wrapped_list"}, "any call"),
        ({"kind": "lost"}, "any webhook"),
        ({"kind": "lost", "prefix": "account.deleted"}, "webhooks of account.deleted"),
    ],
)
def test_calls_without_a_name_are_said_by_method_and_path(
    options: dict[str, Any], aim: str
) -> None:
    assert faults.aim_of(control.set_fault(**options)) == aim


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options",
    [
        {"kind": "error", "target": "nonsense"},
        {"kind": "error", "target": "accounts", "method": "GET"},
        {"kind": "error", "target": "accounts", "prefix": "hub/"},
        {"kind": "lost", "target": "any"},
        {"kind": "wrapped_list", "target": "any"},
    ],
)
def test_a_target_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"target|is none of"):
        control.set_fault(**options)
    assert not Fault.objects.exists()


def test_faults_come_in_the_order_they_were_set(server: Server) -> None:
    control.set_fault("error", target="any", status=500)
    control.set_fault("error", target="any", status=503)
    assert [server.call("GET", "accounts").status_code for _ in range(3)] == [500, 503, 200]


def test_a_fault_that_another_worker_took_is_not_met_twice(server: Server) -> None:
    fault = control.set_fault("error", target="any")
    assert faults._claim(fault)
    assert not faults._claim(fault)
    assert server.call("GET", "accounts").status_code == 200


def test_the_contract_drifts_until_it_is_told_not_to(server: Server, browser: Any) -> None:
    browser().connect()
    made = server.session()
    assert made["organization_id"] == "1001"
    [organization, *_] = [
        control.set_fault(kind)
        for kind in ("organization_id_number", "unknown_fields", "wrapped_list")
    ]
    for _ in range(2):
        drifted = server.session()
        assert drifted["organization_id"] == 1001
        assert drifted.keys() - made.keys() == {"added_since"}
        assert server.accounts().keys() == {"data"}
        [account] = server.accounts()["data"]
        assert account["provider"] == "bamboohr"
        assert "added_since" in account
    assert "added_since" not in server.call("GET", "accounts/unknown").json()
    control.clear_faults(organization.pk)
    assert server.session()["organization_id"] == "1001"
    assert server.accounts().keys() == {"data"}


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "unheard"},
        {"kind": "error", "status": 200},
        {"kind": "error", "status": 600},
        {"kind": "hang", "seconds": 601},
        {"kind": "hang", "seconds": -1},
        {"kind": "hang", "seconds": float("nan")},
        {"kind": "reset", "times": -1},
        {"kind": "reset", "times": 10**12},
        {"kind": "reset", "method": "HEAD"},
        {"kind": "lost", "method": "POST"},
        {"kind": "lost", "prefix": "x" * 256},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(db: None, options: Any) -> None:
    with pytest.raises(ValueError, match=r"none of|must be|out of bounds"):
        control.set_fault(**options)


def test_the_rate_limit_is_per_key_and_minute(settings: Settings, server: Server) -> None:
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {
        "RATE_LIMIT": 2,
        "API_KEYS": ["sandbox-key", "other"],
    }
    other = Server(authorization=basic("other:"))
    with time_machine.travel(datetime(2026, 11, 22, 12, 0, 48, tzinfo=UTC), tick=False) as clock:
        assert [server.call("GET", "accounts").status_code for _ in range(2)] == [200, 200]
        refused = server.call("GET", "accounts")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "12")
        assert other.call("GET", "accounts").status_code == 200
        clock.shift(12)
        assert server.call("GET", "accounts").status_code == 200
    assert RateWindow.objects.get().calls == 1
    assert "sandbox-key" not in str(RateWindow.objects.values())


def test_the_rate_limit_is_a_thousand_or_none_and_not_the_hubs(
    settings: Settings, server: Server, browser: Any
) -> None:
    hub = browser()
    window = RateWindow.objects.filter()
    window.update(calls=999)
    assert server.call("GET", "accounts").status_code == 200
    assert server.call("GET", "accounts").status_code == 429
    assert hub.call("GET", "hub/settings").status_code == 200
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"RATE_LIMIT": None}
    assert server.call("GET", "accounts").status_code == 200


def test_a_test_account_expires_and_is_told_of(
    settings: Settings, server: Server, browser: Any, receiver: Receiver
) -> None:
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"TEST_ACCOUNT_LIFETIME": 3600}
    ending = browser(type="test").connect().json()["id"]
    browser(type="production", origin_owner_id="org-2").connect()
    control.deliver_due()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1, seconds=1)):
        listed = {account["id"]: account for account in server.accounts()}
        expired = listed.pop(ending)
        assert expired["status"] == "expired"
        assert expired["status_reasons"][0]["code"] == "expired"
        assert [account["status"] for account in listed.values()] == ["active"]
        server.accounts()
        control.deliver_due()
    assert receiver.names[2:] == ["account.updated"]
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"TEST_ACCOUNT_LIFETIME": None}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=9000)):
        assert server.accounts()[1]["status"] == "active"


def test_the_command_sets_and_clears_faults(server: Server) -> None:
    def run(*words: str) -> None:
        call_command("stackone_sandbox", *words, stdout=None)

    run("fault", "error", "--status", "503", "--prefix", "accounts", "--method", "GET")
    run("fault", "organization_id_number")
    assert [str(fault) for fault in Fault.objects.all()] == [
        "error for GET accounts",
        "organization_id_number for everything",
    ]
    assert server.call("GET", "accounts").status_code == 503
    run("clear-faults")
    assert server.session()["organization_id"] == "1001"
    with pytest.raises(CommandError, match="must be from 400"):
        run("fault", "error", "--status", "200")
