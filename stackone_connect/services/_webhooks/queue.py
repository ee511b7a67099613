"""The due events as a queue on their own rows, so any queue of the host's will do, or none.

Three columns, three meanings: ``next_attempt_at`` is when an event is due, ``leased_until`` how
long the worker that claimed it keeps it from others, and ``lease`` whose it is: a worker whose
lease ran out, or whose event was replayed meanwhile, changes nothing any more.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F

from stackone_connect import clock, conf, database_errors, logs
from stackone_connect.choices import EventState
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import (
    OriginOwner,
    WebhookEvent,
    WebhookEventQuerySet,
    event_statements,
)
from stackone_connect.models.transactions import execute, transact, update
from stackone_connect.services._webhooks import claiming
from stackone_connect.services._webhooks.claiming import Claim
from stackone_connect.services._webhooks.interruptions import is_interruption

__all__ = [
    "Claim",
    "claim",
    "claim_account_of",
    "close",
    "defer",
    "postpone",
    "release",
    "released_if_interrupted",
    "renew",
]

#: An event that fails by itself is tried this often, then it has failed.
MAX_ATTEMPTS = 10
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)
#: How long beyond DEADLINE a worker that was killed keeps an event from the others.
LEASE = timedelta(seconds=45)
#: Owners of which quarantined events are looked for each minute. All of them with all events that
#: are quarantined for good would cost more each month.
NEWEST_OWNERS = 500

#: Why an event is in quarantine, or has failed although StackOne never failed to answer.
UNKNOWN_OWNER = "unknown_owner"
OF_ANOTHER_OWNER = "of_another_owner"
OF_ANOTHER_TYPE = "of_another_type"
WORKER_KILLED = "worker_killed"


def claim(due: WebhookEventQuerySet) -> Claim:
    """Lease these events, which are due and of one StackOne project, with one more attempt each.

    An event whose workers were killed again and again is closed.
    """
    return _without_deadly(execute(partial(claiming.claim, due, until=_lease_end())))


def claim_account_of(event_id: int) -> Claim:
    """As :func:`claim`, of all that is due of the account of an event."""
    leasing = partial(claiming.claim_account_of, event_id, until=_lease_end())
    return _without_deadly(execute(leasing))


def _without_deadly(claim: Claim) -> Claim:
    for events in list(claim.events.values()):
        deadly = [event for event in events if event.attempts > MAX_ATTEMPTS]
        close(claim, deadly, EventState.FAILED, WORKER_KILLED)
    return claim


def renew(claim: Claim) -> None:
    """Hold the claimed events for as long as one more call to StackOne may take."""
    update(_held(claim.lease), leased_until=_lease_end())


def close(claim: Claim, events: Collection[WebhookEvent], state: EventState, why: str = "") -> None:
    """These events of the claim need no further attempt."""
    if not events:
        return
    _close(claim.lease, events, state, why)
    for account_id in {event.account_id for event in events}:
        left = [event for event in claim.events.pop(account_id) if event not in events]
        if left:
            claim.events[account_id] = left


def postpone(claim: Claim, account_id: str, code: str) -> None:
    """Due again later, twice as long each time; after the last attempt an event has failed."""
    events = claim.events.pop(account_id)
    for attempts in {event.attempts for event in events}:
        of_it = [event for event in events if event.attempts == attempts]
        if attempts >= MAX_ATTEMPTS:
            _close(claim.lease, of_it, EventState.FAILED, code)
            continue
        pause = min(FIRST_BACKOFF * 2 ** (attempts - 1), LONGEST_BACKOFF)
        update(
            _held(claim.lease).filter(account_id=account_id, attempts=attempts),
            lease=None,
            leased_until=None,
            next_attempt_at=clock.now() + pause,
            last_error=code,
        )


def defer(claim: Claim, account_id: str, code: str, *, pause: timedelta | None = None) -> None:
    """Due again later, and no attempt counted: what failed is not the events' own fault.

    By default after as long as the newest has waited and 5 seconds, but at most an hour.
    """
    events = claim.events.pop(account_id)
    if pause is None:
        waited = clock.now() - max(event.received_at for event in events)
        pause = min(waited + FIRST_BACKOFF, LONGEST_BACKOFF)
    update(
        _held(claim.lease).filter(account_id=account_id),
        lease=None,
        leased_until=None,
        next_attempt_at=clock.now() + pause,
        attempts=F("attempts") - 1,
        last_error=code,
    )


@contextmanager
def released_if_interrupted(claim: Claim) -> Iterator[None]:
    """Give back what is left of the claim where whoever runs us ends the work meanwhile."""
    try:
        yield
    except BaseException as error:
        if is_interruption(error):
            with suppress(UnavailableError, database_errors.Error):
                release(claim)
        raise


def release(claim: Claim) -> None:
    """Undo the rest of the claim: StackOne was not asked after all."""
    update(_held(claim.lease), lease=None, leased_until=None, attempts=F("attempts") - 1)
    claim.events.clear()


def release_known() -> int:
    """Make due what waits in quarantine for an owner that is known by now; how many.

    Pinning an owner does it at once. This is for an event that was being quarantined at that very
    moment, and for a process that was killed between the two: for the newest owners.
    """
    named: dict[str, list[str]] = defaultdict(list)
    newest = OriginOwner.objects.order_by("-pk").values_list("project", "origin_owner_id")
    for project, origin_owner_id in newest[:NEWEST_OWNERS]:
        named[project].append(origin_owner_id)
    waiting = WebhookEvent.objects.quarantined().filter(last_error=UNKNOWN_OWNER)
    return sum(
        transact(waiting.filter(project=project, origin_owner_id__in=ids).make_due)
        for project, ids in named.items()
    )


def _lease_end() -> datetime:
    return clock.now() + LEASE + timedelta(seconds=conf.read().deadline)


def _held(lease: uuid.UUID) -> WebhookEventQuerySet:
    """The rows that the lease still holds."""
    return WebhookEvent.objects.filter(lease=lease, state=EventState.DUE)


def _close(lease: uuid.UUID, events: Collection[WebhookEvent], state: EventState, why: str) -> None:
    """Close events; those that are not simply done get a line in the log."""
    if execute(partial(event_statements.close, list(events), lease, state, why)) == 0:
        return
    for event in events if state != EventState.DONE else ():
        logs.write(
            logging.WARNING,
            f"webhook_event.{state.value}",
            code=why,
            event_name=event.event,
            account=event.account_id,
            provider=event.provider,
        )
