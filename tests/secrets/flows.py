"""The flows that handle secrets, each from where a web server or a shell starts it."""

from __future__ import annotations

import base64
import io
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import resolve

from stackone_connect import conf
from stackone_connect.services import sync
from tests.client.servers import ACCOUNT, message, read_request
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    UserFactory,
    organization_of,
)
from tests.webhooks.deliveries import event_body, signature_of

KEY = "v1.eu1.the-api-key-canary"
TOKEN = "the-session-token-canary"
SECRET = "whsec-the-signing-secret-canary"
TRIGGER = "the-external-trigger-token-canary"
PAYLOAD = "the-payload-canary"
LINK = "https://connect.stackone.test/embedded?token=the-link-canary"

#: What no report may show, by what it is.
SECRETS = {
    "API key": KEY,
    "Basic header": base64.b64encode(f"{KEY}:".encode()).decode().rstrip("=")[:-2],
    "token": TOKEN,
    "auth link": "the-link-canary",
    "webhook secret": SECRET,
    "external trigger token": TRIGGER,
    "webhook payload": PAYLOAD,
}

SETTINGS = {
    "API_KEY": KEY,
    "WEBHOOK_SECRETS": ["whsec-another-signing-secret-canary", SECRET],
    "EXPOSE_AUTH_LINK": True,
    "SESSION_DEFAULTS": lambda organization, user: {"external_trigger_token": TRIGGER},
}

Flow = Callable[[], Any]


def stackone(connection: socket.socket) -> None:
    """StackOne, as far as these flows ask it, on one connection."""
    while True:
        line, _, body = read_request(connection)
        path = line.split()[1]
        number = "".join(filter(str.isdigit, path.partition("?")[0]))
        answer: Any = {**ACCOUNT, "id": f"linked-{number}", "origin_owner_id": f"owner-{number}"}
        if path.startswith("/accounts?"):
            answer = [{**answer, "notes": [TOKEN]}] if "page=1&" in f"{path}&" else []
        elif path == "/connect_sessions":
            answer = {"id": 7, "token": TOKEN, "auth_link_url": LINK}
        elif path.startswith("/connect_sessions/"):
            answer = {"id": 7, "token": TOKEN, "latest_connection_attempt": None}
        connection.sendall(message(201 if body else 200, json.dumps(answer).encode()))


class Flows:
    """A new organization with an account and a session, and what is done for it."""

    def __init__(self) -> None:
        self.member = UserFactory.create()
        number = organization_of(self.member).pk
        self.owner = OwnerFactory.create(
            organization=self.member.organization, origin_owner_id=f"owner-{number}"
        )
        self.account_id = f"linked-{number}"
        AccountFactory.create(owner=self.owner, account_id=self.account_id)
        self.session = SessionFactory.create(owner=self.owner)

    def issue(self) -> Flow:
        return self._request("post", "connect-sessions/", {"provider": "bamboohr"})

    def complete(self) -> Flow:
        address = f"connect-sessions/{self.session.pk}/complete/"
        return self._request("post", address, {"account_id": self.account_id})

    def disconnect(self) -> Flow:
        return self._request("delete", f"accounts/{self.account_id}/")

    def webhook(self) -> Flow:
        return self._delivery(self._event(setup_information={"password": PAYLOAD}))

    def webhook_without_a_date(self) -> Flow:
        return self._delivery(
            self._event(event_date=None, setup_information={"password": [PAYLOAD]}, note=PAYLOAD)
        )

    def webhook_of_another_kind(self) -> Flow:
        return self._delivery(self._event(event="hris.created", note=PAYLOAD, notes=[PAYLOAD]))

    def webhook_that_is_no_event(self) -> Flow:
        return self._delivery(json.dumps([PAYLOAD, {"note": PAYLOAD}]).encode())

    def webhook_that_is_no_json(self) -> Flow:
        return self._delivery(b'{"event": "account.created", "note": "' + PAYLOAD.encode())

    def webhook_without_signature(self) -> Flow:
        return self._delivery(self._event(note=PAYLOAD), signature="forged")

    def sync(self) -> Flow:
        organization = organization_of(self.member)
        return lambda: sync.sync_organization(organization=organization)

    def sync_all(self) -> Flow:
        return lambda: sync.sync_all(force=False)

    def doctor(self) -> Flow:
        def examine() -> None:
            with suppress(CommandError):  # it finds that these settings are a test's
                call_command("stackone_doctor", stdout=io.StringIO())

        return examine

    def link(self) -> Flow:
        pk = str(organization_of(self.member).pk)
        return lambda: call_command(
            "stackone_connect_session", organization=pk, stdout=io.StringIO()
        )

    def _event(self, **fields: Any) -> bytes:
        return event_body(account_id=self.account_id, **fields)

    def _delivery(self, body: bytes, signature: str = "") -> Flow:
        signed = signature or signature_of(body, SECRET)
        return self._request("post", "webhooks/", body, {"x-stackone-signature": signed})

    def _request(self, method: str, address: str, body: Any = None, headers: Any = None) -> Flow:
        path = f"/api/stackone/{address}"
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        request: Any = RequestFactory().generic(
            method.upper(), path, sent, content_type="application/json", headers=headers
        )
        request.user = self.member
        request._dont_enforce_csrf_checks = True
        match = resolve(path)
        view, captured = match.func, match.kwargs
        return lambda: _served(view, request, captured)


def _served(view: Any, request: Any, captured: Any) -> int:
    """As a web server has a request answered, to the closing of the answer."""
    response = view(request, **captured)
    if hasattr(response, "render"):
        response.render()
    for _ in response:
        pass
    response.close()
    return int(response.status_code)


def problems() -> None:
    """The settings, looked at for all that is wrong."""
    conf.problems()


NAMES = [name for name in vars(Flows) if not name.startswith("_")]
