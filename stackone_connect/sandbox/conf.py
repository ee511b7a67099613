"""The sandbox's settings, read when used: one dict, ``STACKONE_SANDBOX``.

``API_KEYS``: list of accepted keys, default ``["sandbox-key"]``; or, for several StackOne projects,
a dict of such lists by the project's name. What is in one project does not exist for another's key.
``ALLOW_WITHOUT_DEBUG``: respond although ``DEBUG`` is off, default ``False``.
``WEBHOOKS``: addresses that receive events, ``[{"URL": …, "SECRETS": [one or two]}]``; the first
secret signs. With several projects each names its ``"PROJECT"``. More can be added while running,
see ``control.add_webhook``.
``RATE_LIMIT``: calls per key and minute, default 1000 (StackOne notes §2); ``None`` for no limit.
``TEST_ACCOUNT_LIFETIME``: seconds until an account of type ``test`` expires (StackOne notes §3.7);
default ``None`` for never, because no source says how long it lives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

SETTING = "STACKONE_SANDBOX"
DEFAULT_API_KEYS = ["sandbox-key"]
#: The only project, where the keys are not given by project.
DEFAULT_PROJECT = "default"
DEFAULT_RATE_LIMIT = 1000
#: StackOne keeps no more per webhook (StackOne notes §4.4).
MOST_SECRETS = 2


@dataclass(frozen=True)
class Target:
    """An address that receives events; the first secret signs."""

    project: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)


def _values() -> dict[str, Any]:
    values = getattr(settings, SETTING, {})
    return values if isinstance(values, dict) else {}


def api_keys() -> dict[str, list[str]]:
    """The keys of each StackOne project, by its name."""
    keys = _values().get("API_KEYS", DEFAULT_API_KEYS)
    if isinstance(keys, dict):
        return {name: list(of_project) for name, of_project in keys.items()}
    return {DEFAULT_PROJECT: list(keys)}


def projects() -> list[str]:
    """The names of the StackOne projects; one, unless the settings name several."""
    return list(api_keys())


def project_named(name: str | None) -> str:
    """That project, or the only one where no name is given.

    Raises ``ValueError`` for an unknown name, and without a name where there are several.
    """
    known = projects()
    if name is None and len(known) == 1:
        return known[0]
    if name not in known:
        what = "Name the project" if name is None else f"{name!r} is no project"
        raise ValueError(f"{what}: {', '.join(known)}")
    return name


def webhooks() -> list[Target]:
    only = next(iter(projects()), DEFAULT_PROJECT)
    return [
        Target(item.get("PROJECT", only), item["URL"], tuple(item["SECRETS"]))
        for item in _values().get("WEBHOOKS", [])
    ]


def rate_limit() -> int | None:
    limit: int | None = _values().get("RATE_LIMIT", DEFAULT_RATE_LIMIT)
    return limit


def test_account_lifetime() -> timedelta | None:
    seconds = _values().get("TEST_ACCOUNT_LIFETIME")
    return None if seconds is None else timedelta(seconds=seconds)


def allowed_without_debug() -> bool:
    return _values().get("ALLOW_WITHOUT_DEBUG", False) is True


def _test_run() -> object | None:
    """The settings that Django saves while tests run, with any test runner.

    Looked up, not imported, so that nothing for tests is loaded outside of tests.
    """
    state = getattr(sys.modules.get("django.test.utils"), "_TestState", None)
    return getattr(state, "saved_data", None)


def is_testing() -> bool:
    return _test_run() is not None


def is_debug() -> bool:
    """``DEBUG`` of the settings file: test runners turn it off."""
    return bool(settings.DEBUG or getattr(_test_run(), "debug", False))


def is_enabled() -> bool:
    """Whether the sandbox is on; where not, its URLs respond 404."""
    return is_debug() or allowed_without_debug()


def is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _are_texts(value: object, most: int | None = None) -> bool:
    return (
        isinstance(value, list | tuple)
        and all(isinstance(item, str) and item for item in value)
        and (most is None or 0 < len(value) <= most)
    )


def _are_keys(value: object) -> bool:
    if not isinstance(value, dict):
        return _are_texts(value)
    names = list(value)
    return bool(names) and _are_texts(names) and all(map(_are_texts, value.values()))


def _are_webhooks(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(item, dict)
        and {"URL", "SECRETS"} <= item.keys() <= {"URL", "SECRETS", "PROJECT"}
        and is_address(item["URL"])
        and _are_texts(item["SECRETS"], MOST_SECRETS)
        for item in value
    )


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value > 0)


#: A check per key and what the value must be; errors never show the value.
_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "API_KEYS": (_are_keys, "a list of non-empty texts, or a dict of such lists by project"),
    "ALLOW_WITHOUT_DEBUG": (lambda value: isinstance(value, bool), "True or False"),
    "RATE_LIMIT": (_is_count, "a whole number above 0, or None"),
    "TEST_ACCOUNT_LIFETIME": (_is_count, "a whole number of seconds above 0, or None"),
    "WEBHOOKS": (_are_webhooks, 'a list of {"URL": "http…", "SECRETS": [one or two texts]}'),
}


def problems() -> list[str]:
    """The errors in the setting, one text each; they show no key and no secret."""
    values = getattr(settings, SETTING, {})
    if not isinstance(values, dict):
        return [f"{SETTING} must be a dict."]
    unknown = [f"{SETTING} has an unknown key {key!r}." for key in values if key not in _RULES]
    wrong = [
        f'{SETTING}["{key}"] must be {kind}.'
        for key, (is_right, kind) in _RULES.items()
        if key in values and not is_right(values[key])
    ]
    return unknown + wrong or _problems_of_projects()


def _problems_of_projects() -> list[str]:
    """The errors between values that are valid by themselves."""
    keys = [key for of_project in api_keys().values() for key in {*of_project}]
    known = projects()
    is_shared = len(keys) > len({*keys})
    shared = [f'{SETTING}["API_KEYS"] must not give two projects one key.'] if is_shared else []
    lost = [
        f'{SETTING}["WEBHOOKS"] must say "PROJECT" for each address: {", ".join(known)}.'
        for item in _values().get("WEBHOOKS", [])
        if ("PROJECT" in item or len(known) > 1) and item.get("PROJECT") not in known
    ]
    return shared + lost[:1]
