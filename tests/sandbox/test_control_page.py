"""The control page, without its script: what it shows, what its buttons do, who may press them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from stackone_connect.sandbox import control, faults
from stackone_connect.sandbox.control_page import SWITCHES, VERBS
from stackone_connect.sandbox.models import Account, ConnectSession, Delivery, Fault, Webhook
from tests.sandbox.conftest import BAMBOO, OWNER, Browser, Receiver, Server


class Page:
    """A person before the control page, with a browser that keeps the cookie."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    @property
    def text(self) -> str:
        return self.client.get("/sandbox/").content.decode()

    @property
    def armed(self) -> str:
        """What is said of the faults that are armed."""
        part = self.text.partition('data-live="faults"')[2].partition("<h3 id=")[0]
        return re.sub(r"<[^>]+>", "", part)

    def press(self, button: str, **fields: str) -> Any:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        assert found
        fields = {"csrfmiddlewaretoken": found[1], "do": button} | fields
        return self.client.post("/sandbox/", fields, follow=True)


@pytest.fixture
def page(db: None) -> Page:
    return Page()


def test_it_shows_what_the_sandbox_holds_and_no_secret(
    page: Page, server: Server, receiver: Receiver
) -> None:
    made = server.session(origin_owner_name="<b>Acme</b>", label="Europe")
    Browser(made["token"]).connect()
    control.deliver_due()
    secret = control.add_webhook("http://127.0.0.1:9/hooks?token=in-the-address")
    control.set_fault("hang", prefix="accounts/", method="GET")
    text = page.text
    for shown in (
        Account.objects.get().pk,
        "bamboohr · Europe",
        "&lt;b&gt;Acme&lt;/b&gt;",
        f"expire-session:{made['id']}",
        "account.created",
        receiver.url,
        "http://127.0.0.1:9/hooks</code>",
        "GET /accounts/",
    ):
        assert shown in text
    for hidden in (made["token"], secret, "first-secret", "in-the-address", BAMBOO["api_key"]):
        assert hidden not in text


