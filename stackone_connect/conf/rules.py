"""What the values of settings must be: each rule in words and as a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stackone_connect.choices import AccountType
from stackone_connect.rules import is_identifier, is_web_address

NAME = "STACKONE_CONNECT"
#: The name of the one StackOne project where ``PROJECTS`` names none.
DEFAULT_PROJECT = "default"
#: What ``ON_ORGANIZATION_DELETE`` may be.
PROTECT, DISCONNECT = "protect", "disconnect"
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
#: The keys of ``PERMISSION_CLASSES``.
ACTIONS = ("read", "connect", "disconnect")
#: Seconds. A session that lives shorter can't be finished by a person.
MINIMUM_LIFETIME = 60
#: Seconds, half an hour: StackOne's own default (StackOne notes §1.1).
DEFAULT_LIFETIME = 1800
#: Seconds, seven days: the longest in StackOne's examples (StackOne notes §1.1).
DEFAULT_MAX_LIFETIME = 604800
#: Seconds, five days, unless ``MAX_SESSION_LIFETIME`` is shorter: a link in an e-mail is not opened
#: at once.
LINK_LIFETIME = 432000
#: The most that a calendar has room for from today on, and a database for one wait: a thousand
#: years, and a day.
LONGEST_DAYS, LONGEST_WAIT = 365_000, 86_400
LONGEST_LIFETIME = LONGEST_DAYS * 86_400

_PROJECT_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: What Basic authentication can carry as a user name (StackOne notes §2).
_KEY = re.compile(r"[!-9;-~]+")
_QUOTES = "'\"\u2018\u2019\u201c\u201d"


class Rule(NamedTuple):
    """What a value must be: for error messages, for the documentation, and as a test.

    ``must_be`` completes "STACKONE_CONNECT['…'] must be …"; ``kind`` is the type in
    ``docs/settings.md``.
    """

    must_be: str
    kind: str
    holds: Callable[[Any], bool]


def is_text(value: object) -> bool:
    """Whether it is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def _is_secret(value: object) -> bool:
    """Whether it can be a signing secret.

    White space at the ends does not count: secrets that are read from a file often end in a line
    break. An invisible character (a byte order mark, a zero-width space) would make every
    signature wrong, and nobody would see why.
    """
    if not is_text(value):
        return False
    text = str(value).strip()
    return text.isprintable() and not {text[0], text[-1]} & set(_QUOTES)


def is_key(value: object) -> bool:
    """Whether it can be an API key."""
    return _is_secret(value) and _KEY.fullmatch(str(value).strip()) is not None


def is_secrets(value: object) -> bool:
    """Whether it is a list of what can be signing secrets; an empty one is."""
    return isinstance(value, list | tuple) and all(map(_is_secret, value))


def as_list(given: Any) -> list[Any]:
    """One thing or a list of things, as a list."""
    return list(given) if isinstance(given, list | tuple) else [given]


def parse_rate(rate: str) -> tuple[int, int]:
    """``"30/min"`` as (calls, seconds). Periods go by their first letter: s, m, h or d."""
    number, _, period = rate.partition("/")
    return int(number), {"s": 1, "m": 60, "h": 3600, "d": 86400}[period[0]]


def _is_callable(value: object) -> bool:
    return callable(value) or (isinstance(value, str) and _is_dotted_path(value))


def _is_dotted_path(value: str) -> bool:
    """At least a module and a name; Django's ``import_string`` breaks on empty parts."""
    parts = value.split(".")
    return len(parts) > 1 and all(part.isidentifier() for part in parts)


def _is_seconds(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value <= LONGEST_WAIT  # type: ignore[operator]  # a number by now


def _is_whole(value: object, least: int = 1, most: float = float("inf")) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_names(value: object) -> bool:
    """Names with white space at an end, say, could never be asked for."""
    return isinstance(value, list | tuple | set) and all(
        isinstance(item, str) and is_identifier(item) for item in value
    )


def _is_permissions(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        action in ACTIONS and all(_is_callable(item) for item in as_list(given))
        for action, given in value.items()
    )


def _is_projects(value: object) -> bool:
    """By shape only; the keys of each project have rules of their own."""
    return value is None or (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) and _PROJECT_NAME.fullmatch(name) for name in value)
        and all(isinstance(project, Mapping) for project in value.values())
    )


