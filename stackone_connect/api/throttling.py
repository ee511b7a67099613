"""A limit per organization on calls that reach StackOne, shared by workers through the cache."""

from __future__ import annotations

import hashlib
import logging
import time

from django.core.cache import cache
from django.db import models

from stackone_connect import conf, logs
from stackone_connect.conf.rules import parse_rate
from stackone_connect.exceptions import ThrottledError


def throttle(organization: models.Model) -> None:
    """Count one call; raise :class:`ThrottledError` beyond ``THROTTLE_RATE``.

    Windows are fixed, so that one atomic ``incr`` counts for every worker. A cache that does not
    answer lets the call through: connecting an account matters more than counting.
    """
    rate = conf.read().throttle_rate
    if rate is None:
        return
    calls, seconds = parse_rate(rate)
    now = time.time()
    name = hashlib.sha256(str(organization.pk).encode()).hexdigest()[:32]
    key = f"stackone_connect:calls:{name}:{seconds}:{int(now // seconds)}"
    try:
        cache.add(key, 0, timeout=seconds + 1)
        count = int(cache.incr(key))  # some caches answer None when they are gone
    except Exception as error:  # noqa: BLE001 - each cache library fails with its own errors
        logs.write(
            logging.WARNING,
            "throttle.cache_failed",
            organization=organization.pk,
            error=type(error).__name__,
        )
        return
    if count > calls:
        raise ThrottledError(retry_after=max(1, int(seconds - now % seconds) + 1))
