"""The fixture: the whole main job in one process, and everything that can go wrong with it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from example_project.accounts.models import User
from stackone_connect import client as clients
from stackone_connect.clock import Deadline
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent
from stackone_connect.sandbox.catalogue import CONNECTORS
from stackone_connect.services import accounts, sessions
from stackone_connect.testing.hub import HubRefusedError
from stackone_connect.testing.kit import StackOneSandbox
from stackone_connect.testing.sandbox import require_installed, sandboxed
from tests.api.conftest import Api, code
from tests.testing.hosts import mounted

ACTIVE = [item.provider for item in CONNECTORS if item.active]


@pytest.fixture
def api(member: User) -> Api:
    return Api(member)


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the database may be connected to; PostgreSQL's driver does not ask Python for that."""
    connect = socket.socket.connect
    told = connection.settings_dict

    def refuse(this: socket.socket, address: Any) -> None:
        if connection.vendor != "mysql" or address != (told["HOST"], int(told["PORT"])):
            raise AssertionError("A socket was opened")
        connect(this, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def issue(api: Api, **body: Any) -> Any:
    answer = api.issue(**body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_the_main_job_runs_in_one_process(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    session = issue(api, provider="bamboohr", label="Head office")
    account_id = stackone_sandbox.finish(session["token"])
    completed = api.complete(session["id"], account_id).json()
    assert (completed["status"], completed["outcome"]) == ("completed", "create")
    (account,) = stackone_sandbox.accounts
    assert (account["id"], account["label"]) == (account_id, "Head office")


def test_the_real_client_asks_and_its_requests_can_be_looked_at(
    api: Api, member: User, stackone_sandbox: StackOneSandbox
) -> None:
    issue(api, provider="bamboohr")
    first_look, created = stackone_sandbox.calls[0], stackone_sandbox.calls[-1]
    assert first_look.path.startswith(f"/accounts?origin_owner_id={member.organization_id}")
    assert (created.method, created.path) == ("POST", "/connect_sessions")
    assert json.loads(created.body)["origin_owner_name"] == "Acme"


@pytest.mark.parametrize("provider", ACTIVE)
def test_every_provider_can_be_connected_with_nothing_said_about_its_form(
    api: Api, stackone_sandbox: StackOneSandbox, provider: str
) -> None:
    session = issue(api)
    account_id = stackone_sandbox.finish(session["token"], provider=provider)
    assert api.complete(session["id"], account_id).json()["outcome"] == "create"


def test_what_is_typed_can_be_said(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    token = issue(api, provider="bamboohr")["token"]
    stackone_sandbox.finish(token, credentials={"subdomain": "globex", "api_key": "secret"})
    (account,) = stackone_sandbox.accounts
    assert account["setup_information"] == {"subdomain": "globex"}


def test_what_is_typed_can_be_wrong(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    token = issue(api, provider="bamboohr")["token"]
    with pytest.raises(HubRefusedError, match="API key is required") as refused:
        stackone_sandbox.finish(token, credentials={"subdomain": "globex"})
    assert refused.value.status == 400
    assert stackone_sandbox.accounts == []


def test_a_second_visit_edits_the_account(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    first = stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    for asked in ({"provider": "bamboohr"}, {"account_id": first}):
        session = issue(api, **asked)
        assert stackone_sandbox.finish(session["token"]) == first
        assert api.complete(session["id"], first).json()["outcome"] == "update"


def test_an_oauth_account_can_be_edited_too(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    first = stackone_sandbox.finish(issue(api, provider="googledrive")["token"])
    again = issue(api, provider="googledrive")["token"]
    assert stackone_sandbox.finish(again, credentials={}) == first


def test_a_denied_consent_shows_on_the_session(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    session = issue(api, provider="gusto")
    stackone_sandbox.deny(session["token"])
    assert stackone_sandbox.accounts == []
    row = ConnectSession.objects.get(pk=session["id"])
    attempt = clients.current("default").latest_attempt(row.stackone_id, deadline=Deadline(1))
    assert attempt is not None
    assert (attempt.status, attempt.code) == ("error", "access_denied")


def test_a_form_can_not_be_denied(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    with pytest.raises(ValueError, match="BambooHR has a form"):
        stackone_sandbox.deny(issue(api, provider="bamboohr")["token"])


def test_where_there_is_a_choice_it_must_be_made(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    token = issue(api)["token"]
    with pytest.raises(ValueError, match="Pass a provider: bamboohr, gusto"):
        stackone_sandbox.finish(token)
    with pytest.raises(ValueError, match="nobody is not available here"):
        stackone_sandbox.finish(token, provider="nobody")


def test_an_expired_token_is_refused_in_the_hub(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    token = issue(api, provider="bamboohr")["token"]
    stackone_sandbox.expire_token(token)
    with pytest.raises(HubRefusedError) as refused:
        stackone_sandbox.finish(token)
    assert refused.value.status == 401
    assert token not in str(refused.value)


def test_an_incomplete_consent_form_is_refused(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    token = issue(api, provider="googledrive")["token"]
    with pytest.raises(HubRefusedError, match="Workspace domain is required"):
        stackone_sandbox.finish(token, credentials={})


# --- Webhooks ------------------------------------------------------------------------------------


def test_a_webhook_closes_the_session_when_the_browser_never_came_back(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    session = issue(api, provider="bamboohr")
    account_id = stackone_sandbox.finish(session["token"])
    (answer,) = stackone_sandbox.deliver()
    assert answer.json() == {"status": "accepted"}
    assert LinkedAccount.objects.get().account_id == account_id
    assert api.get(f"connect-sessions/{session['id']}/").json()["status"] == "completed"
    assert stackone_sandbox.deliver() == []


def test_webhooks_can_come_twice(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    statuses = [answer.json()["status"] for answer in stackone_sandbox.deliver(duplicated=True)]
    assert statuses == ["accepted", "accepted", "duplicate", "duplicate"]


def test_webhooks_can_come_in_the_wrong_order(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    account_id = stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    stackone_sandbox.delete_account(account_id)
    assert len(stackone_sandbox.deliver(reordered=True)) == 2
    events = WebhookEvent.objects.order_by("pk").values_list("event", flat=True)
    assert list(events) == ["account.deleted", "account.created"]
    assert accounts.linked_accounts(organization=organization_of(api)).count() == 0


def organization_of(api: Api) -> Any:
    return User.objects.get(pk=api.http.session["_auth_user_id"]).organization


def test_forged_webhooks_are_refused_and_the_true_ones_still_come(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    (refused,) = stackone_sandbox.deliver(forged=True)
    assert code(refused) == (401, "invalid_signature")
    assert not WebhookEvent.objects.exists()
    (taken,) = stackone_sandbox.deliver()
    assert taken.json() == {"status": "accepted"}


def test_a_webhook_that_the_host_could_not_take_comes_again(
    api: Api, stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    ours = settings.STACKONE_CONNECT
    settings.STACKONE_CONNECT = {**ours, "WEBHOOK_SECRETS": []}
    assert [answer.status_code for answer in stackone_sandbox.deliver()] == [404]
    settings.STACKONE_CONNECT = ours
    assert [answer.status_code for answer in stackone_sandbox.deliver()] == [200]


@pytest.mark.parametrize(("fault", "arrive"), [("lost", 1), ("duplicated", 3), ("late", 2)])
def test_a_webhook_can_go_astray_by_itself(
    api: Api, stackone_sandbox: StackOneSandbox, fault: str, arrive: int
) -> None:
    stackone_sandbox.fail(fault)
    account_id = stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    stackone_sandbox.set_account_status(account_id, "error", "The key was revoked.")
    assert len(stackone_sandbox.deliver()) == arrive


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_behind_a_tests_back(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    """Where commits are real, the sandbox's worker would send by itself."""
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    assert not WebhookEvent.objects.exists()
    assert len(stackone_sandbox.deliver()) == 1


def test_a_host_without_the_webhooks_address_is_told(
    api: Api, stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    settings.ROOT_URLCONF = "stackone_connect.api.urls"
    with pytest.raises(ImproperlyConfigured, match="'webhooks' of stackone_connect is not in"):
        stackone_sandbox.deliver()


# --- What goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        ({"status": 500}, (503, "stackone_unavailable")),
        ({"status": 503}, (503, "stackone_unavailable")),
        ({"kind": "rate_limited", "seconds": 3}, (503, "stackone_rate_limited")),
        ({"status": 400}, (422, "stackone_rejected")),
        ({"status": 401}, (502, "stackone_misconfigured")),
        ({"kind": "reset"}, (503, "stackone_unavailable")),
        ({"kind": "hang"}, (503, "stackone_unavailable")),
        ({"kind": "lost_answer"}, (503, "stackone_unavailable")),
        ({"kind": "malformed"}, (502, "stackone_bad_answer")),
    ],
    ids=str,
)
def test_a_fault_of_stackones_is_answered_as_in_production(
    api: Api, stackone_sandbox: StackOneSandbox, fault: Any, answered: Any
) -> None:
    stackone_sandbox.fail(**fault)
    refused = api.issue(provider="bamboohr")
    assert code(refused) == answered
    if fault.get("kind") == "rate_limited":
        assert refused.headers["Retry-After"] == "3"
    stackone_sandbox.recover()
    assert api.issue(provider="bamboohr").status_code == 201


def test_a_single_failure_is_tried_again_without_waiting(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    issue(api, provider="bamboohr")
    before = len(stackone_sandbox.calls)
    stackone_sandbox.fail("rate_limited", seconds=11, times=2)
    issue(api, provider="bamboohr")
    assert [call.path for call in stackone_sandbox.calls[before:]] == ["/connect_sessions"] * 3


def test_a_fault_can_be_for_one_kind_of_call(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    session = issue(api, provider="bamboohr")
    account_id = stackone_sandbox.finish(session["token"])
    stackone_sandbox.fail(status=503, method="GET", prefix="accounts")
    assert code(api.complete(session["id"], account_id)) == (503, "stackone_unavailable")
    issue(api, provider="bamboohr")


def test_a_fault_meets_the_hub_too(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    token = issue(api, provider="bamboohr")["token"]
    stackone_sandbox.fail(target="hub", status=503)
    with pytest.raises(HubRefusedError, match="503: no JSON"):
        stackone_sandbox.finish(token)


def test_a_fault_that_nobody_knows_is_refused(stackone_sandbox: StackOneSandbox) -> None:
    with pytest.raises(ValueError, match="'nonsense' is none of"):
        stackone_sandbox.fail("nonsense")


def test_todays_contract_can_drift(api: Api, stackone_sandbox: StackOneSandbox) -> None:
    stackone_sandbox.fail("wrapped_list")
    stackone_sandbox.fail("unknown_fields")
    issue(api, provider="bamboohr")


def test_an_account_that_breaks_needs_to_be_reconnected(
    api: Api, stackone_sandbox: StackOneSandbox
) -> None:
    account_id = stackone_sandbox.finish(issue(api, provider="bamboohr")["token"])
    stackone_sandbox.set_account_status(account_id, "error", "The key was revoked.")
    stackone_sandbox.deliver()
    account = api.get(f"accounts/{account_id}/").json()
    assert account["needs_reconnect"] is True


# --- Where it stands in ---------------------------------------------------------------------------


def test_the_hosts_own_key_and_address_are_never_used(
    stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    assert settings.STACKONE_CONNECT["ORGANIZATION_MODEL"] == "accounts.Organization"
    assert settings.STACKONE_CONNECT["BASE_URL"] == "https://stackone.sandbox.test"


def test_a_wrong_key_is_refused_by_the_sandbox(
    api: Api, stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, "API_KEY": "another-key"}
    assert code(api.issue()) == (502, "stackone_misconfigured")


def test_the_host_need_not_mount_the_sandbox_and_may_mount_us_apart(
    member: User, stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    settings.ROOT_URLCONF = mounted(
        path("api/", include([path("v1/stackone/", include("stackone_connect.api.urls"))])),
        path("hooks/", include("stackone_connect.webhooks.urls")),
    )
    browser = Client()
    browser.force_login(member)
    asked = browser.post(
        "/api/v1/stackone/connect-sessions/", {}, content_type="application/json", secure=True
    )
    account_id = stackone_sandbox.finish(asked.json()["token"], provider="gusto")
    (answer,) = stackone_sandbox.deliver()
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/hooks/webhooks/")
    assert browser.get(f"/api/v1/stackone/accounts/{account_id}/").status_code == 200


@pytest.mark.django_db
def test_other_test_runners_have_a_context_manager(member: User) -> None:
    assert member.organization is not None
    with sandboxed() as sandbox:
        issued = sessions.issue(organization=member.organization, user=member, provider="gusto")
        sandbox.finish(issued.token)
        assert len(sandbox.deliver()) == 1
    current: Any = clients.current("default")
    assert current._transport.base_url == "https://api.stackone.test"


def test_where_the_sandbox_is_not_installed_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: False)
    with pytest.raises(ImproperlyConfigured, match=r'INSTALLED_APPS \+= \["stackone_connect.san'):
        require_installed()
