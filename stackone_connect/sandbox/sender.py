"""Sends due webhooks, signed, and records the result of each attempt.

StackOne's own schedule is not documented (StackOne notes §4.6); this one is short enough to watch.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import secrets
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib import error, request

from django.db.models import F
from django.utils import timezone

from stackone_connect.sandbox.models import Delivery
from stackone_connect.sandbox.subscriptions import targets
from stackone_connect.sandbox.times import iso

MAX_ATTEMPTS = 5
#: Seconds that a receiver may take.
TIMEOUT = 5.0
#: Seconds before the second attempt; doubled after each.
FIRST_WAIT = 2.0
#: How long a delivery stays reserved for a process that was killed.
LEASE = timedelta(seconds=30)
#: Why there was no status; the first match counts.
PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "timed out"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (OSError, "unreachable"),
)
USER_AGENT = "stackone-sandbox"

State = Delivery.State


def deliver_due(limit: int = 100) -> int:
    """Attempt up to ``limit`` due deliveries, oldest first; the number of attempts.

    Each delivery is claimed in the database first, so any number of processes may run this at once.
    """
    due = Delivery.objects.filter(state=State.WAITING, next_attempt_at__lte=timezone.now())
    ids = list(due.order_by("next_attempt_at", "id").values_list("pk", flat=True)[:limit])
    return sum(_attempt(pk) for pk in ids)


def next_due() -> datetime | None:
    """When the next delivery is due; ``None`` when none is waiting."""
    waiting = Delivery.objects.filter(state=State.WAITING)
    return waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()


def sign(body: bytes, secret: str) -> str:
    """``x-stackone-signature``: HMAC-SHA256, URL-safe base64, no padding (StackOne notes §4.3)."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _attempt(pk: int) -> bool:
    now = timezone.now()
    due = Delivery.objects.filter(pk=pk, state=State.WAITING, next_attempt_at__lte=now)
    claimed = due.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1, attempted_at=now)
    if not claimed:
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
    """The receiver's status, or why there was none; its body is ignored (StackOne notes §4.6)."""
    known = {target.url: target.secrets for target in targets(delivery.project)}
    if delivery.url not in known:
        return None, "no longer subscribed"
    body = json.dumps(delivery.payload | {"sent_at": iso(timezone.now())}).encode()
    secret = secrets.token_hex() if delivery.forged else known[delivery.url][0]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "x-stackone-signature": sign(body, secret),
    }
    try:
        post = request.Request(delivery.url, body, headers)  # noqa: S310 (http and https only)
        with _opener.open(post, timeout=TIMEOUT) as response:
            return int(response.status), ""
    except error.HTTPError as refused:
        refused.close()
        return refused.code, ""
    except (OSError, http.client.HTTPException, ValueError) as failed:
        reason = getattr(failed, "reason", failed)
        return None, next((text for kind, text in PROBLEMS if isinstance(reason, kind)), "broken")


def _plain_opener() -> request.OpenerDirector:
    """Without redirects and proxies, so that only the subscribed address gets the event."""
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
