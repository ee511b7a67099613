"""The sandbox's settings, read when used: one dict, ``STACKONE_SANDBOX``.

``API_KEYS``: list of accepted keys, default ``["sandbox-key"]``.
``ALLOW_WITHOUT_DEBUG``: answer although ``DEBUG`` is off, default ``False``.
``WEBHOOKS``: who is told of events, ``[{"URL": …, "SECRETS": [one or two]}]``; the first secret
signs. More can be added while running, see ``control.add_webhook``.
``RATE_LIMIT``: calls per key and minute, default 1000 (contract §2); ``None`` for no limit.
``TEST_ACCOUNT_LIFETIME``: seconds until an account of type ``test`` expires (contract §3.7);
default ``None`` for never, because no source says how long it lives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

SETTING = "STACKONE_SANDBOX"
DEFAULT_API_KEYS = ["sandbox-key"]
DEFAULT_RATE_LIMIT = 1000
#: StackOne keeps no more per webhook (contract §4.4).
MOST_SECRETS = 2


@dataclass(frozen=True)
class Target:
    """Where events are sent; the first secret signs."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)


def _values() -> dict[str, Any]:
    values = getattr(settings, SETTING, {})
    return values if isinstance(values, dict) else {}


def api_keys() -> list[str]:
    """The keys of the sandbox's one StackOne project."""
    return list(_values().get("API_KEYS", DEFAULT_API_KEYS))


def webhooks() -> list[Target]:
    return [Target(item["URL"], tuple(item["SECRETS"])) for item in _values().get("WEBHOOKS", [])]


def rate_limit() -> int | None:
    limit: int | None = _values().get("RATE_LIMIT", DEFAULT_RATE_LIMIT)
    return limit


def test_account_lifetime() -> timedelta | None:
    seconds = _values().get("TEST_ACCOUNT_LIFETIME")
    return None if seconds is None else timedelta(seconds=seconds)


def allowed_without_debug() -> bool:
    return _values().get("ALLOW_WITHOUT_DEBUG", False) is True


def is_enabled() -> bool:
    """Whether the sandbox answers at all; where not, its addresses do not exist."""
    return bool(settings.DEBUG) or allowed_without_debug()


def is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _are_texts(value: object, most: int | None = None) -> bool:
    return (
        isinstance(value, list | tuple)
        and all(isinstance(item, str) and item for item in value)
        and (most is None or 0 < len(value) <= most)
    )


def _are_webhooks(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(item, dict)
        and item.keys() == {"URL", "SECRETS"}
        and is_address(item["URL"])
        and _are_texts(item["SECRETS"], MOST_SECRETS)
        for item in value
    )


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value > 0)


#: Whether a value is right, and otherwise what it must be; never shown with the value.
_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "API_KEYS": (_are_texts, "a list of non-empty texts"),
    "ALLOW_WITHOUT_DEBUG": (lambda value: isinstance(value, bool), "True or False"),
    "RATE_LIMIT": (_is_count, "a whole number above 0, or None"),
    "TEST_ACCOUNT_LIFETIME": (_is_count, "a whole number of seconds above 0, or None"),
    "WEBHOOKS": (_are_webhooks, 'a list of {"URL": "http…", "SECRETS": [one or two texts]}'),
}


def problems() -> list[str]:
    """What is wrong with the setting, a sentence each; never a key or a secret."""
    values = getattr(settings, SETTING, {})
    if not isinstance(values, dict):
        return [f"{SETTING} must be a dict."]
    unknown = [f"{SETTING} has an unknown key {key!r}." for key in values if key not in _RULES]
    wrong = [
        f'{SETTING}["{key}"] must be {kind}.'
        for key, (is_right, kind) in _RULES.items()
        if key in values and not is_right(values[key])
    ]
    return unknown + wrong
