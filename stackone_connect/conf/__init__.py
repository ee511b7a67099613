"""The one dict ``STACKONE_CONNECT``, typed, and read when used.

``read()`` is what the other rooms call. ``problems()`` says everything that is wrong with the dict,
for the system checks. Neither keeps a value longer than the dict keeps it, so ``override_settings``
works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from stackone_connect.choices import AccountType
from stackone_connect.conf import rules
from stackone_connect.conf.rules import (
    ACTS,
    CLIENT_FIELDS,
    DEFAULT_LIFETIME,
    DEFAULT_MAX_LIFETIME,
    NAME,
    Problem,
)
from stackone_connect.exceptions import ConfigurationError

#: StackOne's own address (contract §2); a host may point elsewhere, such as at the sandbox.
STACKONE_URL = "https://api.stackone.com"
_IS_AUTHENTICATED = "rest_framework.permissions.IsAuthenticated"

CallableOrPath = Callable[..., Any] | str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The dict's values under their names in lower case. Times are in seconds unless named so.

    A callable may be given as itself or as a dotted path; secrets are kept out of ``repr``.
    """

    organization_model: str
    organization_migration: str | None = None
    organization_resolver: Callable[..., Any] | str = (
        "stackone_connect.tenancy.organization_from_user"
    )
    owner_id: Callable[..., Any] | str = "stackone_connect.tenancy.default_owner_id"
    owner_name: Callable[..., Any] | str = "stackone_connect.tenancy.default_owner_name"
    origin_username: Callable[..., Any] | str = "stackone_connect.tenancy.default_origin_username"
    api_key_source: Callable[[], str] | str = field(repr=False)
    base_url: str = STACKONE_URL
    connect_timeout: float = 3
    read_timeout: float = 8
    deadline: float = 12
    account_type: str = AccountType.PRODUCTION.value
    session_lifetime: int = DEFAULT_LIFETIME
    max_session_lifetime: int = DEFAULT_MAX_LIFETIME
    client_fields: tuple[str, ...] = CLIENT_FIELDS
    allow_multiple: bool = False
    providers: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    session_defaults: CallableOrPath | None = None
    expose_auth_link: bool = False
    permission_classes: Mapping[str, Any] = field(
        default_factory=lambda: dict.fromkeys(ACTS, _IS_AUTHENTICATED)
    )
    throttle_rate: str | None = "30/min"
    webhook_secrets_source: Callable[[], Any] | list[str] = field(default_factory=list, repr=False)
    background: CallableOrPath = "inline"
    session_retention_days: int = 365
    webhook_retention_days: int = 90

    @property
    def api_key(self) -> str:
        """StackOne's API key; a callable is asked each time, so that a key can rotate."""
        key = self.api_key_source() if callable(self.api_key_source) else self.api_key_source
        if not rules.is_text(key):
            raise ConfigurationError(f"{NAME}['API_KEY'] gave no key.")
        return key

    @property
    def webhook_secrets(self) -> list[str]:
        """The secrets that may have signed a webhook; a callable is asked each time."""
        given = self.webhook_secrets_source
        secrets = given() if callable(given) else given
        if isinstance(secrets, str) or not all(rules.is_text(secret) for secret in secrets):
            raise ConfigurationError(f"{NAME}['WEBHOOK_SECRETS'] must give a list of secrets.")
        return list(secrets)


#: Keys of the dict whose attribute is not the key in lower case.
_ATTRIBUTES = {"API_KEY": "api_key_source", "WEBHOOK_SECRETS": "webhook_secrets_source"}
_KEYS = {
    next(
        (key for key, name in _ATTRIBUTES.items() if name == item.name), item.name.upper()
    ): item.name
    for item in fields(Settings)
}
_last: tuple[dict[str, Any], Settings] | None = None


def read() -> Settings:
    """Today's settings. Raises :class:`ConfigurationError` with the first problem there is."""
    global _last  # noqa: PLW0603
    given = _given()
    if _last is not None and _last[0] == given:
        return _last[1]
    for problem in problems():
        raise ConfigurationError(problem.sentence)
    values = {_KEYS[key]: _normal(key, value) for key, value in given.items()}
    parsed = Settings(**values)
    _last = (dict(given), parsed)
    return parsed


def organization_model() -> str:
    """The label of the host's organization model. Needed while models load, before any check."""
    label = _given().get("ORGANIZATION_MODEL")
    if not isinstance(label, str) or label.count(".") != 1:
        raise ConfigurationError(
            f"{NAME}['ORGANIZATION_MODEL'] must name your tenant model, such as 'crm.Company'."
        )
    return label


def organization_migration() -> tuple[str, str]:
    """The migration that makes the host's organization table, for our first one to depend on."""
    app_label = organization_model().split(".")[0]
    return app_label, _given().get("ORGANIZATION_MIGRATION") or "__first__"


def resolve(value: CallableOrPath) -> Callable[..., Any]:
    """A callable from itself or its dotted path."""
    if callable(value):
        return value
    try:
        found = import_string(value)
    except ImportError as error:
        raise ConfigurationError(f"{NAME} names {value!r}, which can't be imported.") from error
    if not callable(found):
        raise ConfigurationError(f"{NAME} names {value!r}, which can't be called.")
    return found  # type: ignore[no-any-return]


def problems() -> list[Problem]:
    """Everything that is wrong with the dict by itself, without looking at anything else."""
    return rules.problems(getattr(django_settings, NAME, None))


def _given() -> Mapping[str, Any]:
    given = getattr(django_settings, NAME, None)
    return given if isinstance(given, Mapping) else {}


def _normal(key: str, value: Any) -> Any:
    """The value as the dataclass holds it."""
    if key == "BASE_URL":
        return value.rstrip("/")
    if key == "PERMISSION_CLASSES":
        return {**dict.fromkeys(ACTS, _IS_AUTHENTICATED), **value}
    if isinstance(value, list | set | tuple) and key != "WEBHOOK_SECRETS":
        return tuple(value)
    return value
