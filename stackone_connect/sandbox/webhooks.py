"""Webhooks: who is told, with what, and signed by which secret (contract §4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from stackone_connect.sandbox import conf, courier, faults, shapes
from stackone_connect.sandbox.models import Account, Delivery, Fault, Webhook
from stackone_connect.sandbox.times import iso

#: Seconds that an event is kept back for another to overtake it.
LONGEST_HOLD = 60.0
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
    told = targets()
    if told:
        fault = faults.take(faults.WEBHOOKS, event)
        _note(told, _payload(event, account), fault)


def forge(event: str, account: Account) -> None:
    """An event that did not happen, signed with a secret that nobody has."""
    _note(targets(), _payload(event, account), Fault(kind="forged"))


def _note(told: list[conf.Target], payload: dict[str, Any], fault: Fault | None) -> None:
    now = timezone.now()
    kind, wait = (fault.kind, fault.seconds or 0.0) if fault else ("", 0.0)
    if kind == "reordered":
        wait = LONGEST_HOLD
    else:
        # What was kept back goes right after this.
        Delivery.objects.filter(held=True).update(
            held=False, next_attempt_at=now + timedelta(microseconds=1)
        )
    Delivery.objects.bulk_create(
        Delivery(
            event=payload["event"],
            account_id=payload["account_id"],
            url=target.url,
            payload=payload,
            state=Delivery.State.LOST if kind == "lost" else Delivery.State.WAITING,
            forged=kind == "forged",
            held=kind == "reordered",
            next_attempt_at=now + timedelta(seconds=wait),
        )
        for target in told
        for _ in range(2 if kind == "duplicated" else 1)
    )
    transaction.on_commit(courier.wake)


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
