"""Webhook events: take one in, ask StackOne what is true, write that down.

What an event says is a hint. It is stored before it is answered, so that nothing answered
``accepted`` is lost; order, repetition and loss change nothing about where things end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from stackone_connect import clock, conf, hints, signals, signature
from stackone_connect.choices import EventState
from stackone_connect.client import Client
from stackone_connect.exceptions import InvalidSignatureError, WebhookNotConfiguredError
from stackone_connect.models import WebhookEvent
from stackone_connect.services import asking, leases
from stackone_connect.services.draining import process_due
from stackone_connect.services.transactions import database, refuse_inside_transaction

__all__ = ["Received", "process", "process_due", "receive", "replay"]

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a delivery. ``event_id`` is set where there is something to process."""

    status: str
    event_id: int | None = None


def receive(*, body: bytes, signature_header: str) -> Received:
    """Take in one delivery: verify it over its raw bytes, store it, answer what became of it.

    Raises :class:`WebhookNotConfiguredError`, :class:`InvalidSignatureError` and
    :class:`InvalidEventError`, after which nothing was written. Calls nobody.
    """
    _verify(body, signature_header)
    payload = hints.parse(body)
    hint = hints.account_hint(payload)
    if hint is None:
        signals.event_verified.send_robust(WebhookEvent, payload=payload)
        return Received(status=IGNORED)
    try:
        with transaction.atomic(using=database()):
            event = WebhookEvent.objects.create(
                event=hint.event,
                account_id=hint.account_id,
                origin_owner_id=hint.origin_owner_id,
                provider=hint.provider,
                event_date=hint.event_date,
                digest=hint.digest,
            )
    except IntegrityError:
        known = WebhookEvent.objects.filter(digest=hint.digest, state=EventState.DUE).first()
        return Received(status=DUPLICATE, event_id=known.pk if known else None)
    signals.event_verified.send_robust(WebhookEvent, payload=payload)
    return Received(status=ACCEPTED, event_id=event.pk)


def _verify(body: bytes, signature_header: str) -> None:
    """By itself, so that no secret is in a frame that a later error's report would show."""
    secrets = conf.read().webhook_secrets
    if not secrets:
        raise WebhookNotConfiguredError
    if not signature.is_valid(body, signature_header, secrets):
        raise InvalidSignatureError


def process(*, event_id: int, client: Client | None = None) -> None:
    """Ask StackOne about one due event and record the answer. Safe to call twice at once.

    Not to be called inside a transaction. Raises nothing of StackOne's: a failure is noted on the
    row, which is due again later.
    """
    refuse_inside_transaction()
    event = leases.take(event_id)
    if event is not None:
        asking.attempt([event], client=client)


def replay(*, event_ids: Sequence[int]) -> int:
    """Make events due again, whatever became of them; how many. Processing is the caller's."""
    return WebhookEvent.objects.filter(pk__in=event_ids).update(
        state=EventState.DUE, attempts=0, next_attempt_at=clock.now(), last_error=""
    )
