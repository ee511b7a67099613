"""The sandbox's settings, read when used: one dict, ``STACKONE_SANDBOX``.

``API_KEYS``: list of accepted keys, default ``["sandbox-key"]``.
``ALLOW_WITHOUT_DEBUG``: answer although ``DEBUG`` is off, default ``False``.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

SETTING = "STACKONE_SANDBOX"
DEFAULT_API_KEYS = ["sandbox-key"]


def _values() -> dict[str, Any]:
    values = getattr(settings, SETTING, {})
    return values if isinstance(values, dict) else {}


def api_keys() -> list[str]:
    """The keys of the sandbox's one StackOne project."""
    return list(_values().get("API_KEYS", DEFAULT_API_KEYS))


def allowed_without_debug() -> bool:
    return _values().get("ALLOW_WITHOUT_DEBUG", False) is True


def is_enabled() -> bool:
    """Whether the sandbox answers at all; where not, its addresses do not exist."""
    return bool(settings.DEBUG) or allowed_without_debug()


def problems() -> list[str]:
    """What is wrong with the setting, a sentence each; never a key."""
    values = getattr(settings, SETTING, {})
    if not isinstance(values, dict):
        return [f"{SETTING} must be a dict."]
    found = [
        f"{SETTING} has an unknown key {key!r}."
        for key in values
        if key not in {"API_KEYS", "ALLOW_WITHOUT_DEBUG"}
    ]
    keys = values.get("API_KEYS", DEFAULT_API_KEYS)
    if not isinstance(keys, list | tuple) or not all(isinstance(k, str) and k for k in keys):
        found.append(f'{SETTING}["API_KEYS"] must be a list of non-empty texts.')
    if not isinstance(values.get("ALLOW_WITHOUT_DEBUG", False), bool):
        found.append(f'{SETTING}["ALLOW_WITHOUT_DEBUG"] must be True or False.')
    return found
