"""Whose turn an event is: lease, attempts and backoff are on its row, so any queue will do.

Both also fence: a worker whose lease ran out, or whose event was replayed meanwhile, no longer
changes the row. (``attempts`` alone would not do: a replay starts counting anew.)
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F

from stackone_connect import clock, conf, logs
from stackone_connect.choices import EventState
from stackone_connect.models import OriginOwner, WebhookEvent, WebhookEventQuerySet

#: An event that StackOne can't be asked about is tried this often, then it rests.
MAX_ATTEMPTS = 10
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)
#: How long beyond DEADLINE a worker that was killed keeps an event from the others.
LEASE = timedelta(minutes=2)

#: Why an event is in quarantine, or rests although StackOne never failed to answer.
UNKNOWN_OWNER = "unknown_owner"
OF_ANOTHER_OWNER = "of_another_owner"
WORKER_KILLED = "worker_killed"


def take(event_id: int) -> WebhookEvent | None:
    """The event, if it is due and this worker is the one that gets it; one more attempt."""
    now = clock.now()
    until = _until(now)
    due = WebhookEvent.objects.due(at=now).order_by().filter(pk=event_id)
    if not due.update(next_attempt_at=until, attempts=F("attempts") + 1):
        return None
    event = WebhookEvent.objects.filter(pk=event_id).first()
    if event is not None and event.attempts > MAX_ATTEMPTS:
        close(event, EventState.RESTING, WORKER_KILLED)
        return None
    return event


def renew(event: WebhookEvent) -> bool:
    """Hold a taken event for as long as one more question may take; false if it is lost.

    Events that were taken together wait for each other, longer than one lease.
    """
    until = _until(clock.now())
    if not _held(event).update(next_attempt_at=until):
        return False
    event.next_attempt_at = until
    return True


def _until(now: datetime) -> datetime:
    return now + LEASE + timedelta(seconds=conf.read().deadline)


def put_back(event: WebhookEvent) -> None:
    """Undo :func:`take`: StackOne was not asked after all."""
    _held(event).update(next_attempt_at=clock.now(), attempts=event.attempts - 1)


def close(event: WebhookEvent, state: EventState, why: str = "") -> None:
    """The event needs no further attempt. One that is not simply done gets a line in the log."""
    closed = _held(event).update(state=state, last_error=why)
    if closed and state != EventState.DONE:
        logs.write(
            logging.WARNING,
            f"webhook_event.{state.value}",
            code=why,
            event_name=event.event,
            account=event.account_id,
            provider=event.provider,
        )


def postpone(event: WebhookEvent, code: str) -> None:
    """Due again later, twice as long each time; after the last attempt it rests."""
    if event.attempts >= MAX_ATTEMPTS:
        close(event, EventState.RESTING, code)
        return
    wait = min(FIRST_BACKOFF * 2 ** (event.attempts - 1), LONGEST_BACKOFF)
    _held(event).update(next_attempt_at=clock.now() + wait, last_error=code)


def release_known() -> int:
    """Make due what waits in quarantine for an owner that is known by now; how many.

    Pinning an owner does it at once. This is for an event that was being quarantined at that very
    moment, and for a process that was killed between the two.
    """
    waiting = WebhookEvent.objects.filter(
        state=EventState.QUARANTINED,
        last_error=UNKNOWN_OWNER,
        origin_owner_id__in=OriginOwner.objects.values("origin_owner_id"),
    )
    return waiting.update(state=EventState.DUE, attempts=0, next_attempt_at=clock.now())


def _held(event: WebhookEvent) -> WebhookEventQuerySet:
    """The row, as long as nobody else has taken or replayed it."""
    return WebhookEvent.objects.filter(
        pk=event.pk,
        state=EventState.DUE,
        attempts=event.attempts,
        next_attempt_at=event.next_attempt_at,
    )
