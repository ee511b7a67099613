"""The platform API's rate limit: calls per key and minute (StackOne notes §2)."""

from __future__ import annotations

import time

from django.db import IntegrityError
from django.db.models import F

from stackone_connect.sandbox import conf, transactions
from stackone_connect.sandbox.errors import too_many
from stackone_connect.sandbox.ids import digest
from stackone_connect.sandbox.models import RateWindow

MINUTE = 60


def count(key: str) -> None:
    """Count one call. Raises ``RefusedError`` (429) above the limit, until the minute ends."""
    limit = conf.rate_limit()
    if limit is None:
        return
    now = time.time()
    minute = int(now // MINUTE)
    window = RateWindow.objects.filter(key_digest=digest(key), minute=minute)
    if not window.update(calls=F("calls") + 1):
        _open(digest(key), minute)
    if window.values_list("calls", flat=True).get() > limit:
        raise too_many(MINUTE - now % MINUTE)


def _open(key_digest: str, minute: int) -> None:
    RateWindow.objects.filter(minute__lt=minute).delete()
    try:
        with transactions.atomic():
            RateWindow.objects.create(key_digest=key_digest, minute=minute)
    except IntegrityError:
        # Another process was first.
        RateWindow.objects.filter(key_digest=key_digest, minute=minute).update(calls=F("calls") + 1)
