"""What a caller may ask of a connect session, cleaned; and the body that StackOne gets (pure).

One set of rules for the browser and for host code alike (StackOne notes §1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from stackone_connect.conf import Settings
from stackone_connect.conf.rules import MINIMUM_LIFETIME
from stackone_connect.entities import SessionFields
from stackone_connect.exceptions import (
    AccountNotFoundError,
    ConfigurationError,
    InvalidRequestError,
)
from stackone_connect.redaction import RedactedDict, redact, write_json
from stackone_connect.rules import (
    CONTROL_CHARACTERS,
    TEXT_LIMIT,
    characters,
    is_identifier,
    is_storable_json,
    one_line,
)

CATEGORIES_LIMIT = 20
METADATA_LIMIT = 8192
#: Levels of objects and lists. Deeper ones could be read here and break where they are stored.
METADATA_DEPTH = 20

#: What only the app itself sets; ``provider_version`` makes StackOne refuse (StackOne notes §9).
_NEVER_BY_DEFAULTS = frozenset(
    {"origin_owner_id", "origin_owner_name", "origin_username", "type", "provider_version"}
)


#: The fields that we name; what else ``SESSION_DEFAULTS`` answers is passed on.
NAMED = frozenset({"category", *SessionFields.__dataclass_fields__})


def clean_fields(
    asked: Mapping[str, Any], *, settings: Settings, longest: int, defaults: SessionFields
) -> SessionFields:
    """What a caller asked for, checked; the host's ``defaults`` win.

    ``longest`` is the most seconds that ``expires_in`` may be. Raises :class:`InvalidRequestError`
    with every field's errors, or :class:`AccountNotFoundError` for an ``account_id`` that can't be
    one: it answers like any that does not exist.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    cleaning = _Cleaning(given)
    fields = cleaning.fields(longest)
    errors = cleaning.errors
    if fields.multiple and not settings.allow_multiple:
        errors["multiple"] = [_("Several accounts of one provider are not allowed here.")]
    if settings.providers is not None and fields.provider not in ("", *settings.providers):
        errors.setdefault("provider", [_("This provider is not offered here.")])
    if settings.categories is not None and not set(fields.categories) <= set(settings.categories):
        name = "category" if "category" in given else "categories"
        errors.setdefault(name, [_("This category is not offered here.")])
    # A default of ``multiple=False`` is a choice too: it takes back what the caller asked for.
    decided = {k: v for k, v in vars(defaults).items() if v is False or _chosen(v)}
    merged = replace(fields, **decided)
    if settings.providers is not None and not (merged.provider or merged.account_id):
        errors.setdefault("provider", [_("Choose a provider.")])
    if errors:
        raise InvalidRequestError(errors)
    if merged.account_id and not is_identifier(merged.account_id):
        raise AccountNotFoundError
    if settings.categories is not None and not merged.categories:
        merged = replace(merged, categories=settings.categories)
    return replace(merged, multiple=bool(merged.multiple) and not merged.account_id)


def clean_label(label: object) -> str:
    """The name that people give an account; empty for none. Raises :class:`InvalidRequestError`."""
    if label in (None, ""):
        return ""
    problem = _text_problem(label)
    if problem:
        raise InvalidRequestError({"label": [problem]})
    return one_line(label)


def clean_defaults(defaults: Any, *, settings: Settings) -> tuple[SessionFields, Mapping[str, Any]]:
    """What ``SESSION_DEFAULTS`` answered: the fields we name, and the rest to pass on as it is.

    Raises :class:`ConfigurationError` where it sets the owner or breaks a rule.
    """
    if not hasattr(defaults, "keys"):
        raise ConfigurationError("SESSION_DEFAULTS must answer a mapping of StackOne's fields.")
    # What we do not name may be a secret, such as an external trigger token.
    defaults = RedactedDict(defaults)
    redact(defaults, spare=NAMED)
    forbidden = sorted(_NEVER_BY_DEFAULTS & defaults.keys())
    if forbidden:
        raise ConfigurationError(f"SESSION_DEFAULTS must not set {', '.join(forbidden)}.")
    cleaning = _Cleaning({k: v for k, v in defaults.items() if k in NAMED and v is not None})
    fields = cleaning.fields(settings.max_session_lifetime)
    if cleaning.errors:
        raise ConfigurationError(f"SESSION_DEFAULTS answered bad fields: {cleaning.errors}")
    rest = RedactedDict({k: v for k, v in defaults.items() if k not in NAMED})
    try:
        write_json(rest)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            "SESSION_DEFAULTS must answer what can be sent as JSON."
        ) from error
    return fields, rest


