"""The control page: the sandbox's data and its faults on one screen.

It needs no script; with one it refreshes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from stackone_connect.sandbox import conf, control, faults, worker
from stackone_connect.sandbox.models import (
    Account,
    ConnectSession,
    Delivery,
    Fault,
    Webhook,
    address,
)

#: The newest that each table shows.
SHOWN = 15
DONE, GONE = "done", "gone"
MESSAGES = {DONE: "Done.", GONE: "It no longer exists."}
#: The switches for calls: what is written on each, and the fault that it sets.
SWITCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "500": ("500 Internal Server Error", {"kind": "error", "status": 500}),
    "400": ("400 Refused", {"kind": "error", "status": 400}),
    "401": ("401 Key refused", {"kind": "error", "status": 401}),
    "404": ("404 Not Found", {"kind": "error", "status": 404}),
    # Longer than a client would wait before it answers its own caller.
    "429": ("429, wait 20 s", {"kind": "rate_limited", "seconds": 20}),
    "slow": ("Slow, 10 s", {"kind": "slow"}),
    "hang": ("No response", {"kind": "hang"}),
    "reset": ("Connection reset", {"kind": "reset"}),
    "lost_answer": ("Processed, then reset", {"kind": "lost_answer"}),
    "malformed": ("Response cut off", {"kind": "malformed"}),
}
#: How often a switch's fault happens.
TIMES = ((1, "once"), (3, "three times"), (0, "until removed"))


def show(request: HttpRequest) -> HttpResponse:
    message = MESSAGES.get(request.GET.get("message", ""), "")
    return _page(request, {"message": message})


def _page(
    request: HttpRequest, more: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    project = _project(request)
    of_project = {"project": project} if project else {}
    if Delivery.objects.filter(state=Delivery.State.WAITING).exists():
        # The process that queued them may have ended.
        worker.wake()
    armed = list(Fault.objects.all())
    context = {
        "here": _here(project),
        "now": timezone.now(),
        "projects": _projects(),
        "project": project,
        "accounts": _newest(Account.objects.filter(**of_project).order_by("-created_at")),
        "sessions": _newest(
            ConnectSession.objects.filter(**of_project).order_by("-pk").prefetch_related("attempts")
        ),
        "deliveries": _newest(Delivery.objects.filter(**of_project)),
        "webhooks": [item for item in _addresses() if project in {"", item["project"]}],
        "armed": [(fault, faults.label_of(fault), faults.aim_of(fault)) for fault in armed],
        "switches": SWITCHES,
        "targets": faults.TARGETS,
        "times": TIMES,
        "groups": {
            group: [
                (name, kind, any(fault.kind == name for fault in armed))
                for name, kind in faults.KINDS.items()
                if kind.group == group
            ]
            for group in (faults.CALLS, faults.WEBHOOKS, faults.CONTRACT)
        },
        "methods": faults.METHODS,
    }
    return render(request, "stackone_sandbox/control.html", context | more, status=status)


def _projects() -> list[str]:
    """The names of several projects; a single one is not shown."""
    names = conf.projects()
    return names if len(names) > 1 else []


def _project(request: HttpRequest) -> str:
    """The selected project; an empty string means all."""
    name = request.GET.get("project", "")
    return name if name in _projects() else ""


def _here(project: str, **query: str) -> str:
    """This page's URL with the same project selected."""
    query |= {"project": project} if project else {}
    address = reverse("stackone_sandbox:control")
    return f"{address}?{urlencode(query)}" if query else address


def _newest(items: QuerySet[Any]) -> dict[str, Any]:
    return {"items": items[:SHOWN], "count": items.count()}


def _addresses() -> list[dict[str, Any]]:
    """Every subscribed address without its query; those of the settings can't be removed."""
    fixed = [
        {"project": item.project, "address": address(item.url), "count": len(item.secrets)}
        for item in conf.webhooks()
    ]
    added = [
        {
            "project": row.project,
            "address": address(row.url),
            "count": len(row.keys),
            "id": row.pk,
        }
        for row in Webhook.objects.all()
    ]
    return fixed + added


def act(request: HttpRequest) -> HttpResponse:
    """Run the action ``do``: a verb and its target, such as ``expire-session:12``."""
    verb, _, target = request.POST.get("do", "").partition(":")
    if any("\0" in value for _name, values in request.POST.lists() for value in values):
        # No field of this page writes one, and PostgreSQL refuses it.
        return _page(request, {"refused": "A text holds a NUL."}, HTTPStatus.BAD_REQUEST)
    action = VERBS.get(verb)
    if action is None:
        return _page(request, {"refused": "This page has no such action."}, HTTPStatus.BAD_REQUEST)
    try:
        action(request, target)
        message = DONE
    except ObjectDoesNotExist:
        message = GONE
    except ValueError as error:
        return _page(request, {"refused": f"{error}."}, HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(_here(_project(request), message=message))


def _set_fault(request: HttpRequest, _: str) -> None:
    """The form with every option; an empty one means the kind's default."""
    given = {name: request.POST.get(name, "").strip() for name in ("times", "seconds", "status")}
    control.set_fault(
        request.POST.get("kind", ""),
        project=request.POST.get("project", ""),
        method=request.POST.get("method", ""),
        prefix=request.POST.get("prefix", ""),
        times=int(given["times"]) if given["times"] else None,
        seconds=float(given["seconds"]) if given["seconds"] else None,
        status=int(given["status"]) if given["status"] else None,
    )


def _switch(request: HttpRequest, name: str) -> None:
    """A switch for calls, with the target and the number that are selected beside it."""
    if name not in SWITCHES:
        raise ValueError(f"{name!r} is no switch")
    _, options = SWITCHES[name]
    times = request.POST.get("times", "")
    control.set_fault(
        **options,
        target=request.POST.get("target", ""),
        times=int(times) if times else None,
        project=_project(request),
    )


def _move_account(request: HttpRequest, pk: str) -> None:
    control.move_account(
        pk,
        origin_owner_id=request.POST.get("origin_owner_id", ""),
        origin_owner_name=request.POST.get("origin_owner_name", ""),
        send_webhook="send_webhook" in request.POST,
    )


def _toggle(kind: str) -> None:
    if not Fault.objects.filter(kind=kind).delete()[0]:
        control.set_fault(kind)


def _remove_webhook(pk: str) -> None:
    webhook = Webhook.objects.get(pk=int(pk))
    control.remove_webhook(webhook.url, project=webhook.project)


VERBS: dict[str, Callable[[HttpRequest, str], object]] = {
    "expire-session": lambda _, pk: control.expire_session(int(pk)),
    "break-account": lambda _, pk: control.set_account_status(
        pk, "error", ["The provider refused the credentials."]
    ),
    "expire-account": lambda _, pk: control.set_account_status(pk, "expired"),
    "repair-account": lambda _, pk: control.set_account_status(pk, "active"),
    "move-account": _move_account,
    "delete-account": lambda _, pk: control.delete_account(pk),
    "forge-webhook": lambda _, pk: control.send_webhook(pk, is_forged=True),
    "repeat-delivery": lambda _, pk: control.redeliver(int(pk)),
    "remove-webhook": lambda _, pk: _remove_webhook(pk),
    "fault": lambda _, kind: control.set_fault(kind),
    "switch": _switch,
    "toggle": lambda _, kind: _toggle(kind),
    "set-fault": _set_fault,
    "clear-fault": lambda _, pk: control.clear_faults(int(pk)),
    "clear-faults": lambda *_: control.clear_faults(),
    "reset": lambda *_: control.reset(),
}