def test_it_has_no_inline_script_or_style(page: Page, browser: Any, settings: Settings) -> None:
    # Else the example, whose split screen shows the page, would allow its own frames.
    settings.USE_SANDBOX = False
    browser().connect()
    text = page.text
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
    answer = page.client.get("/sandbox/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_empty_sandbox_says_what_will_be_there(page: Page) -> None:
    for sentence in ("No accounts yet", "No connect sessions yet", "No webhook addresses"):
        assert sentence in page.text


def test_numbers_are_not_written_as_the_country_does(page: Page, settings: Settings) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    settings.LANGUAGE_CODE = "de"
    session = Server().session()
    ConnectSession.objects.filter(pk=session["id"]).update(id=1234567)
    assert "expire-session:1234567" in page.text


def test_only_its_own_forms_can_press_a_button(page: Page, browser: Any) -> None:
    browser().connect()
    refused = page.client.post("/sandbox/", {"do": "reset"})
    assert refused.status_code == 403
    assert Account.objects.exists()


def test_it_is_only_where_the_sandbox_is(settings: Settings) -> None:
    settings.STACKONE_SANDBOX = {}
    client = Client(enforce_csrf_checks=True)
    assert client.get("/sandbox/").status_code == 404
    assert client.post("/sandbox/", {"do": "reset"}).status_code == 404


def test_it_works_while_everything_else_fails(page: Page) -> None:
    control.set_fault("error", target="any", times=0)
    assert "Remove all faults" in page.text
    page.press("clear-faults")
    assert not Fault.objects.exists()


def test_every_button_has_its_verb(page: Page, browser: Any, receiver: Receiver) -> None:
    browser(type="test").connect()
    control.set_account_status(Account.objects.get().pk, "error")
    browser(type="test", origin_owner_id="org-2").connect()
    control.add_webhook("http://127.0.0.1:9/hooks")
    control.set_fault("reset")
    verbs = {value.split(":")[0] for value in re.findall(r'name="do" value="([^"]+)"', page.text)}
    assert verbs == {*VERBS, "set-fault"}


def test_the_buttons_of_an_account(page: Page, browser: Any, receiver: Receiver) -> None:
    account_id = browser().connect().json()["id"]

    def status() -> str:
        return str(Account.objects.get().status)

    for button, becomes in (
        ("break-account", "error"),
        ("repair-account", "active"),
        ("expire-account", "expired"),
    ):
        done = page.press(f"{button}:{account_id}")
        assert "Done." in done.content.decode()
        assert status() == becomes
    page.press(f"forge-webhook:{account_id}")
    assert Delivery.objects.filter(forged=True).exists()
    page.press(f"delete-account:{account_id}")
    assert not Account.objects.exists()
    again = page.press(f"delete-account:{account_id}")
    assert "no longer exists" in again.content.decode()


def test_the_buttons_of_sessions_webhooks_and_deliveries(
    page: Page, server: Server, receiver: Receiver
) -> None:
    made = server.session()
    session = Browser(made["token"])
    session.connect()
    control.deliver_due()
    page.press(f"repeat-delivery:{Delivery.objects.get().pk}")
    assert Delivery.objects.get().state == "waiting"
    page.press(f"expire-session:{made['id']}")
    assert session.call("GET", "hub/settings").status_code == 401
    control.add_webhook("http://127.0.0.1:9/hooks")
    page.press(f"remove-webhook:{Webhook.objects.get().pk}")
    assert not Webhook.objects.exists()
    page.press("reset")
    assert not ConnectSession.objects.exists()


def test_a_switch_is_for_the_next_connect_session(page: Page, server: Server) -> None:
    """A page that reads its list again in between must not take the fault away."""
    page.press("switch:429")
    assert server.call("GET", "accounts").status_code == 200
    refused = server.call("POST", "connect_sessions", OWNER)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
    assert server.call("POST", "connect_sessions", OWNER).status_code == 201


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_arms_a_fault_and_the_page_says_which_and_for_what(
    page: Page, switch: str
) -> None:
    with time_machine.travel("2026-03-01 09:30:00+00:00", tick=False):
        page.press(f"switch:{switch}", times="3")
        [fault] = Fault.objects.all()
        armed = page.armed
    assert (fault.method, fault.prefix, fault.remaining) == ("POST", "connect_sessions$", 3)
    assert faults.label_of(fault) in armed
    assert "POST /connect_sessions" in armed
    assert "the next 3 · since 2026-03-01 09:30:00" in armed


def test_a_switch_can_be_aimed_at_other_calls(page: Page, server: Server, browser: Any) -> None:
    page.press("switch:404", target="accounts", times="0")
    assert "any call of /accounts" in page.armed
    assert "until removed" in page.armed
    assert server.call("POST", "connect_sessions", OWNER).status_code == 201
    assert [server.call("GET", "accounts").status_code for _ in range(2)] == [404, 404]
    page.press("clear-faults")
    page.press("switch:500", target="hub")
    hub = browser()
    assert [hub.call("GET", "hub/settings").status_code for _ in range(2)] == [500, 200]


def test_it_says_what_day_it_is(page: Page, server: Server) -> None:
    with time_machine.travel("2026-03-01 09:30:00+00:00", tick=False):
        server.session()
        text = page.text
    assert ">2026-03-01 09:30:00 UTC</time>" in text
    assert text.count(">2026-03-01 09:30:00</time>") == 1
    assert ">2026-03-01 10:00:00</time>" in text, "when the token ends"


def test_the_fault_switches(page: Page, server: Server) -> None:
    pressed = 'value="toggle:organization_id_number" aria-pressed="{}"'
    assert pressed.format("false") in page.text
    page.press("toggle:organization_id_number")
    assert pressed.format("true") in page.text
    assert server.session()["organization_id"] == 1001
    page.press(f"clear-fault:{Fault.objects.get().pk}")
    assert server.session()["organization_id"] == "1001"


def test_a_fault_can_be_chosen_exactly(page: Page) -> None:
    page.press(
        "set-fault",
        kind="error",
        method="POST",
        prefix="/connect_sessions",
        times="3",
        seconds="1.5",
        status="503",
    )
    fault = Fault.objects.get()
    assert (str(fault), fault.remaining) == ("error for POST connect_sessions", 3)
    assert (fault.seconds, fault.status) == (1.5, 503)


@pytest.mark.parametrize(
    ("button", "fields"),
    [
        ("nonsense", {}),
        ("fault:nonsense", {}),
        ("switch:nonsense", {}),
        ("switch:500", {"target": "nonsense"}),
        ("switch:500", {"times": "often"}),
        ("set-fault", {"kind": "lost", "method": "GET"}),
        ("expire-session:x", {}),
        ("remove-webhook:x", {}),
        ("set-fault", {"kind": "error", "status": "200"}),
        ("set-fault", {"kind": "hang", "seconds": "nan"}),
        ("set-fault", {"kind": "hang", "seconds": "soon"}),
        ("set-fault", {"kind": "error", "prefix": "/\0"}),
        ("move-account:1", {"origin_owner_name": "\0"}),
        ("break-account:\0", {}),
        ("", {}),
    ],
)
def test_what_cannot_be_meant_is_refused_and_said(
    page: Page, button: str, fields: dict[str, str]
) -> None:
    refused = page.press(button, **fields)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.content.decode()
    assert not Fault.objects.exists()
