"""Webhook events: take one in, ask StackOne what is true, write that down.

What an event says is a hint. It is stored before it is answered, so that nothing answered
``accepted`` is lost; order, repetition and loss change nothing about where things end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from stackone_connect import client as clients
from stackone_connect import clock, conf, hints, logs, signals, signature
from stackone_connect.choices import EventState
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    AccountNotFoundError,
    InvalidSignatureError,
    StackOneError,
    WebhookNotConfiguredError,
)
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import accounts, polling
from stackone_connect.services.transactions import database, refuse_inside_transaction

#: An event that StackOne can't be asked about is tried this often, then it rests.
MAX_ATTEMPTS = 10
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)
#: How long a worker that was killed keeps an event from the others; above any DEADLINE.
LEASE = timedelta(minutes=2)

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
    secrets = conf.read().webhook_secrets
    if not secrets:
        raise WebhookNotConfiguredError
    if not signature.is_valid(body, signature_header, secrets):
        raise InvalidSignatureError
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


def process(*, event_id: int, client: Client | None = None) -> None:
    """Ask StackOne about one due event and record the answer. Safe to call twice at once.

    Not to be called inside a transaction. Raises nothing of StackOne's: a failure is noted on the
    row, which is due again later.
    """
    refuse_inside_transaction()
    event = _lease(event_id)
    if event is None:
        return
    try:
        _ask(event, client or clients.current())
    except AccountNotFoundError:
        # Gone before we ever saw it, or StackOne's own copies are not level yet.
        _postpone(event, AccountNotFoundError.code)
    except StackOneError as error:
        _postpone(event, error.code)


def process_due(*, client: Client | None = None, limit: int = 500) -> int:
    """Process up to ``limit`` events that are due, oldest first; how many were taken up."""
    due = list(WebhookEvent.objects.due().values_list("pk", flat=True)[:limit])
    for event_id in due:
        process(event_id=event_id, client=client)
    return len(due)


def replay(*, event_ids: Sequence[int]) -> int:
    """Make events due again, whatever became of them; how many. Processing is the caller's."""
    return WebhookEvent.objects.filter(pk__in=event_ids).update(
        state=EventState.DUE, attempts=0, next_attempt_at=clock.now(), last_error=""
    )


def _lease(event_id: int) -> WebhookEvent | None:
    """The event, if it is due and this worker is the one that gets it."""
    now = clock.now()
    leased = WebhookEvent.objects.due(at=now).order_by().filter(pk=event_id)
    if not leased.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1):
        return None
    return WebhookEvent.objects.get(pk=event_id)


def _ask(event: WebhookEvent, client: Client) -> None:
    """One event with a deadline of its own."""
    deadline = Deadline(conf.read().deadline)
    owner = OriginOwner.objects.filter(origin_owner_id=event.origin_owner_id).first()
    if owner is None and event.origin_owner_id:
        # Of another environment, or of an organization not pinned yet: no call is spent on it.
        _close(event, EventState.QUARANTINED, "unknown_owner")
        return
    asked_at = clock.now()
    try:
        snapshot = client.get_account(event.account_id, deadline=deadline)
    except AccountNotFoundError:
        rows = LinkedAccount.objects.filter(account_id=event.account_id).select_related("owner")
        rows = rows.filter(owner=owner) if owner else rows
        if not rows:
            raise
        for row in rows:
            accounts.record(owner=row.owner, asked_at=asked_at, missing=[row.account_id])
        _close(event, EventState.DONE)
        return
    truly = owner or OriginOwner.objects.filter(origin_owner_id=snapshot.origin_owner_id).first()
    if truly is None or snapshot.origin_owner_id != truly.origin_owner_id:
        if truly and LinkedAccount.objects.of(truly).filter(account_id=event.account_id).exists():
            accounts.record(owner=truly, asked_at=asked_at, present=[snapshot])
        _close(event, EventState.QUARANTINED, "of_another_owner" if truly else "unknown_owner")
        return
    accounts.record(
        owner=truly,
        asked_at=asked_at,
        present=[snapshot],
        evidence=polling.attempts_for(
            owner=truly, provider=snapshot.provider, client=client, deadline=deadline
        ),
        event_dates=_update_dates(event),
    )
    _close(event, EventState.DONE)


def _update_dates(event: WebhookEvent) -> dict[str, datetime]:
    """When the account was updated, by an event that says so."""
    if event.event != hints.UPDATED or event.event_date is None:
        return {}
    return {event.account_id: event.event_date}


def _close(event: WebhookEvent, state: EventState, why: str = "") -> None:
    event.state = state
    event.last_error = why
    event.save(update_fields=["state", "last_error"])
    if state != EventState.DONE:
        logs.write(
            logging.WARNING,
            f"webhook_event.{state.value}",
            code=why,
            event_name=event.event,
            account=event.account_id,
            provider=event.provider,
        )


def _postpone(event: WebhookEvent, code: str) -> None:
    """Due again later, twice as long each time; after the last attempt it rests."""
    if event.attempts >= MAX_ATTEMPTS:
        _close(event, EventState.RESTING, code)
        return
    wait = min(FIRST_BACKOFF * 2 ** (event.attempts - 1), LONGEST_BACKOFF)
    event.next_attempt_at = clock.now() + wait
    event.last_error = code
    event.save(update_fields=["next_attempt_at", "last_error"])
