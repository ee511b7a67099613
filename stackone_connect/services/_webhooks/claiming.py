"""The statement that claims events, and what it answers besides them.

One statement for all that there is to know before StackOne is asked: the events, whether we have
the owners that they name, whether these have sessions that StackOne may know an attempt of, and
the number to ask with.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, Subquery

from stackone_connect import clock
from stackone_connect.choices import SessionStatus
from stackone_connect.entities import FINISHED_WITHIN, Fetch
from stackone_connect.models import (
    ConnectSession,
    OriginOwner,
    WebhookEvent,
    WebhookEventQuerySet,
    event_statements,
)
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.indexes import UNATTEMPTED
from stackone_connect.models.statements import Parameter
from stackone_connect.models.transactions import database


@dataclass(kw_only=True)
class Claim:
    """Due events that this worker has leased, by the account that they name.

    ``owner_keys`` are the keys of the owners whom they name, by their ids at StackOne, and
    ``with_open_sessions`` the ids of those who have a session that StackOne may know an attempt of.
    """

    lease: uuid.UUID
    events: dict[str, list[WebhookEvent]]
    owner_keys: dict[str, int] = field(default_factory=dict)
    with_open_sessions: set[str] = field(default_factory=set)
    _fetch: Fetch | None = None

    def take_fetch(self) -> Fetch:
        """The number to ask StackOne with: the first was taken with the claim, where it could."""
        fetch, self._fetch = self._fetch, None
        return fetch or FetchNumber.take()

    def may_have_attempts(self, origin_owner_id: str) -> bool:
        """Whether StackOne may know an attempt of a session of this owner."""
        is_known = origin_owner_id in self.owner_keys
        return not is_known or origin_owner_id in self.with_open_sessions

    def add(self, event: WebhookEvent) -> None:
        """Take in an event, and what the claiming statement answered with it."""
        known: Any = event
        self.events.setdefault(event.account_id, []).append(event)
        if known.owner_key is not None:
            self.owner_keys[event.origin_owner_id] = known.owner_key
        if known.has_open_sessions:
            self.with_open_sessions.add(event.origin_owner_id)
        number = getattr(event, "fetch_number", None)
        if number is not None and (self._fetch is None or self._fetch.number < number):
            self._fetch = FetchNumber.taken(number, known.fetch_at)


def claim(due: WebhookEventQuerySet, *, until: datetime) -> Claim:
    """Lease these events, with one more attempt each."""
    key = uuid.uuid4()
    since = clock.now() - FINISHED_WITHIN
    return _claimed(key, event_statements.lease(due, key, until=until, also=_to_know(since)))


def claim_account_of(event_id: int, *, until: datetime) -> Claim:
    """Lease what is due of the account of an event, with one more attempt each."""
    alias = database()
    if not event_statements.leases_at_once(connections[alias]):
        return claim(WebhookEvent.objects.due().of_the_account_of(event_id), until=until)
    key, now = uuid.uuid4(), clock.now()
    values = {"event_id": event_id, "now": now, "since": now - FINISHED_WITHIN}
    return _claimed(key, _leasing(alias).run(alias, {**values, "lease": key, "until": until}))


def _claimed(key: uuid.UUID, events: Iterable[WebhookEvent]) -> Claim:
    claim = Claim(lease=key, events={})
    for event in events:
        claim.add(event)
    return claim


@lru_cache
def _leasing(alias: str) -> event_statements.Leasing:
    """By the parameters ``now``, ``event_id`` and ``since``, beside those of every leasing."""
    now = Parameter("now", WebhookEvent._meta.get_field("next_attempt_at"))
    event_id = Parameter("event_id", WebhookEvent._meta.pk)
    since = Parameter("since", ConnectSession._meta.get_field("expires_at"))
    due = WebhookEvent.objects.due(at=now).of_the_account_of(event_id)
    return event_statements.Leasing(due, _to_know(since), alias)


def _to_know(since: datetime | Parameter) -> dict[str, Any]:
    """What a claim is to know of each event; sessions that ended before ``since`` are over."""
    owners = OriginOwner.objects.filter(
        project=OuterRef("project"), origin_owner_id=OuterRef("origin_owner_id")
    )
    # Those of ``_polling.attempts_for``, of whatever provider.
    sessions = ConnectSession.objects.filter(
        owner__project=OuterRef("project"),
        owner__origin_owner_id=OuterRef("origin_owner_id"),
        status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED],
        expires_at__gte=since,
    ).filter(UNATTEMPTED)
    fetch = zip(("fetch_number", "fetch_at"), FetchNumber.expressions(), strict=False)
    return {
        "owner_key": Subquery(owners.values("pk")),
        "has_open_sessions": Exists(sessions.order_by()),
        **dict(fetch),
    }
