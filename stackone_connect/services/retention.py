"""Forget what is no longer needed, in batches that lock nothing for long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet, RestrictedError

from stackone_connect import clock, conf, logs
from stackone_connect.choices import EventState
from stackone_connect.models import ConnectSession, WebhookEvent
from stackone_connect.models.transactions import database, transact

__all__ = ["Pruned", "prune"]

#: Rows looked at, and deleted, in one transaction. Old releases of SQLite take no more than 999
#: parameters in a query.
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """How many rows are gone, or would be."""

    sessions: int
    events: int


def prune(*, dry_run: bool = False) -> Pruned:
    """Delete sessions and webhook events beyond their retention (``*_RETENTION_DAYS``).

    Kept whatever their age: events that are due and were never tried; each account's newest session
    with an outcome, which says how the account came to be; and what rows of the host's own protect.
    ``dry_run`` only counts.
    """
    settings = conf.read()
    now = clock.now()
    old_sessions = ConnectSession.objects.filter(
        created_at__lt=now - timedelta(days=settings.session_retention_days)
    )
    sessions = old_sessions.beyond_the_newest_of_each_account()
    old_events = WebhookEvent.objects.filter(
        received_at__lt=now - timedelta(days=settings.webhook_retention_days)
    )
    events = old_events.exclude(state=EventState.DUE, last_error="")
    if dry_run:
        return Pruned(sessions=sessions.count(), events=events.count())
    return Pruned(
        sessions=_delete(sessions, of=old_sessions, by="created_at"),
        events=_delete(events, of=old_events, by="received_at"),
    )


def _delete(rows: QuerySet[Any], *, of: QuerySet[Any], by: str) -> int:
    """Delete batch by batch, the oldest first; each batch commits by itself.

    A batch is a range of the time ``by``, which has an index: its rows are next to each other
    there, and those that stay are passed once. By keys that are random each row is anywhere.
    """
    deleted: int = 0
    since: datetime | None = None
    while True:
        rest = {} if since is None else {f"{by}__gt": since}
        times = of.filter(**rest).order_by(by).values_list(by, flat=True)
        until = next(iter(times[BATCH - 1 : BATCH]), None)
        chosen = rows.filter(**rest if until is None else {**rest, f"{by}__lte": until})
        delete: Callable[[], int] = partial(_delete_batch, chosen)
        deleted += transact(delete)
        if until is None:
            return deleted
        since = until


def _delete_batch(rows: QuerySet[Any]) -> int:
    """Delete what meets the condition, and still does: an event may be replayed at this moment.

    In a transaction, under a lock and by key, since MariaDB reads the whole table where a table is
    deleted from under a condition on itself.
    """
    deleted = 0
    keys = list(rows.select_for_update().values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):  # many may be of one moment
        deleted += _delete_free(rows.model, keys[start : start + BATCH])
    if deleted < len(keys):
        held = len(keys) - deleted
        logs.write(logging.WARNING, "retention.held", kind=rows.model._meta.model_name, rows=held)
    return deleted


def _delete_free(model: type[Model], keys: Sequence[object]) -> int:
    """Delete rows, but for those that rows of the host's own hold: one must not keep all others."""
    try:
        with transaction.atomic(using=database()):
            _, by_model = model._default_manager.filter(pk__in=keys).delete()
    except (ProtectedError, RestrictedError):
        half = len(keys) // 2
        return _delete_free(model, keys[:half]) + _delete_free(model, keys[half:]) if half else 0
    return by_model.get(model._meta.label, 0)
