"""A browser that asks our API, through Django's WSGI or ASGI handler."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

CSRF_TOKEN = "a" * 32
JSON = "application/json"
EVENT_DATE = "2026-01-31T12:00:00Z"


@dataclass(frozen=True)
class Answer:
    """What came back, as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Browser:
    """Cookies and headers of one person. Addresses are below ``mount``, without a prefix."""

    def __init__(
        self, client: Client, *, headers: Mapping[str, str], server: str, mount: str
    ) -> None:
        self.client = client
        self.mount = mount
        self.headers = dict(headers)
        self._send = self._through_asgi if server == "asgi" else self._through_wsgi

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, data: object = None, **headers: str) -> Answer:
        return self.request("POST", path, json.dumps({} if data is None else data), headers=headers)

    def webhook(self, event: str, account_id: str, *, signature: str = "") -> Answer:
        """StackOne says that something happened; signed as StackOne does (StackOne notes §4.3)."""
        body = json.dumps({"event": event, "account_id": account_id, "event_date": EVENT_DATE})
        [secret] = settings.STACKONE_CONNECT["WEBHOOK_SECRETS"]
        digest = hmac.digest(secret.encode(), body.encode(), "sha256")
        signed = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        headers = {"X-StackOne-Signature": signature or signed}
        return self.request("POST", "webhooks/", body, headers=headers)

    def page(self, address: str) -> Answer:
        """One of the host's pages, by the address that ``reverse`` gave."""
        return self._send("GET", address.removeprefix(settings.FORCE_SCRIPT_NAME or ""), b"", {})

    def request(
        self,
        method: str,
        path: str,
        body: str = "",
        *,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send it with this person's headers; those given here win."""
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        sent = {**self.headers, **named}
        if body:
            sent["Content-Type"] = media_type
        return self._send(method, f"{self.mount}{path}", body.encode(), sent)

    def _through_wsgi(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        response = self.client.generic(
            method,
            address,
            body,
            content_type=headers.get("Content-Type", ""),
            headers={k: v for k, v in headers.items() if k != "Content-Type"},
        )
        named = {name.title(): value for name, value in response.headers.items()}
        for name in ("Server-Timing", "Djdt-Request-Id"):
            named.pop(name, None)  # a debug toolbar's, never twice the same
        return Answer(response.status_code, named, response.content)

    def _through_asgi(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        cookies = "; ".join(f"{name}={c.value}" for name, c in self.client.cookies.items())
        length = {"Content-Length": str(len(body))} if body else {}
        sent = {"Host": "testserver", "Cookie": cookies, **length, **headers}
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": quote(path, safe="/%").encode(),
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
        }
        return async_to_sync(_exchange)(scope, body)


async def _exchange(scope: dict[str, Any], body: bytes) -> Answer:
    """One request by the ASGI protocol. In one task, so that views share the test's transaction."""
    sent: list[Mapping[str, Any]] = []
    received = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        if not received:
            await asyncio.Event().wait()  # nobody hangs up
        return received.pop()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await ASGIHandler()(scope, receive, send)
    start, *parts = sent
    headers = {name.decode().title(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))
