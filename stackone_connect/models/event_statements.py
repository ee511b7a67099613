"""The statements by which events are leased and closed, one each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, F, sql

from stackone_connect.choices import EventState
from stackone_connect.models.events import WebhookEvent, WebhookEventQuerySet
from stackone_connect.models.statements import Parameter, Reading, Statement, write

#: With more events at once, their closing is compiled anew.
_COUNTED = 16


def leases_at_once(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database can update rows and return them: MariaDB and MySQL can't."""
    features = connection.features
    return connection.vendor != "mysql" and bool(features.can_return_columns_from_insert)


class Leasing(Reading):
    """Lease events, with one more attempt each; as they are then, in the order of their arrival.

    The parameters ``lease`` and ``until`` are the lease and how long it lasts. Each event has an
    attribute by the name of each expression of ``also``.
    """

    def __init__(
        self, due: WebhookEventQuerySet, also: Mapping[str, Expression], alias: str
    ) -> None:
        meta = WebhookEvent._meta
        query: Any = due.order_by().query.chain(sql.UpdateQuery)
        query.add_update_values(
            {
                "lease": Parameter("lease", meta.get_field("lease")),
                "leased_until": Parameter("until", meta.get_field("leased_until")),
                "attempts": F("attempts") + 1,
            }
        )
        compiler = query.get_compiler(alias)
        text, values = compiler.as_sql()
        columns = [field.get_col(meta.db_table) for field in meta.concrete_fields]
        answered = [*columns, *(each.resolve_expression(query) for each in also.values())]
        parts = [compiler.compile(each) for each in answered]
        text = f"{text} RETURNING {', '.join(part for part, _ in parts)}"
        values = [*values, *(value for _, of_it in parts for value in of_it)]
        super().__init__(text, values, compiler, answered)
        self._names = [field.attname for field in meta.concrete_fields]
        self._also = list(also)

    def run(self, alias: str, values: Mapping[str, Any]) -> list[WebhookEvent]:
        """The events that were leased."""
        rows = self.read(alias, values)
        return sorted((self._event(row, alias) for row in rows), key=lambda event: event.pk)

    def _event(self, row: list[Any], alias: str) -> WebhookEvent:
        event = WebhookEvent.from_db(alias, self._names, row[: len(self._names)])
        vars(event).update(zip(self._also, row[len(self._names) :], strict=True))
        return event


def lease(
    due: WebhookEventQuerySet, key: uuid.UUID, *, until: datetime, also: Mapping[str, Expression]
) -> list[WebhookEvent]:
    """As :class:`Leasing` does it, on every database; ``key`` is the lease."""
    alias = due.db
    if leases_at_once(connections[alias]):
        return Leasing(due, also, alias).run(alias, {"lease": key, "until": until})
    due.order_by().update(lease=key, leased_until=until, attempts=F("attempts") + 1)
    return list(WebhookEvent.objects.filter(lease=key).annotate(**also).order_by("pk"))


def close(events: Sequence[WebhookEvent], key: uuid.UUID, state: EventState, why: str) -> int:
    """Close those of the events that the lease still holds; how many."""
    alias = WebhookEvent.objects.all().db
    count = len(events)
    statement = _close(alias, count) if count <= _COUNTED else _close.__wrapped__(alias, count)
    values = {"lease": key, "state": state, "last_error": why}
    values |= {str(number): event.pk for number, event in enumerate(events)}
    return write(statement, values.__getitem__, alias)


@lru_cache
def _close(alias: str, count: int) -> Statement:
    """Of so many events, named by their numbers."""
    meta = WebhookEvent._meta
    rows = WebhookEvent.objects.filter(
        lease=Parameter("lease", meta.get_field("lease")),
        state=EventState.DUE,
        pk__in=[Parameter(str(number), meta.pk) for number in range(count)],
    )
    query: Any = rows.order_by().query.chain(sql.UpdateQuery)
    query.add_update_values(
        {
            "state": Parameter("state", meta.get_field("state")),
            "lease": None,
            "leased_until": None,
            "last_error": Parameter("last_error", meta.get_field("last_error")),
        }
    )
    return Statement(*query.get_compiler(alias).as_sql())
