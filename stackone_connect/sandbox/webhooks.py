"""Webhook events: their payload, and the deliveries that one event makes (StackOne notes §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from stackone_connect.sandbox import faults, serializers, transactions, worker
from stackone_connect.sandbox.conf import Target
from stackone_connect.sandbox.models import Account, Delivery, Fault
from stackone_connect.sandbox.subscriptions import targets
from stackone_connect.sandbox.times import iso

#: Seconds that a ``reordered`` event waits at most for another to overtake it.
MAX_HOLD = 60.0
CREATED, UPDATED, DELETED = EVENTS = ("account.created", "account.updated", "account.deleted")


def emit(event: str, account: Account) -> None:
    """Queue an event for every subscribed address; it is sent once the change is committed.

    To be called inside the transaction that changes the account, after its first write.
    """
    receivers = targets(account.project)
    if receivers:
        fault = faults.take(faults.WEBHOOKS, event, lambda: account.project)
        _queue(account, receivers, _payload(event, account), fault)


def forge(event: str, account: Account) -> None:
    """Queue an event that did not happen, signed with a secret that no receiver has."""
    _queue(account, targets(account.project), _payload(event, account), Fault(kind="forged"))


def _queue(
    account: Account, receivers: list[Target], payload: dict[str, Any], fault: Fault | None
) -> None:
    now = timezone.now()
    kind, wait = (fault.kind, fault.seconds or 0.0) if fault else ("", 0.0)
    if kind == "reordered":
        wait = MAX_HOLD
    else:
        # An event that was held back is sent right after this one.
        Delivery.objects.filter(held=True, project=account.project).update(
            held=False, next_attempt_at=now + timedelta(microseconds=1)
        )
    Delivery.objects.bulk_create(
        Delivery(
            project=account.project,
            event=payload["event"],
            account_id=payload["account_id"],
            url=target.url,
            payload=payload,
            state=Delivery.State.LOST if kind == "lost" else Delivery.State.WAITING,
            forged=kind == "forged",
            held=kind == "reordered",
            next_attempt_at=now + timedelta(seconds=wait),
        )
        for target in receivers
        for _ in range(2 if kind == "duplicated" else 1)
    )
    transactions.on_commit(worker.wake)


def _payload(event: str, account: Account) -> dict[str, Any]:
    """StackOne notes §4.2 without ``sent_at``; the setup holds no secret."""
    happened_at = timezone.now() if event == DELETED else account.updated_at
    return {
        "project_id": serializers.project_id(account.project),
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
