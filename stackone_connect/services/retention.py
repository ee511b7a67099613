"""Forget what is no longer needed, in batches that lock nothing for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from stackone_connect import clock, conf
from stackone_connect.choices import EventState
from stackone_connect.models import ConnectSession, WebhookEvent

BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """How many rows are gone, or would be."""

    sessions: int
    events: int


def prune(*, dry_run: bool = False) -> Pruned:
    """Delete sessions and webhook events beyond their retention (``*_RETENTION_DAYS``).

    Kept whatever their age: events that are still due or in quarantine, and each account's newest
    session with an outcome, which says how the account came to be. ``dry_run`` only counts.
    """
    settings = conf.read()
    now = clock.now()
    sessions = ConnectSession.objects.filter(
        created_at__lt=now - timedelta(days=settings.session_retention_days)
    ).beyond_the_newest_of_each_account()
    events = WebhookEvent.objects.filter(
        received_at__lt=now - timedelta(days=settings.webhook_retention_days),
        state__in=[EventState.DONE, EventState.RESTING],
    )
    if dry_run:
        return Pruned(sessions=sessions.count(), events=events.count())
    return Pruned(sessions=_delete(sessions), events=_delete(events))


def _delete(rows: QuerySet[Any]) -> int:
    """Delete batch by batch; each batch commits by itself."""
    deleted = 0
    while True:
        batch = rows.order_by("pk")[:BATCH]
        count, _ = rows.model._base_manager.filter(pk__in=batch.values("pk")).delete()
        if not count:
            return deleted
        deleted += count