def session_body(
    *,
    origin_owner_id: str,
    origin_owner_name: str,
    origin_username: str,
    account_type: str,
    expires_in: int,
    fields: SessionFields,
) -> dict[str, Any]:
    """The body of ``POST /connect_sessions``. What was not chosen is left out, not sent empty."""
    chosen = {
        "origin_username": origin_username,
        "provider": fields.provider,
        "categories": list(fields.categories),
        "account_id": fields.account_id,
        "label": fields.label,
        "multiple": fields.multiple,
        "metadata": fields.metadata,
        "connector_profile_id": fields.connector_profile_id,
    }
    return {
        "origin_owner_id": origin_owner_id,
        "origin_owner_name": origin_owner_name,
        "type": account_type,
        "expires_in": expires_in,
        **{name: value for name, value in chosen.items() if _chosen(value)},
    }


def _chosen(value: object) -> bool:
    return value not in (None, "", (), False) and value != []


class _Cleaning:
    """One pass over what was given, collecting each field's errors."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.errors: dict[str, list[str]] = {}

    def fields(self, longest: int) -> SessionFields:
        """Every field, cleaned; a field with an error is as if it were not chosen."""
        return SessionFields(
            provider=self._identifier("provider"),
            categories=self._categories(),
            account_id=self._text("account_id"),
            label=self._text("label"),
            multiple=self._flag("multiple"),
            expires_in=self._seconds("expires_in", longest),
            metadata=self._metadata("metadata"),
            connector_profile_id=self._identifier("connector_profile_id"),
        )

    def _text(self, name: str) -> str:
        if name not in self.given:
            return ""
        problem = _text_problem(self.given[name])
        if problem:
            self.errors[name] = [problem]
            return ""
        return characters(self.given[name])

    def _identifier(self, name: str) -> str:
        text = self._text(name)
        if text and not is_identifier(text):
            self.errors[name] = [_("This is not a valid key.")]
            return ""
        return text

    def _categories(self) -> tuple[str, ...]:
        if "category" in self.given:
            if "categories" in self.given:
                self.errors["category"] = [_("Give category or categories, not both.")]
                return ()
            category = self._text("category")
            return (category,) if category else ()
        listed = self.given.get("categories", [])
        if not isinstance(listed, list | tuple) or len(listed) > CATEGORIES_LIMIT:
            message = _("Give a list of up to %(limit)d categories.")
            self.errors["categories"] = [message % {"limit": CATEGORIES_LIMIT}]
            return ()
        for item in listed:
            problem = _text_problem(item)
            if problem:
                self.errors["categories"] = [problem]
                return ()
        return tuple(dict.fromkeys(map(characters, listed)))

    def _flag(self, name: str) -> bool | None:
        value = self.given.get(name)
        if value is not None and not isinstance(value, bool):
            self.errors[name] = [_("Give true or false.")]
            return None
        return value

    def _seconds(self, name: str, longest: int) -> int | None:
        value = self.given.get(name)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or not MINIMUM_LIFETIME <= value <= longest
        ):
            message = _("Give a whole number of seconds from %(least)d to %(most)d.")
            self.errors[name] = [message % {"least": MINIMUM_LIFETIME, "most": longest}]
            return None
        return value

    def _metadata(self, name: str) -> Mapping[str, Any] | None:
        value = self.given.get(name)
        if value is None:
            return None
        if not isinstance(value, dict) or not is_storable_json(
            value, most_bytes=METADATA_LIMIT, levels=METADATA_DEPTH
        ):
            message = _(
                "Give an object of at most %(bytes)d bytes of JSON, %(levels)d levels deep."
            )
            self.errors[name] = [message % {"bytes": METADATA_LIMIT, "levels": METADATA_DEPTH}]
            return None
        return value


def _text_problem(value: object) -> str | None:
    if not isinstance(value, str):
        return _("Give a text.")
    if not 1 <= len(value) <= TEXT_LIMIT:
        return _("Give a text of 1 to %(limit)d characters.") % {"limit": TEXT_LIMIT}
    if CONTROL_CHARACTERS.search(value):
        return _("Control characters are not allowed.")
    return None
