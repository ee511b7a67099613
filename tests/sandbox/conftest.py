"""The sandbox as its callers see it: a server with a key, and a browser with a token."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

KEY = "sandbox-key"
OWNER = {"origin_owner_id": "org-1", "origin_owner_name": "Acme Inc"}
BAMBOO = {"subdomain": "acme", "api_key": "bamboo-secret-wxyz"}


def basic(user_and_password: str) -> str:
    return "Basic " + base64.b64encode(user_and_password.encode()).decode()


@dataclass
class Server:
    """The platform API, as a backend calls it."""

    client: Client = field(default_factory=Client)
    authorization: str = basic(f"{KEY}:")

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self.client.generic(
            method,
            f"/sandbox/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": self.authorization},
            query_params=query or None,
        )

    def session(self, **fields: Any) -> Any:
        """The body of a new session; for Acme unless told otherwise."""
        answer = self.call("POST", "connect_sessions", OWNER | fields)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def accounts(self, **query: Any) -> Any:
        return self.call("GET", "accounts", **query).json()


@dataclass
class Browser:
    """The hub in a browser, or a person on the hosted page."""

    token: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self.client.generic(
            method,
            f"/sandbox/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"x-hub-session-token": self.token, "x-hub-version": "1.11.4"},
            query_params=query or None,
        )

    def connect(self, provider: str = "bamboohr", credentials: Any = None) -> Any:
        """What the hub's Connect button sends."""
        given = BAMBOO if credentials is None else credentials
        body = {"integration_id": f"sandbox-{provider}", "credentials": given}
        return self.call("POST", "hub/accounts", body)

    def attempt(self) -> str:
        answer = self.call("POST", "hub/connection_attempts", {"token": self.token})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def popup(self, provider: str, attempt: str, **fields: str) -> Any:
        """The popup's address, as the hub builds it."""
        query = {
            "redirect_uri": "https://app.stackone.test/embedded/accounts/callback",
            "token": self.token,
            "connection_attempt_id": attempt,
        }
        return self.client.get(
            f"/sandbox/connect/oauth2/sandbox-{provider}", query_params=query | fields
        )

    def answer(self, page: Any, decision: str) -> Any:
        """A press on Allow or Deny."""
        data = {"state": page.context["state"], "decision": decision}
        return self.client.post("/sandbox/embedded/accounts/callback", data)


@pytest.fixture
def server(db: None) -> Server:
    return Server()


@pytest.fixture
def browser(server: Server) -> Any:
    """Makes a browser with the token of a session that the fields describe."""

    def make(**fields: Any) -> Browser:
        return Browser(server.session(**fields)["token"])

    return make


class Receiver:
    """A webhook's address that notes what arrives and answers as it is told."""

    def __init__(self, http: HTTPServer, secrets: list[str]) -> None:
        self.http = http
        self.secrets = secrets
        self.url = http.url_for("/hooks")
        self.answers: list[int] = []
        self.arrived: list[Request] = []
        http.expect_request("/hooks", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        request.get_data()
        self.arrived.append(request)
        return Response(status=self.answers.pop(0) if self.answers else 200)

    @property
    def events(self) -> list[Any]:
        return [json.loads(request.get_data()) for request in self.arrived]

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


@pytest.fixture
def receiver(httpserver: HTTPServer, settings: Settings) -> Receiver:
    """It is subscribed by the settings, with two secrets of which the first signs."""
    receiver = Receiver(httpserver, ["first-secret", "second-secret"])
    target = {"URL": receiver.url, "SECRETS": receiver.secrets}
    settings.STACKONE_SANDBOX = settings.STACKONE_SANDBOX | {"WEBHOOKS": [target]}
    return receiver
