"""When a request is tried again, after how long, and when callers are asked to try again.

Everything that is asked of StackOne may be sent twice without harm, so what decides is only whether
another try may fare better: after a status that means "not now", and after a connection that could
not be made or broke off. A server that is too slow to answer is not asked again: it has the
request, and has used up the read timeout. Other failures would only repeat themselves.
"""

from __future__ import annotations

import math
import random
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from time import sleep

from stackone_connect import clock

__all__ = [
    "RETRIED_REASONS",
    "RETRIED_STATUSES",
    "TRIES",
    "advice",
    "pause",
    "retry_after",
    "sleep",
]

#: Tries in all, the first included.
TRIES = 3
#: Statuses that mean "not now". A 500 or 501 would only say the same again.
RETRIED_STATUSES = frozenset({408, 429, 502, 503, 504})
#: Reasons of failures without a status (see ``failures``).
RETRIED_REASONS = frozenset({"connect", "broken_off"})

BACKOFF_SECONDS = 0.25
ADVICE_SECONDS = 5
ADVICE_LIMIT_SECONDS = 60

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def retry_after(value: str | None) -> float | None:
    """The seconds of a ``Retry-After`` header, a number or an HTTP date.

    ``None`` without one, or when it can't be read or is not above zero.
    """
    text = (value or "").strip()
    if _NUMBER.fullmatch(text):
        seconds = float(text)
    else:
        try:
            when = parsedate_to_datetime(text)
            # "-0000" reads as a naive time; HTTP dates are UTC.
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (when - clock.now()).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return seconds if seconds > 0 else None


def advice(seconds: float | None) -> int:
    """Whole seconds for the caller to wait: what StackOne asks for, at most a minute, else five."""
    if seconds is None:
        return ADVICE_SECONDS
    return math.ceil(min(seconds, ADVICE_LIMIT_SECONDS))


def pause(tries: int, seconds: float | None) -> float:
    """Seconds to wait after so many tries: what StackOne asks for, else backoff with jitter."""
    if seconds is not None:
        return seconds
    return random.uniform(0, BACKOFF_SECONDS * 2 ** (tries - 1))  # noqa: S311  (not a secret)
