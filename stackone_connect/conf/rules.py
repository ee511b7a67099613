"""What each setting must be: one rule per key, in words and as a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stackone_connect.choices import AccountType

NAME = "STACKONE_CONNECT"
REQUIRED = ("ORGANIZATION_MODEL", "API_KEY")
#: What the browser may set; ``metadata`` and ``connector_profile_id`` can be added by the host.
CLIENT_FIELDS = (
    "provider",
    "category",
    "categories",
    "account_id",
    "label",
    "multiple",
    "expires_in",
)
CLIENT_FIELDS_ALLOWED = frozenset({*CLIENT_FIELDS, "metadata", "connector_profile_id"})
#: The kinds of act that ``PERMISSION_CLASSES`` tells apart.
ACTS = ("read", "connect", "disconnect")
#: Seconds. A session that lives shorter can't be finished by a person.
MINIMUM_LIFETIME = 60
#: Seconds, half an hour: StackOne's own default (contract §1.1).
DEFAULT_LIFETIME = 1800
#: Seconds, seven days: the longest in StackOne's examples (contract §1.1).
DEFAULT_MAX_LIFETIME = 604800
#: Seconds, five days, unless ``MAX_SESSION_LIFETIME`` is shorter: a link in an e-mail is not opened
#: at once.
LINK_LIFETIME = 432000


def is_text(value: object) -> bool:
    """Whether it is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def _is_callable(value: object) -> bool:
    return callable(value) or (isinstance(value, str) and _is_dotted_path(value))


def _is_dotted_path(value: str) -> bool:
    """At least a module and a name; Django's ``import_string`` breaks on empty parts."""
    parts = value.split(".")
    return len(parts) > 1 and all(part.isidentifier() for part in parts)


def _is_seconds(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    )


def _is_whole(least: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple | set) and all(is_text(item) for item in value)


def _is_texts_or_none(value: object) -> bool:
    return value is None or (_is_texts(value) and bool(value))


def _is_url(value: object) -> bool:
    if not isinstance(value, str) or not value.isprintable() or set(value) & set("@?# "):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_permissions(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        act in ACTS and all(_is_callable(item) for item in as_list(given))
        for act, given in value.items()
    )


def as_list(given: Any) -> list[Any]:
    """One thing or a list of things, as a list."""
    return list(given) if isinstance(given, list | tuple) else [given]


def parse_rate(rate: str) -> tuple[int, int]:
    """``"30/min"`` as (calls, seconds). Periods go by their first letter: s, m, h or d."""
    number, _, period = rate.partition("/")
    return int(number), {"s": 1, "m": 60, "h": 3600, "d": 86400}[period[0]]


def _is_rate(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and parse_rate(value)[0] > 0
    except (ValueError, KeyError, IndexError):
        return False


_CALLABLE = ("a callable or the dotted path of one", _is_callable)
_LIST_OR_NONE = ("a list of names, not empty, or None", _is_texts_or_none)
_FLAG = ("True or False", _is_bool)
_SECONDS = ("a number of seconds above 0", _is_seconds)
_LIFETIME = (f"a whole number of seconds, at least {MINIMUM_LIFETIME}", _is_whole(MINIMUM_LIFETIME))
_DAYS = ("a whole number of days, at least 1", _is_whole(1))

#: For each key, what it must be, in words and as a test.
RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "ORGANIZATION_MODEL": ("'app_label.Model'", lambda v: isinstance(v, str) and v.count(".") == 1),
    "ORGANIZATION_MIGRATION": (
        "the name of a migration, or None",
        lambda v: v is None or is_text(v),
    ),
    "ORGANIZATION_RESOLVER": _CALLABLE,
    "OWNER_ID": _CALLABLE,
    "OWNER_NAME": _CALLABLE,
    "ORIGIN_USERNAME": _CALLABLE,
    "API_KEY": (
        "StackOne's key, or a callable that gives it",
        lambda v: callable(v) or is_text(v),
    ),
    "BASE_URL": ("an http(s) address, without credentials, query or fragment", _is_url),
    "CONNECT_TIMEOUT": _SECONDS,
    "READ_TIMEOUT": _SECONDS,
    "DEADLINE": _SECONDS,
    "ACCOUNT_TYPE": ("'production' or 'test'", lambda v: v in AccountType.values),
    "SESSION_LIFETIME": _LIFETIME,
    "MAX_SESSION_LIFETIME": _LIFETIME,
    "CLIENT_FIELDS": (
        "a list of " + ", ".join(sorted(CLIENT_FIELDS_ALLOWED)),
        lambda v: _is_texts(v) and set(v) <= CLIENT_FIELDS_ALLOWED,
    ),
    "ALLOW_MULTIPLE": _FLAG,
    "PROVIDERS": _LIST_OR_NONE,
    "CATEGORIES": _LIST_OR_NONE,
    "SESSION_DEFAULTS": (
        "a callable, the dotted path of one, or None",
        lambda v: v is None or _is_callable(v),
    ),
    "EXPOSE_AUTH_LINK": _FLAG,
    "PERMISSION_CLASSES": (
        "a dict of read, connect, disconnect to permission classes",
        _is_permissions,
    ),
    "THROTTLE_RATE": ("a rate such as '30/min', or None", _is_rate),
    "WEBHOOK_SECRETS": (
        "a list of secrets, or a callable that gives one",
        lambda v: callable(v) or _is_texts(v),
    ),
    "BACKGROUND": (
        "'inline' or the dotted path of a function",
        lambda v: v == "inline" or _is_callable(v),
    ),
    "SESSION_RETENTION_DAYS": _DAYS,
    "WEBHOOK_RETENTION_DAYS": _DAYS,
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the dict: ``kind`` is ``unknown``, ``missing`` or ``invalid``."""

    kind: str
    key: str
    sentence: str


def problems(given: object) -> list[Problem]:
    """Everything that is wrong with the dict by itself, without looking at anything else."""
    if not isinstance(given, Mapping):
        return [Problem("missing", NAME, f"{NAME} must be a dict in your settings.")]
    found = [
        Problem("unknown", str(key), f"{NAME}[{key!r}] is not a setting of stackone_connect.")
        for key in given
        if key not in RULES
    ]
    found += [
        Problem("missing", key, f"{NAME}[{key!r}] is required.")
        for key in REQUIRED
        if not given.get(key)
    ]
    found += [
        Problem("invalid", key, f"{NAME}[{key!r}] must be {RULES[key][0]}.")
        for key, value in given.items()
        if key in RULES and not (key in REQUIRED and not value) and not RULES[key][1](value)
    ]
    if not found:
        found = _between(given)
    return found


def _between(given: Mapping[str, Any]) -> list[Problem]:
    """Problems of values that are fine alone and wrong together."""
    longest = given.get("MAX_SESSION_LIFETIME", DEFAULT_MAX_LIFETIME)
    if given.get("SESSION_LIFETIME", DEFAULT_LIFETIME) > longest:
        return [
            Problem(
                "invalid",
                "SESSION_LIFETIME",
                f"{NAME}['SESSION_LIFETIME'] must not exceed MAX_SESSION_LIFETIME ({longest}).",
            )
        ]
    return []
