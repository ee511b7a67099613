"""Faults: their kinds, and which call or event meets one. The database shares them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F

from stackone_connect.sandbox import conf
from stackone_connect.sandbox.models import TEXT, Fault


@dataclass(frozen=True)
class Kind:
    """``group`` says what is affected; ``seconds`` and ``status`` are defaults where they apply."""

    group: str
    label: str
    seconds: float | None = None
    status: int | None = None


#: Affects the response to a call; the oldest that matches.
CALLS = "calls"
#: Changes the contract of responses; all that match, until cleared.
CONTRACT = "contract"
#: Affects webhook delivery; ``prefix`` is of the event. The oldest that matches.
WEBHOOKS = "webhooks"

KINDS = {
    "rate_limited": Kind(CALLS, "429 with Retry-After", seconds=2),
    "error": Kind(CALLS, "Error 500, or another status", status=500),
    "hang": Kind(CALLS, "No response, then the connection closes", seconds=30),
    "reset": Kind(CALLS, "Connection reset"),
    "lost_answer": Kind(CALLS, "Processed, then reset before the response"),
    "malformed": Kind(CALLS, "Response cut off in the middle"),
    "slow": Kind(CALLS, "Response sent slowly", seconds=10),
    "organization_id_number": Kind(CONTRACT, "organization_id is a number"),
    "unknown_fields": Kind(CONTRACT, "Unknown extra fields"),
    "wrapped_list": Kind(CONTRACT, "{data: […]} instead of an array"),
    "lost": Kind(WEBHOOKS, "Lost"),
    "duplicated": Kind(WEBHOOKS, "Sent twice"),
    "reordered": Kind(WEBHOOKS, "Sent after the next one"),
    "late": Kind(WEBHOOKS, "Sent late", seconds=30),
    "forged": Kind(WEBHOOKS, "Signed with a wrong secret"),
}
METHODS = ("GET", "POST", "PATCH", "DELETE")


@dataclass(frozen=True)
class Target:
    """The calls that a fault is aimed at by name."""

    label: str
    method: str = ""
    prefix: str = ""


#: At the end of a prefix: the path is exactly this.
WHOLE = "$"
TARGETS = {
    "connect_session": Target("POST /connect_sessions", "POST", f"connect_sessions{WHOLE}"),
    "accounts": Target("any call of /accounts", prefix="accounts"),
    "hub": Target("any call of the hub", prefix="hub/"),
    "any": Target("any call"),
}
#: Unless a method, a prefix or another target is given. Any call would often be another than the
#: one that somebody is about to make: pages read their lists again by themselves.
DEFAULT_TARGET = "connect_session"
#: Seconds that a fault may block a server thread.
MAX_SECONDS = 600
ERRORS = range(400, 600)
MAX_TIMES = 1_000_000


def add(
    kind: str,
    *,
    target: str = "",
    method: str = "",
    prefix: str = "",
    times: int | None = None,
    seconds: float | None = None,
    status: int | None = None,
    project: str = "",
) -> Fault:
    """Add a fault of a kind of ``KINDS``.

    A fault of a call is for ``POST /connect_sessions`` by default. ``target`` is another of
    ``TARGETS``; ``method`` and ``prefix`` name the calls exactly. The prefix is of a path or of an
    event, or the whole of it where it ends with ``$``.

    ``times``: how often it happens, 0 for always; by default once, and always for a changed
    contract. ``project`` limits it to the calls, the hub and the webhooks of one project.
    ``seconds`` is from 0 to 600, ``status`` from 400 to 599. Raises ``ValueError`` otherwise.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    defaults = KINDS[kind]
    if method and (method not in METHODS or defaults.group == WEBHOOKS):
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    method, prefix = _aim(defaults.group, target, method, prefix)
    if times is None:
        times = 0 if defaults.group == CONTRACT else 1
    if project:
        conf.project_named(project)
    seconds = defaults.seconds if seconds is None else seconds
    status = defaults.status if status is None else status
    if seconds is not None and not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"seconds must be from 0 to {MAX_SECONDS}")
    if status is not None and status not in ERRORS:
        raise ValueError("status must be from 400 to 599")
    if times < 0 or times > MAX_TIMES or len(prefix) > TEXT:
        raise ValueError("times or the prefix is out of bounds")
    return Fault.objects.create(
        kind=kind,
        project=project,
        method=method,
        prefix=prefix.strip().lstrip("/"),
        remaining=times or None,
        seconds=seconds,
        status=status,
    )


def _aim(group: str, target: str, method: str, prefix: str) -> tuple[str, str]:
    """The method and the prefix. Raises ``ValueError`` for a target that can't be meant."""
    is_exact = bool(method or prefix)
    if target and (is_exact or group != CALLS):
        raise ValueError("a target is for calls, and without a method and a prefix")
    if is_exact or group != CALLS:
        return method, prefix
    target = target or DEFAULT_TARGET
    if target not in TARGETS:
        raise ValueError(f"{target!r} is none of {', '.join(TARGETS)}")
    return TARGETS[target].method, TARGETS[target].prefix


def take(group: str, target: str, project_of: Callable[[], str], method: str = "") -> Fault | None:
    """The oldest fault that matches a path or an event, claimed; ``None`` without one.

    ``project_of`` is called only for a fault that is limited to one project.
    """
    return next(
        (fault for fault in _matching(group, target, project_of, method) if _claim(fault)), None
    )


def take_all(group: str, target: str, project_of: Callable[[], str], method: str = "") -> list[str]:
    """The kinds of all matching faults, each claimed."""
    return [fault.kind for fault in _matching(group, target, project_of, method) if _claim(fault)]


def _matching(group: str, target: str, project_of: Callable[[], str], method: str) -> list[Fault]:
    kinds = [name for name, kind in KINDS.items() if kind.group == group]
    return [
        fault
        for fault in Fault.objects.filter(kind__in=kinds)
        if _begins(target, fault.prefix)
        and fault.method in {"", method}
        and (not fault.project or fault.project == project_of())
    ]


def _begins(target: str, prefix: str) -> bool:
    if prefix.endswith(WHOLE):
        return target == prefix.removesuffix(WHOLE)
    return target.startswith(prefix)


def aim_of(fault: Fault) -> str:
    """What a fault is for, in words."""
    group = KINDS[fault.kind].group
    if group == WEBHOOKS:
        return f"webhooks of {fault.prefix}" if fault.prefix else "any webhook"
    for target in TARGETS.values():
        if (target.method, target.prefix) == (fault.method, fault.prefix):
            return target.label
    path = f"/{fault.prefix.removesuffix(WHOLE)}" if fault.prefix else "any path"
    return f"{fault.method or 'any call of'} {path}"


def label_of(fault: Fault) -> str:
    """What happens, in words."""
    if fault.kind == "error":
        return f"Error {fault.status}"
    label = KINDS[fault.kind].label
    return label if fault.seconds is None else f"{label}, {fault.seconds:g} s"


def _claim(fault: Fault) -> bool:
    if fault.remaining is None:
        return True
    stored = Fault.objects.filter(pk=fault.pk)
    claimed = stored.filter(remaining__gt=0).update(remaining=F("remaining") - 1)
    stored.filter(remaining=0).delete()
    return claimed == 1
