"""StackOne's webhooks as they come over the wire (StackOne notes §4.2, §4.3)."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from stackone_connect.models import WebhookEvent
from stackone_connect.services import events

ADDRESS = "/api/stackone/webhooks/"
SECRET = "the-webhook-secret"


def signature_of(body: bytes, secret: str = SECRET) -> str:
    """As StackOne's own sample computes it, apart from the code under test."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().replace("=", "")


def event_body(
    event: str = "account.created", account_id: str | None = "linked-1", **fields: Any
) -> bytes:
    """The body of an account event; ``None`` leaves a field out."""
    values = {
        "project_id": "project-1",
        "event": event,
        "event_date": "2026-01-31T12:00:00.000Z",
        "record_type": "account",
        "record_id": account_id,
        "sent_at": "2026-01-31T12:00:01.000Z",
        "account_id": account_id,
        "provider": "bamboohr",
        **fields,
    }
    return json.dumps({k: v for k, v in values.items() if v is not None}).encode()


def receive(event: str = "account.created", account_id: str = "linked-1", **fields: Any) -> int:
    """Take an event in without processing it; its row's key."""
    body = event_body(event, account_id, **fields)
    received = events.receive(body=body, signature_header=signature_of(body))
    assert received.event_id is not None
    return received.event_id


def row(event_id: int) -> WebhookEvent:
    return WebhookEvent.objects.get(pk=event_id)


@dataclass
class StackOneDelivers:
    """StackOne at our webhook's address."""

    http: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def post(self, body: bytes, signature: str | None = None, **options: Any) -> Any:
        """A POST with this body, rightly signed unless told otherwise."""
        headers = {"x-stackone-signature": signature_of(body) if signature is None else signature}
        return self.http.post(
            ADDRESS, body, content_type="application/json", headers=headers, **options
        )

    def event(self, *args: Any, **fields: Any) -> Any:
        return self.post(event_body(*args, **fields))


def said(answer: Any) -> tuple[int, str]:
    """An answer's status and word: it is JSON whatever happened."""
    assert answer.headers["Content-Type"] == "application/json"
    told = json.loads(answer.content)
    return answer.status_code, told.get("status") or told["code"]
