"""One page for whoever asks "is connecting all right?": two weeks of sessions, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, Value, When
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import AccountStatus, EventState, SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent

DAYS = 14
#: How many accounts that need reconnecting are named; the rest is behind a link.
NAMED = 20

#: What a day's sessions came to, in the order they are stacked: key, words, query of the list.
RESULTS: tuple[tuple[str, str | Promise, str], ...] = (
    (SessionOutcome.CREATE, _("linked a new account"), "outcome=create"),
    (SessionOutcome.MULTIPLE, _("linked another account"), "outcome=multiple"),
    (SessionOutcome.UPDATE, _("updated an account"), "outcome=update"),
    ("nothing", _("nothing came of it yet"), "reads_as=issued"),
    ("failed", _("failed"), "reads_as=failed"),
)

_HEIGHT = 120
_STEP = 44
_WIDTH = 28


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One piece of a day's column, in the chart's own units."""

    kind: str
    title: str
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Day:
    """One column of the chart."""

    day: date
    x: int
    total: int
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number with its words and where it leads."""

    words: str | Promise
    number: int
    url: str
    kind: str


def gather() -> dict[str, Any]:
    """Everything the page shows, in a constant number of queries over bounded ranges."""
    since = clock.now() - timedelta(days=DAYS - 1)
    recent = ConnectSession.objects.filter(created_at__gte=since.replace(hour=0, minute=0))
    return {
        "days": _chart(_by_day(recent), since.date()),
        "chart_width": DAYS * _STEP,
        "chart_height": _HEIGHT,
        "bar_width": _WIDTH,
        "legend": [
            (key, words, f"{_list('connectsession')}?{query}") for key, words, query in RESULTS
        ],
        "failures": [
            (row["error_code"], row["count"], f"{_list('connectsession')}?q={row['error_code']}")
            for row in recent.filter(status=SessionStatus.FAILED)
            .order_by()
            .values("error_code")
            .annotate(count=Count("pk"))
            .order_by("-count", "error_code")
        ],
        "counts": _counts(),
        "broken": LinkedAccount.objects.broken().select_related("owner")[:NAMED],
        "broken_url": f"{_list('linkedaccount')}?status={AccountStatus.ERROR.value}",
    }


def _by_day(recent: Any) -> dict[tuple[date, str], int]:
    """How many sessions came to what on which day (UTC)."""
    result = Case(
        When(status=SessionStatus.COMPLETED, then=F("outcome")),
        When(status=SessionStatus.FAILED, then=Value("failed")),
        default=Value("nothing"),
        output_field=CharField(),
    )
    rows = (
        recent.order_by()
        .annotate(day=TruncDate("created_at", tzinfo=UTC), result=result)
        .values("day", "result")
        .annotate(count=Count("pk"))
    )
    return {(row["day"], row["result"]): row["count"] for row in rows}


def _chart(counts: dict[tuple[date, str], int], first: date) -> list[Day]:
    """Columns of the same scale, the pieces of each stacked from the ground."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    totals = {day: sum(counts.get((day, key), 0) for key, _words, _q in RESULTS) for day in days}
    scale = _HEIGHT / max(1, *totals.values())
    return [
        Day(
            day=day,
            x=number * _STEP,
            total=totals[day],
            bars=list(_bars(day, counts, scale)),
        )
        for number, day in enumerate(days)
    ]


def _bars(day: date, counts: dict[tuple[date, str], int], scale: float) -> Iterable[Bar]:
    ground = float(_HEIGHT)
    for key, words, _query in RESULTS:
        count = counts.get((day, key), 0)
        if count:
            height = round(count * scale, 2)
            ground = round(ground - height, 2)
            yield Bar(kind=str(key), title=f"{day}: {count} {words}", y=ground, height=height)


def _counts() -> list[Figure]:
    accounts, events = _list("linkedaccount"), _list("webhookevent")
    return [
        Figure(
            words=_("organizations"),
            number=OriginOwner.objects.count(),
            url=_list("originowner"),
            kind="",
        ),
        Figure(
            words=_("linked accounts"),
            number=LinkedAccount.objects.connected().count(),
            url=f"{accounts}?disconnected_at__isempty=1",
            kind="",
        ),
        Figure(
            words=_("need reconnecting"),
            number=LinkedAccount.objects.broken().count(),
            url=f"{accounts}?status={AccountStatus.ERROR.value}",
            kind="bad",
        ),
        Figure(
            words=_("events waiting"),
            number=WebhookEvent.objects.filter(state=EventState.DUE).count(),
            url=f"{events}?state__exact={EventState.DUE.value}",
            kind="waiting",
        ),
        Figure(
            words=_("events in quarantine"),
            number=WebhookEvent.objects.filter(state=EventState.QUARANTINED).count(),
            url=f"{events}?state__exact={EventState.QUARANTINED.value}",
            kind="waiting",
        ),
    ]


def _list(model: str) -> str:
    return reverse(f"admin:stackone_connect_{model}_changelist")
