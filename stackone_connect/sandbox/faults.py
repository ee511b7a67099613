"""Faults: which there are, and who gets one. They are rows, so that several workers agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F

from stackone_connect.sandbox.models import TEXT, Fault


@dataclass(frozen=True)
class Kind:
    """``group`` says what goes wrong; ``seconds`` and ``status`` are defaults where they matter."""

    group: str
    label: str
    seconds: float | None = None
    status: int | None = None


#: Instead of, or with, the answer to a call; the oldest that matches.
CALLS = "calls"
#: The answer's contract is another than today's; all that match, until taken away.
ANSWERS = "answers"
#: On the way to whoever is told; ``prefix`` is of the event. The oldest that matches.
WEBHOOKS = "webhooks"

KINDS = {
    "rate_limited": Kind(CALLS, "429 with Retry-After", seconds=2),
    "error": Kind(CALLS, "Error 500, or another status", status=500),
    "hang": Kind(CALLS, "No answer, then hung up on", seconds=30),
    "reset": Kind(CALLS, "Connection reset"),
    "lost_answer": Kind(CALLS, "Done, but reset before the answer"),
    "malformed": Kind(CALLS, "Answer cut off in the middle"),
    "slow": Kind(CALLS, "Answer that drips", seconds=10),
    "organization_id_number": Kind(ANSWERS, "organization_id is a number"),
    "unknown_fields": Kind(ANSWERS, "Fields that nobody knows"),
    "wrapped_list": Kind(ANSWERS, "{data: […]} instead of an array"),
    "lost": Kind(WEBHOOKS, "Lost"),
    "duplicated": Kind(WEBHOOKS, "Sent twice"),
    "reordered": Kind(WEBHOOKS, "Sent after the next one"),
    "late": Kind(WEBHOOKS, "Sent late", seconds=30),
    "forged": Kind(WEBHOOKS, "Signed with a wrong secret"),
}
METHODS = ("GET", "POST", "PATCH", "DELETE")
#: Seconds: a worker thread hangs no longer than this.
LONGEST = 600
ERRORS = range(400, 600)
MOST_TIMES = 1_000_000


def add(
    kind: str,
    *,
    method: str = "",
    prefix: str = "",
    times: int | None = None,
    seconds: float | None = None,
    status: int | None = None,
) -> Fault:
    """``times`` is once unless said otherwise, 0 for always; always for a changed contract.

    Raises ``ValueError`` for what can't be meant.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    about = KINDS[kind]
    if method and (method not in METHODS or about.group == WEBHOOKS):
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    if times is None:
        times = 0 if about.group == ANSWERS else 1
    seconds = about.seconds if seconds is None else seconds
    status = about.status if status is None else status
    if seconds is not None and not 0 <= seconds <= LONGEST:
        raise ValueError(f"seconds must be from 0 to {LONGEST}")
    if status is not None and status not in ERRORS:
        raise ValueError("status must be from 400 to 599")
    if times < 0 or times > MOST_TIMES or len(prefix) > TEXT:
        raise ValueError("times or the prefix is out of bounds")
    return Fault.objects.create(
        kind=kind,
        method=method,
        prefix=prefix.strip().lstrip("/"),
        remaining=times or None,
        seconds=seconds,
        status=status,
    )


def take(group: str, what: str, method: str = "") -> Fault | None:
    """The oldest fault that matches a path or an event, if this caller is the one that gets it."""
    return next((fault for fault in _matching(group, what, method) if _won(fault)), None)


def take_all(group: str, what: str, method: str = "") -> list[str]:
    """The kinds of all faults that match."""
    return [fault.kind for fault in _matching(group, what, method) if _won(fault)]


def _matching(group: str, what: str, method: str) -> Iterable[Fault]:
    kinds = [name for name, kind in KINDS.items() if kind.group == group]
    return [
        fault
        for fault in Fault.objects.filter(kind__in=kinds)
        if what.startswith(fault.prefix) and fault.method in {"", method}
    ]


def _won(fault: Fault) -> bool:
    if fault.remaining is None:
        return True
    row = Fault.objects.filter(pk=fault.pk)
    won = row.filter(remaining__gt=0).update(remaining=F("remaining") - 1)
    row.filter(remaining=0).delete()
    return won == 1
