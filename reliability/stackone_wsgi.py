"""StackOne behind a network: it can be far away, hang, be out of order, and be asked for the truth.

``POST /_control`` with ``{"function": …, "arguments": {…}}`` calls one of the functions below.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

CONTROL = "/_control"
#: Seconds after which a call that hangs is given up here, if nobody ended it before.
LONGEST_HANG = 90

_sandbox = get_wsgi_application()
call_command("migrate", verbosity=0)


class Network:
    """What is between StackOne and the site."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.status = ""
        self.reachable = threading.Event()
        self.reachable.set()

    def set(self, *, delay: float = 0.0, hangs: bool = False, status: str = "") -> None:
        self.delay, self.status = delay, status
        if hangs:
            self.reachable.clear()
        else:
            self.reachable.set()


network = Network()


def accounts(owner_ids: list[str]) -> dict[str, dict[str, str]]:
    """By the owner's id: its accounts and their status."""
    from stackone_connect.sandbox.models import Account

    found: dict[str, dict[str, str]] = {owner_id: {} for owner_id in owner_ids}
    for account in Account.objects.filter(origin_owner_id__in=owner_ids):
        found[account.origin_owner_id][account.pk] = account.status
    return found


def sessions(owner_ids: list[str]) -> dict[str, list[str]]:
    """By the owner's id: the ids of its sessions."""
    from stackone_connect.sandbox.models import ConnectSession

    found: dict[str, list[str]] = {owner_id: [] for owner_id in owner_ids}
    for session in ConnectSession.objects.filter(origin_owner_id__in=owner_ids):
        found[session.origin_owner_id].append(str(session.pk))
    return found


def function(name: str) -> Callable[..., Any]:
    """One of this module's, else one of the sandbox's control."""
    from stackone_connect.sandbox import control

    known: dict[str, Callable[..., Any]] = {
        "network": network.set,
        "accounts": accounts,
        "sessions": sessions,
    }
    found: Callable[..., Any] = known.get(name) or getattr(control, name)
    return found


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == CONTROL:
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        result = function(asked["function"])(**asked["arguments"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(result).encode()]
    if network.delay:
        time.sleep(network.delay)
    network.reachable.wait(LONGEST_HANG)
    if network.status:
        start_response(network.status, [("Content-Type", "application/json")])
        return [b"{}"]
    return _sandbox(environ, start_response)
