"""The control page: what the sandbox holds and what shall go wrong, on one screen.

It needs no script; with one it keeps itself up to date.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from stackone_connect.sandbox import conf, control, courier, faults
from stackone_connect.sandbox.models import (
    Account,
    ConnectSession,
    Delivery,
    Fault,
    Webhook,
    address,
)

#: Rows of each table, the newest.
SHOWN = 15
DONE, GONE = "done", "gone"
SAID = {DONE: "Done.", GONE: "That is no longer there."}


def show(request: HttpRequest) -> HttpResponse:
    said = SAID.get(request.GET.get("said", ""), "")
    return _page(request, {"said": said})


def _page(
    request: HttpRequest, more: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    deliveries = Delivery.objects.all()
    if deliveries.filter(state=Delivery.State.WAITING).exists():
        # Perhaps a process that is gone was to send them.
        courier.wake()
    armed = list(Fault.objects.all())
    context = {
        "accounts": _newest(Account.objects.order_by("-created_at")),
        "sessions": _newest(ConnectSession.objects.order_by("-pk").prefetch_related("attempts")),
        "deliveries": _newest(deliveries),
        "webhooks": _addresses(),
        "armed": [(fault, faults.KINDS[fault.kind].label) for fault in armed],
        "groups": {
            group: [
                (name, kind, any(fault.kind == name for fault in armed))
                for name, kind in faults.KINDS.items()
                if kind.group == group
            ]
            for group in (faults.CALLS, faults.WEBHOOKS, faults.ANSWERS)
        },
        "methods": faults.METHODS,
    }
    return render(request, "stackone_sandbox/control.html", context | more, status=status)


def _newest(rows: QuerySet[Any]) -> dict[str, Any]:
    return {"rows": rows[:SHOWN], "count": rows.count()}


def _addresses() -> list[dict[str, Any]]:
    """Every address that is told, without its query; those of the settings can't be removed."""
    fixed = [{"address": address(item.url), "count": len(item.secrets)} for item in conf.webhooks()]
    added = [
        {"address": address(row.url), "count": len(row.keys), "id": row.pk}
        for row in Webhook.objects.all()
    ]
    return fixed + added


def act(request: HttpRequest) -> HttpResponse:
    """``do`` is a verb and what it is about, such as ``expire-session:12``."""
    verb, _, about = request.POST.get("do", "").partition(":")
    obey = partial(_set_fault, request) if verb == "set-fault" else VERBS.get(verb)
    if obey is None:
        return _page(request, {"refused": "This page has no such button."}, HTTPStatus.BAD_REQUEST)
    try:
        obey(about)
        said = DONE
    except ObjectDoesNotExist:
        said = GONE
    except ValueError as error:
        return _page(request, {"refused": f"{error}."}, HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(f"{reverse('stackone_sandbox:control')}?said={said}")


def _set_fault(request: HttpRequest, _: str) -> None:
    """The form with every choice; what is empty is the kind's own."""
    given = {name: request.POST.get(name, "").strip() for name in ("times", "seconds", "status")}
    control.set_fault(
        request.POST.get("kind", ""),
        method=request.POST.get("method", ""),
        prefix=request.POST.get("prefix", ""),
        times=int(given["times"]) if given["times"] else None,
        seconds=float(given["seconds"]) if given["seconds"] else None,
        status=int(given["status"]) if given["status"] else None,
    )


def _toggle(kind: str) -> None:
    if not Fault.objects.filter(kind=kind).delete()[0]:
        control.set_fault(kind)


def _remove_webhook(pk: str) -> None:
    control.remove_webhook(Webhook.objects.get(pk=int(pk)).url)


VERBS: dict[str, Callable[[str], object]] = {
    "expire-session": lambda pk: control.expire_session(int(pk)),
    "break-account": lambda pk: control.set_account_status(
        pk, "error", ["The provider refused the credentials."]
    ),
    "expire-account": lambda pk: control.set_account_status(pk, "expired"),
    "repair-account": lambda pk: control.set_account_status(pk, "active"),
    "delete-account": control.delete_account,
    "forge-webhook": lambda pk: control.send_webhook(pk, is_forged=True),
    "repeat-delivery": lambda pk: control.redeliver(int(pk)),
    "remove-webhook": _remove_webhook,
    "fault": control.set_fault,
    "toggle": _toggle,
    "clear-fault": lambda pk: control.clear_faults(int(pk)),
    "clear-faults": lambda _: control.clear_faults(),
    "reset": lambda _: control.reset(),
    "set-fault": lambda _: None,
}
