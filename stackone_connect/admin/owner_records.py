"""What a page of one organization reads of its records, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Case, Count, Min, Model, Q, QuerySet, Value, When

from stackone_connect import clock
from stackone_connect.choices import AccountStatus, EventState
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.indexes import HEALTHY

_Record = TypeVar("_Record", bound=Model)

#: How many sessions a page looks at, and of how many events at their state.
NEWEST = 200
#: How many records a page tells of.
RECORDS = 100
#: How many accounts it shows, those that need something first; and how many of more than that.
ACCOUNTS, OF_MORE = 200, 60
#: A due event that has waited longer was not picked up by anybody.
PICKED_UP_WITHIN = timedelta(minutes=10)

#: What a page shows nothing of, and would cost as much to read as all the rest.
_NOT_SHOWN: dict[type[Model], tuple[str, ...]] = {
    ConnectSession: (
        *("path", "requested_by_id", "stackone_id", "stackone_created_at", "stackone_expires_at"),
        *("polled_at", "claimed_at", "notified_at", "duration_ms"),
    ),
    LinkedAccount: (
        *("stackone_label", "origin_owner_name", "categories", "next_disconnect_at"),
        *("fetched_number", "created_at"),
    ),
    WebhookEvent: ("event_date", "digest", "lease", "leased_until"),
}


@dataclass(frozen=True, kw_only=True)
class EventCounts:
    """How many of the newest events wait for somebody; ``late_since`` is when the oldest of those
    came that should have been processed by now."""

    quarantined: int = 0
    failed: int = 0
    late: int = 0
    late_since: datetime | None = None


def accounts(rows: QuerySet[LinkedAccount], owner: OriginOwner) -> tuple[list[LinkedAccount], bool]:
    """Those that are shown: what needs something first, and what is gone last; whether there are
    more."""
    of_owner = _newest(rows.filter(owner=owner), "created_at", None)
    newest = list(of_owner[: ACCOUNTS + 1])
    if len(newest) <= ACCOUNTS:
        return sorted(newest, key=_urgency), False
    # Of many, the newest by an index and those that need something by another.
    troubled = list(of_owner.filter(~HEALTHY, disconnected_at=None)[: OF_MORE + 1])
    found = sorted(troubled, key=_urgency) + [row for row in newest if _urgency(row) == _WORKS]
    if len(troubled) <= OF_MORE <= len(found):
        return found[:OF_MORE], True
    urgency = Case(
        When(disconnected_at__isnull=False, then=Value(_GONE)),
        When(HEALTHY, then=Value(_WORKS)),
        When(status=AccountStatus.ERROR, disconnect_requested_at=None, then=Value(_BROKEN)),
        default=Value(_WAITS),
    )
    return list(of_owner.order_by(urgency, "-created_at", "-pk")[:OF_MORE]), True


_BROKEN, _WAITS, _WORKS, _GONE = range(4)


def _urgency(account: LinkedAccount) -> int:
    if account.disconnected_at is not None:
        return _GONE
    if account.disconnect_requested_at is None and account.status == AccountStatus.ACTIVE:
        return _WORKS
    return _BROKEN if account.needs_reconnect else _WAITS


def sessions(
    rows: QuerySet[ConnectSession], owner: OriginOwner, before: datetime | None
) -> list[ConnectSession]:
    """The newest, of those before a time."""
    return list(_newest(rows.filter(owner=owner), "created_at", before)[:NEWEST])


def events(
    rows: QuerySet[WebhookEvent], owner: OriginOwner, before: datetime | None
) -> list[WebhookEvent]:
    """As many of the newest as can be told of, of those before a time."""
    return list(_newest(_of(owner, rows), "received_at", before)[:RECORDS])


def event_counts(
    rows: QuerySet[WebhookEvent], owner: OriginOwner, read: Sequence[WebhookEvent]
) -> EventCounts:
    """How the newest events stand; ``read`` are those of them that were read."""
    waits_since = clock.now() - PICKED_UP_WITHIN
    if len(read) < RECORDS:
        due = [event for event in read if event.state == EventState.DUE]
        late = [event.received_at for event in due if event.next_attempt_at < waits_since]
        states = [event.state for event in read]
        return EventCounts(
            quarantined=states.count(EventState.QUARANTINED),
            failed=states.count(EventState.FAILED),
            late=len(late),
            late_since=min(late, default=None),
        )
    is_late = Q(state=EventState.DUE, next_attempt_at__lt=waits_since)
    found = _newest(_of(owner, rows), "received_at", None)[:NEWEST].aggregate(
        quarantined=Count("pk", filter=Q(state=EventState.QUARANTINED)),
        failed=Count("pk", filter=Q(state=EventState.FAILED)),
        late=Count("pk", filter=is_late),
        late_since=Min("received_at", filter=is_late),
    )
    return EventCounts(**found)


def _of(owner: OriginOwner, rows: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
    return rows.filter(project=owner.project, origin_owner_id=owner.origin_owner_id)


def _newest(rows: QuerySet[_Record], time: str, before: datetime | None) -> QuerySet[_Record]:
    bounds = {} if before is None else {f"{time}__lt": before}
    return rows.filter(**bounds).order_by(f"-{time}", "-pk").defer(*_NOT_SHOWN[rows.model])
