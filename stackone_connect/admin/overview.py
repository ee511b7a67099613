"""The overview page: two weeks of sessions, and the current problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.db.models import Case, CharField, Count, F, Value, When
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.admin import bounded, figures, labels, scope
from stackone_connect.admin.display import address
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
)

DAYS = 14
#: How many sessions are counted by day; where there are more, the chart begins later.
CHARTED = 5_000
#: How many accounts that need reconnecting are listed; a link leads to the others.
NAMED = 20

_FAILED = "effective_status=failed"
#: The results of a day's sessions, in stacking order: key, label, query of the list.
RESULTS: tuple[tuple[str, str | Promise, str], ...] = (
    (SessionOutcome.CREATE, _("linked a new account"), "outcome=create"),
    (SessionOutcome.MULTIPLE, _("linked another account"), "outcome=multiple"),
    (SessionOutcome.UPDATE, _("updated an account"), "outcome=update"),
    ("nothing", _("no result yet"), "effective_status=issued"),
    ("failed", _("failed"), _FAILED),
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


def gather(site: AdminSite, request: HttpRequest) -> dict[str, Any] | None:
    """The context for this user, in a constant number of queries over bounded ranges.

    Each section uses the rows that the registered admin of its model shows. ``None`` for a user
    who may see none of them.
    """
    sessions = scope.visible(site, request, ConnectSession)
    accounts = scope.visible(site, request, LinkedAccount)
    counted = figures.figures(site, request, accounts)
    if sessions is None and not counted:
        return None
    shown: dict[str, Any] = {"counts": counted}
    if sessions is not None:
        shown |= _of_sessions(sessions, address(site, ConnectSession, "changelist"))
    if accounts is not None:
        broken = figures.broken(accounts).select_related("owner").order_by("-created_at", "-pk")
        shown |= {
            "shows_accounts": True,
            "broken": broken[:NAMED],
            "broken_url": figures.with_query(
                address(site, LinkedAccount, "changelist"), figures.BROKEN
            ),
        }
    return shown


def _of_sessions(sessions: Any, url: str | None) -> dict[str, Any]:
    since = clock.now() - timedelta(days=DAYS - 1)
    recent = sessions.filter(created_at__gte=since.replace(hour=0, minute=0))
    oldest = bounded.oldest_of_newest(recent, "created_at", most=CHARTED)
    if oldest is not None:
        recent = recent.filter(created_at__gt=oldest)
    return {
        "counted_since": oldest,
        "counted": CHARTED,
        "shows_sessions": True,
        "days": _chart(_by_day(recent), since.date()),
        "chart_width": DAYS * _STEP,
        "chart_height": _HEIGHT,
        "bar_width": _WIDTH,
        "legend": [(key, label, figures.with_query(url, query)) for key, label, query in RESULTS],
        "failures": [
            (
                labels.error(row["error_code"]),
                row["count"],
                figures.with_query(url, f"{_FAILED}&error_code={row['error_code']}"),
            )
            for row in recent.filter(status=SessionStatus.FAILED)
            .order_by()
            .values("error_code")
            .annotate(count=Count("pk"))
            .order_by("-count", "error_code")
        ],
    }


class _UtcDate(TruncDate):
    """The day in UTC. Django takes PostgreSQL's own time zone for it with ``USE_TZ = False``."""

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        """As SQL, whatever the connection's time zone is."""
        sql, values = compiler.compile(self.lhs)
        return f"timezone('UTC', {sql})::date", values


def _by_day(recent: Any) -> dict[tuple[date, str], int]:
    """The number of sessions by day (UTC) and result."""
    result = Case(
        When(status=SessionStatus.COMPLETED, then=F("outcome")),
        When(status=SessionStatus.FAILED, then=Value("failed")),
        default=Value("nothing"),
        output_field=CharField(),
    )
    rows = (
        recent.order_by()
        .annotate(day=_UtcDate("created_at", tzinfo=UTC), result=result)
        .values("day", "result")
        .annotate(count=Count("pk"))
    )
    return {(row["day"], row["result"]): row["count"] for row in rows}


def _chart(counts: dict[tuple[date, str], int], first: date) -> list[Day]:
    """Columns of the same scale, each stacked from the bottom."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    totals = {day: sum(counts.get((day, key), 0) for key, _, _ in RESULTS) for day in days}
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
    for key, label, _query in RESULTS:
        count = counts.get((day, key), 0)
        if count:
            height = round(count * scale, 2)
            ground = round(ground - height, 2)
            yield Bar(kind=str(key), title=_bar_title(day, label, count), y=ground, height=height)


def _bar_title(day: date, label: str | Promise, count: int) -> str:
    values = {"day": date_format(day, "DATE_FORMAT"), "result": label, "count": count}
    return gettext("%(day)s, %(result)s: %(count)d") % values