def _is_classes_or_none(value: object) -> bool:
    return value is None or (
        isinstance(value, list | tuple) and all(_is_callable(item) for item in value)
    )


def _is_rate(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and parse_rate(value)[0] > 0
    except (ValueError, KeyError, IndexError):
        return False


MODEL_LABEL = Rule(
    "'app_label.Model'",
    '`"app_label.Model"`',
    lambda v: isinstance(v, str) and v.count(".") == 1,
)
MIGRATION_OR_NONE = Rule(
    "the name of a migration, or None", "text or `None`", lambda v: v is None or is_text(v)
)
CALLABLE = Rule("a callable or the dotted path of one", "callable", _is_callable)
CALLABLE_OR_NONE = Rule(
    "a callable, the dotted path of one, or None",
    "callable or `None`",
    lambda v: v is None or _is_callable(v),
)
INLINE_OR_CALLABLE = Rule(
    "'inline' or the dotted path of a function",
    '`"inline"` or callable',
    lambda v: v == "inline" or _is_callable(v),
)
#: The rules of what may be a dotted path.
PATHS = (CALLABLE, CALLABLE_OR_NONE, INLINE_OR_CALLABLE)
KEY = Rule(
    "a StackOne API key as it was shown (one line, no quotes), or a callable that gives it",
    "text or function",
    lambda v: callable(v) or is_key(v),
)
SECRETS = Rule(
    "a list of secrets (each one line, no quotes around it), or a callable that gives one",
    "list of texts, or a function",
    lambda v: callable(v) or is_secrets(v),
)
ADDRESS = Rule(
    "an http(s) address, without credentials, query or fragment", "address", is_web_address
)
ACCOUNT_TYPE = Rule(
    "'production' or 'test'", '`"production"` or `"test"`', lambda v: v in AccountType.values
)
PROJECTS = Rule(
    "a dict of project names to dicts, or None", "dict of dicts or `None`", _is_projects
)
ON_DELETE = Rule(
    "'protect' or 'disconnect'",
    '`"protect"` or `"disconnect"`',
    lambda v: v in (PROTECT, DISCONNECT),
)
SECONDS = Rule(
    f"a number of seconds above 0, at most {LONGEST_WAIT} (a day)", "seconds", _is_seconds
)
LIFETIME = Rule(
    f"a whole number of seconds, at least {MINIMUM_LIFETIME}, at most {LONGEST_LIFETIME} "
    "(a thousand years)",
    f"whole seconds, at least {MINIMUM_LIFETIME}",
    lambda v: _is_whole(v, MINIMUM_LIFETIME, LONGEST_LIFETIME),
)
DAYS = Rule(
    f"a whole number of days, at least 1, at most {LONGEST_DAYS} (a thousand years)",
    f"whole days, 1 to {LONGEST_DAYS}",
    lambda v: _is_whole(v, 1, LONGEST_DAYS),
)
NUMBER_OR_NONE = Rule(
    "a whole number, at least 1, or None",
    "whole number or `None`",
    lambda v: v is None or _is_whole(v),
)
TEMPLATE = Rule("the name of a template", "template", is_text)
FLAG = Rule("True or False", "`True` or `False`", lambda v: isinstance(v, bool))
FIELD_NAMES = Rule(
    "a list of " + ", ".join(sorted(CLIENT_FIELDS_ALLOWED)),
    "list of names",
    lambda v: _is_names(v) and set(v) <= CLIENT_FIELDS_ALLOWED,
)
NAMES_OR_NONE = Rule(
    "a list of StackOne's names (letters, digits, no spaces), not empty, or None",
    "list of names or `None`",
    lambda v: v is None or (_is_names(v) and bool(v)),
)
PERMISSIONS = Rule(
    "a dict of read, connect, disconnect to permission classes", "dict", _is_permissions
)
CLASSES_OR_NONE = Rule(
    "a list of authentication classes or their dotted paths, or None",
    "list of classes or dotted paths, or `None`",
    _is_classes_or_none,
)
RATE_OR_NONE = Rule("a rate such as '30/min', or None", "text or `None`", _is_rate)
