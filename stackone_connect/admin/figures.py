"""What the overview counts: a number each, with its label and a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest
from django.utils.translation import ngettext

from stackone_connect.admin import bounded, scope
from stackone_connect.admin.display import address
from stackone_connect.choices import AccountStatus, EventState
from stackone_connect.models import (
    LinkedAccount,
    LinkedAccountQuerySet,
    OriginOwner,
    WebhookEvent,
)

_EventFigure = tuple[EventState, Callable[[int], str], str]
#: States of events that somebody should know of, with what they are called and how they are shown.
_EVENTS: tuple[_EventFigure, ...] = (
    (EventState.DUE, lambda n: ngettext("event waiting", "events waiting", n), "waiting"),
    (EventState.FAILED, lambda n: ngettext("event failed", "events failed", n), "bad"),
    (
        EventState.QUARANTINED,
        lambda n: ngettext("event in quarantine", "events in quarantine", n),
        "waiting",
    ),
)
#: The filters of the list that come nearest to :meth:`LinkedAccountQuerySet.broken`.
BROKEN = f"status={AccountStatus.ERROR.value}&disconnected_at__isempty=1"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number with its label and a link; ``since`` is when the oldest of them came in."""

    label: str
    number: str
    url: str
    kind: str
    since: datetime | None = None


def figures(site: AdminSite, request: HttpRequest, accounts: Any) -> list[Figure]:
    owners = scope.visible(site, request, OriginOwner)
    events = scope.visible(site, request, WebhookEvent)
    found: list[Figure] = []

    def add(rows: Any, label: Callable[[int], str], query: str = "", kind: str = "") -> None:
        url = with_query(address(site, rows.model, "changelist"), query)
        counted = bounded.count_up_to_limit(rows)
        number = bounded.number(counted)
        found.append(Figure(label=label(counted), number=number, url=url, kind=kind))

    if owners is not None:
        add(
            owners.filter(organization__isnull=False),
            lambda n: ngettext("organization", "organizations", n),
        )
        left = owners.filter(organization__isnull=True)
        if left.exists():
            add(
                left,
                lambda n: ngettext(
                    "deleted organization, accounts still being disconnected",
                    "deleted organizations, accounts still being disconnected",
                    n,
                ),
                "organization_is=deleted",
                "waiting",
            )
    if accounts is not None:
        add(
            accounts.filter(disconnected_at=None),
            lambda n: ngettext("linked account", "linked accounts", n),
            "disconnected_at__isempty=1",
        )
        add(
            broken(accounts),
            lambda n: ngettext("needs reconnecting", "need reconnecting", n),
            BROKEN,
            "bad",
        )
    if events is not None:
        url = address(site, WebhookEvent, "changelist")
        found += [_of_events(events, url, which) for which in _EVENTS]
    return found


def _of_events(events: Any, url: str | None, which: _EventFigure) -> Figure:
    state, label, kind = which
    of_state = events.filter(state=state)
    number = bounded.count_up_to_limit(of_state)
    times = of_state.order_by("received_at", "pk").values_list("received_at", flat=True)
    return Figure(
        label=label(number),
        number=bounded.number(number),
        url=with_query(url, f"state__exact={state.value}"),
        kind=kind,
        since=next(iter(times[:1]), None),
    )


def broken(accounts: Any) -> Any:
    """The model's own rule, for any kind of queryset that a host's admin returns."""
    if isinstance(accounts, LinkedAccountQuerySet):
        return accounts.broken()
    return accounts.filter(pk__in=LinkedAccount.objects.broken().order_by().values("pk"))


def with_query(url: str | None, query: str) -> str:
    return f"{url}?{query}" if url and query else url or ""
