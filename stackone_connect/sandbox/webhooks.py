"""Webhooks: who is told, with what, and signed by which secret (contract §4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from stackone_connect.sandbox import conf, courier, shapes
from stackone_connect.sandbox.models import Account, Delivery, Webhook
from stackone_connect.sandbox.times import iso

CREATED, UPDATED, DELETED = EVENTS = ("account.created", "account.updated", "account.deleted")


def sign(body: bytes, secret: str) -> str:
    """``x-stackone-signature``: HMAC-SHA256 in URL-safe base64 without padding (contract §4.3)."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def targets() -> list[conf.Target]:
    """Everyone who is told: the settings' and the rows', each address once."""
    rows = [conf.Target(row.url, secrets_of(row)) for row in Webhook.objects.all()]
    by_url = {target.url: target for target in (*rows, *conf.webhooks())}
    return list(by_url.values())


def secrets_of(webhook: Webhook) -> tuple[str, ...]:
    """Derived, not stored: they change with the host's ``SECRET_KEY``."""
    return tuple(
        salted_hmac("stackone_sandbox.webhook", key, algorithm="sha256").hexdigest()
        for key in webhook.keys
    )


def new_key() -> str:
    return secrets.token_hex(16)


def tell(event: str, account: Account) -> None:
    """Note what is to be sent to whom; it goes out once the change is committed.

    To be called inside the transaction that changes the account, after its first write.
    """
    payload = _payload(event, account)
    _note([Delivery(url=target.url, **_about(payload)) for target in targets()])


def _note(deliveries: list[Delivery]) -> None:
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        transaction.on_commit(courier.wake)


def _about(payload: dict[str, Any]) -> dict[str, Any]:
    return {"event": payload["event"], "account_id": payload["account_id"], "payload": payload}


def _payload(event: str, account: Account) -> dict[str, Any]:
    """Contract §4.2 but for ``sent_at``; the setup holds no secret."""
    happened_at = timezone.now() if event == DELETED else account.updated_at
    return {
        "project_id": shapes.PROJECT_ID,
        "event": event,
        "event_date": iso(happened_at),
        "record_type": "account",
        "record_id": account.pk,
        "account_id": account.pk,
        "provider": account.provider,
        "origin_owner_id": account.origin_owner_id,
        "origin_owner_name": account.origin_owner_name,
        "origin_username": account.origin_username or None,
        "setup_information": account.setup,
    }
