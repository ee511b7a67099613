"""Webhooks out: what is told to whom, signed how, tried how often, and what is noted of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from stackone_connect.sandbox import control, linking, sender, worker
from stackone_connect.sandbox.models import Account, Delivery, Webhook
from stackone_connect.sandbox.sender import sign
from tests.sandbox.conftest import BAMBOO, Receiver, Server

#: StackOne notes §4.3, computed elsewhere.
VECTOR_BODY = b'{"event":"account.created","account_id":"GnQoASvosYhE5wJcmmAQs"}'
VECTOR = "EQxjXguTB70HeglHEHMIlBBhBLniLpjDXQ5tFLURm6U"


def run(*words: str) -> None:
    call_command("stackone_sandbox", *words, stdout=None)


def test_the_signature_is_the_one_computed_elsewhere() -> None:
    assert sign(VECTOR_BODY, "test-secret") == VECTOR


def test_a_connected_account_is_told_in_stackones_words(
    browser: Any, receiver: Receiver, server: Server
) -> None:
    account_id = browser(origin_username="jo@acme.example").connect().json()["id"]
    assert control.deliver_due() == 1
    [request], [event] = receiver.arrived, receiver.events
    sent_at = datetime.fromisoformat(event.pop("sent_at"))
    assert abs(datetime.now(UTC) - sent_at) < timedelta(seconds=30)
    assert event == {
        "project_id": "sandbox-project",
        "event": "account.created",
        "event_date": server.accounts()[0]["created_at"],
        "record_type": "account",
        "record_id": account_id,
        "account_id": account_id,
        "provider": "bamboohr",
        "origin_owner_id": "org-1",
        "origin_owner_name": "Acme Inc",
        "origin_username": "jo@acme.example",
        "setup_information": {"subdomain": "acme"},
    }
    assert request.content_type == "application/json"
    assert request.headers["x-stackone-signature"] == sign(request.get_data(), "first-secret")
    assert BAMBOO["api_key"].encode() not in request.get_data()


def created(browser: Any) -> str:
    account_id = str(browser().connect().json()["id"])
    control.deliver_due()
    return account_id


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (lambda server, browser, account: browser().connect(), "account.updated"),
        (
            lambda server, browser, account: browser(account_id=account).call(
                "PATCH", f"hub/accounts/{account}", {"credentials": {"subdomain": "new"}}
            ),
            "account.updated",
        ),
        (
            lambda server, browser, account: server.call(
                "PATCH", f"accounts/{account}", {"label": "Europe"}
            ),
            "account.updated",
        ),
        (
            lambda server, browser, account: control.set_account_status(account, "error"),
            "account.updated",
        ),
        (
            lambda server, browser, account: server.call("DELETE", f"accounts/{account}"),
            "account.deleted",
        ),
        (lambda server, browser, account: control.delete_account(account), "account.deleted"),
    ],
    ids=["connected again", "edited in the hub", "patched", "broken", "deleted", "dashboard"],
)
def test_every_change_of_an_account_is_told_once(
    server: Server, browser: Any, receiver: Receiver, change: Any, event: str
) -> None:
    account_id = created(browser)
    change(server, browser, account_id)
    control.deliver_due()
    assert receiver.names == ["account.created", event]
    assert receiver.events[1]["event_date"] > receiver.events[0]["event_date"]


def test_an_oauth_connection_is_told_too(browser: Any, receiver: Receiver) -> None:
    session = browser()
    page = session.popup("gusto", session.attempt())
    session.answer(page, "allow")
    control.deliver_due()
    assert receiver.names == ["account.created"]


def test_what_is_refused_is_not_told(server: Server, browser: Any, receiver: Receiver) -> None:
    account_id = created(browser)
    session = browser(account_id=account_id)
    bad = {"credentials": {"subdomain": "NOT VALID"}}
    assert session.call("PATCH", f"hub/accounts/{account_id}", bad).status_code == 400
    assert server.call("PATCH", f"accounts/{account_id}", {"type": "x"}).status_code == 400
    assert server.call("DELETE", "accounts/unknown").status_code == 404
    assert control.deliver_due() == 0


def test_a_change_that_is_rolled_back_is_not_told(browser: Any, receiver: Receiver) -> None:
    account_id = created(browser)
    with transaction.atomic():
        linking.delete(Account.objects.get(pk=account_id))
        transaction.set_rollback(True)
    assert control.deliver_due() == 0


def test_every_address_is_told_and_signed_to_with_its_own_secret(
    browser: Any, receiver: Receiver, httpserver: HTTPServer
) -> None:
    other = httpserver.url_for("/other")
    httpserver.expect_request("/other").respond_with_data("")
    secret = control.add_webhook(other)
    browser().connect()
    assert control.deliver_due() == 2
    [(request, _)] = [pair for pair in httpserver.log if pair[0].path == "/other"]
    assert request.headers["x-stackone-signature"] == sign(request.get_data(), secret)
    assert receiver.names == ["account.created"]


def test_a_secret_is_rotated_as_at_stackone(
    browser: Any, httpserver: HTTPServer, settings: Settings
) -> None:
    receiver = Receiver(httpserver, [])
    first = control.add_webhook(receiver.url)
    assert first not in str(list(Webhook.objects.values()))

    def signed_with(secret: str) -> bool:
        browser().connect()
        control.deliver_due()
        request = receiver.arrived[-1]
        return request.headers["x-stackone-signature"] == sign(request.get_data(), secret)

    second = control.add_webhook_secret(receiver.url)
    assert control.webhook_secrets(receiver.url) == (first, second)
    assert signed_with(first)
    with pytest.raises(ValueError, match="at most two"):
        control.add_webhook_secret(receiver.url)
    control.activate_webhook_secret(receiver.url)
    assert signed_with(second)
    control.drop_webhook_secret(receiver.url)
    assert control.webhook_secrets(receiver.url) == (second,)
    with pytest.raises(ValueError, match="one secret only"):
        control.activate_webhook_secret(receiver.url)
    control.remove_webhook(receiver.url)
    browser().connect()
    assert control.deliver_due() == 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "hooks", "http://h/" + "x" * 255, "twice"])
def test_an_address_that_cannot_be_told_is_refused(receiver: Receiver, db: None, url: str) -> None:
    with pytest.raises(ValueError, match=r"begins with|already"):
        control.add_webhook(receiver.url if url == "twice" else url)


@pytest.mark.parametrize("status", [300, 302, 401, 500, 503])
def test_what_is_not_2xx_is_tried_again_later(
    browser: Any, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status, status, 204]
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        browser().connect()
        assert control.deliver_due() == 1
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.status_code, delivery.attempts) == ("waiting", status, 1)
        assert control.deliver_due() == 0
        for wait in (2, 4):
            clock.shift(wait - 0.1)
            assert control.deliver_due() == 0
            clock.shift(0.1)
            assert control.deliver_due() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status_code, delivery.attempts) == ("delivered", 204, 3)
    first, _, last = receiver.events
    assert first["sent_at"] < last["sent_at"]
    assert first["event_date"] == last["event_date"]


def test_it_is_given_up_after_five_attempts(browser: Any, receiver: Receiver) -> None:
    receiver.answers = [500] * 9
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        browser().connect()
        for _ in range(9):
            control.deliver_due()
            clock.shift(60)
    assert len(receiver.arrived) == 5
    assert Delivery.objects.get().state == "failed"


def test_nobody_listening_and_a_webhook_gone_are_noted(settings: Settings, browser: Any) -> None:
    target = {"URL": "http://127.0.0.1:9/hooks?token=in-the-address", "SECRETS": ["secret"]}
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"WEBHOOKS": [target]}
    browser().connect()
    control.deliver_due()
    delivery = Delivery.objects.get()
    assert (delivery.status_code, delivery.problem) == (None, "refused")
    assert str(delivery) == "account.created to http://127.0.0.1:9/hooks: waiting"
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"WEBHOOKS": []}
    Delivery.objects.update(next_attempt_at=delivery.created_at)
    control.deliver_due()
    delivery.refresh_from_db()
    assert delivery.problem == "no longer subscribed"


def test_a_receiver_that_hangs_is_not_waited_for(
    browser: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TIMEOUT", 0.1)
    take = receiver._take
    receiver.http.clear()

    def take_late(request: Request) -> Response:
        time.sleep(0.5)
        return take(request)

    receiver.http.expect_request("/hooks").respond_with_handler(take_late)
    browser().connect()
    control.deliver_due()
    assert Delivery.objects.get().problem == "timed out"


def test_what_another_process_is_sending_is_left_to_it(
    browser: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = []
    send = sender._send

    def while_sending(delivery: Delivery) -> Any:
        inside.append(control.deliver_due())
        return send(delivery)

    monkeypatch.setattr(sender, "_send", while_sending)
    browser().connect()
    assert control.deliver_due() == 1
    assert inside == [0]
    assert len(receiver.arrived) == 1


@pytest.mark.django_db(transaction=True)
def test_it_goes_out_by_itself_once_the_change_is_committed(
    browser: Any, receiver: Receiver
) -> None:
    with transaction.atomic():
        browser().connect()
        assert receiver.arrived == []
    assert worker.wait_until_idle(10)
    browser().connect()
    assert worker.wait_until_idle(10)
    assert receiver.names == ["account.created", "account.updated"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


@pytest.mark.django_db(transaction=True)
def test_the_worker_resumes_after_a_database_that_was_locked(
    browser: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ERROR_WAIT", 0.05)
    deliver, failures = sender.deliver_due, [True, True]

    def sometimes() -> int:
        if failures and failures.pop():
            connection.cursor().execute("SELECT nothing FROM nowhere")
        return deliver()

    monkeypatch.setattr(sender, "deliver_due", sometimes)
    browser().connect()
    assert worker.wait_until_idle(10)
    assert failures == []
    assert receiver.names == ["account.created"]


def test_the_command_adds_turns_and_removes_a_webhook(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://127.0.0.1:9/hooks"
    for does in ("add", "add-secret", "activate-secret"):
        call_command("stackone_sandbox", "webhook", does, url)
    first, second, _ = capsys.readouterr().out.split()
    assert control.webhook_secrets(url) == (second, first)
    with pytest.raises(CommandError, match="at most two"):
        run("webhook", "add-secret", url)
    run("webhook", "drop-secret", url)
    run("webhook", "remove", url)
    with pytest.raises(CommandError, match="No such webhook"):
        run("webhook", "remove", url)


def test_the_command_delivers_and_reset_forgets_deliveries(
    browser: Any, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    browser().connect()
    call_command("stackone_sandbox", "deliver")
    assert capsys.readouterr().out == "1 attempted.\n"
    call_command("stackone_sandbox", "deliveries")
    assert " delivered 200 attempts=1 " in capsys.readouterr().out
    run("reset")
    assert not Delivery.objects.exists()
