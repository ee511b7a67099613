"""The dict of the host's settings, taken so that no frame shows its secrets."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.utils.functional import empty

from stackone_connect.conf.rules import NAME
from stackone_connect.conf.settings import PLAIN_KEYS
from stackone_connect.redaction import RedactedDict, RedactedList, redact


def given() -> RedactedDict | None:
    """The dict as the host wrote it; ``None`` for what is no mapping.

    Keys and secrets in it are redacted, and what is under keys that we do not know: it may be a
    secret under a name that was mistyped.
    """
    held = RedactedList((getattr(_wrapped(), NAME, None),))
    if not hasattr(held[0], "keys"):
        return None
    values = RedactedDict(held[0])
    redact(values, spare=PLAIN_KEYS)
    return values


def plain(key: str) -> Any:
    """One value that is no secret, as the host wrote it; ``None`` where there is none."""
    held = RedactedList((getattr(_wrapped(), NAME, None),))
    return held[0].get(key) if hasattr(held[0], "keys") else None


def is_unchanged(last: RedactedDict, debug: bool) -> bool:
    """Whether the host's dict is still equal to what :func:`snapshot` took, and ``DEBUG`` too."""
    settings = _wrapped()
    return bool(debug == settings.DEBUG and last == getattr(settings, NAME, None))


def snapshot() -> RedactedDict:
    """A copy of the host's dict, to compare with."""
    return RedactedDict(getattr(_wrapped(), NAME, None) or ())


def _wrapped() -> Any:
    """Django's settings below the lazy object, whose methods hold what they return in a local."""
    wrapped = object.__getattribute__(django_settings, "_wrapped")
    if wrapped is empty:
        _ = django_settings.DEBUG  # reads them
        wrapped = object.__getattribute__(django_settings, "_wrapped")
    return wrapped
