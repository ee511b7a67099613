"""Sending what is due, once, and noting what became of it.

StackOne's own schedule is not documented (contract §4.6); this one is short enough to be watched.
"""

from __future__ import annotations

import http.client
import json
import secrets
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib import error, request

from django.db.models import F
from django.utils import timezone

from stackone_connect.sandbox import webhooks
from stackone_connect.sandbox.models import Delivery
from stackone_connect.sandbox.times import iso

MAX_ATTEMPTS = 5
#: Seconds: how long a receiver may take, and the first wait, which doubles.
TIMEOUT = 5.0
FIRST_WAIT = 2.0
#: How long a killed process keeps a delivery from the others.
LEASE = timedelta(seconds=30)
#: Why there was no status, the first that fits.
PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "timed out"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (OSError, "unreachable"),
)
USER_AGENT = "stackone-sandbox"

State = Delivery.State


def deliver_due(limit: int = 100) -> int:
    """Attempt up to ``limit`` deliveries that are due, in their order; how many.

    Whoever gets a row first sends it, so any number of processes may do this at once.
    """
    due = Delivery.objects.filter(state=State.WAITING, next_attempt_at__lte=timezone.now())
    ids = list(due.order_by("next_attempt_at", "id").values_list("pk", flat=True)[:limit])
    return sum(_attempt(pk) for pk in ids)


def next_due() -> datetime | None:
    """When there is something to do again; ``None`` when nothing waits."""
    waiting = Delivery.objects.filter(state=State.WAITING)
    return waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()


def _attempt(pk: int) -> bool:
    now = timezone.now()
    due = Delivery.objects.filter(pk=pk, state=State.WAITING, next_attempt_at__lte=now)
    won = due.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1, attempted_at=now)
    if not won:
        return False
    delivery = Delivery.objects.get(pk=pk)
    delivery.status_code, delivery.problem = _send(delivery)
    if delivery.status_code and HTTPStatus(200) <= delivery.status_code < HTTPStatus(300):
        delivery.state = State.DELIVERED
    elif delivery.attempts >= MAX_ATTEMPTS:
        delivery.state = State.FAILED
    else:
        wait = FIRST_WAIT * 2 ** (delivery.attempts - 1)
        delivery.next_attempt_at = timezone.now() + timedelta(seconds=wait)
    delivery.save(update_fields=["status_code", "problem", "state", "next_attempt_at"])
    return True


def _send(delivery: Delivery) -> tuple[int | None, str]:
    """The receiver's status, or why there was none; its body is not read (contract §4.6)."""
    known = {target.url: target.secrets for target in webhooks.targets()}
    if delivery.url not in known:
        return None, "no longer subscribed"
    body = json.dumps(delivery.payload | {"sent_at": iso(timezone.now())}).encode()
    secret = secrets.token_hex() if delivery.forged else known[delivery.url][0]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "x-stackone-signature": webhooks.sign(body, secret),
    }
    try:
        post = request.Request(delivery.url, body, headers)  # noqa: S310 (http and https only)
        with _opener.open(post, timeout=TIMEOUT) as answer:
            return int(answer.status), ""
    except error.HTTPError as refused:
        refused.close()
        return refused.code, ""
    except (OSError, http.client.HTTPException, ValueError) as failed:
        reason = getattr(failed, "reason", failed)
        return None, next((word for kind, word in PROBLEMS if isinstance(reason, kind)), "broken")


def _plain_opener() -> request.OpenerDirector:
    """Without redirects and the environment's proxies: nobody else gets the event."""
    opener = request.OpenerDirector()
    for handler in (
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


_opener = _plain_opener()
