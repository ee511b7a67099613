"""Checks of what the app needs of the host project around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004
from django.utils.module_loading import import_string
from rest_framework.settings import api_settings

from stackone_connect.checks.registration import check
from stackone_connect.choices import AccountType
from stackone_connect.conf import Settings
from stackone_connect.conf.rules import NAME


@check()
def a_laptop_is_not_production(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Refuse to connect real accounts of StackOne's own host while ``DEBUG`` is on."""
    real = settings.account_type == AccountType.PRODUCTION and _is_stackone(settings.base_url)
    if django_settings.DEBUG and real:
        yield Error(
            "DEBUG is on while ACCOUNT_TYPE is 'production' on StackOne's own host.",
            hint=(
                "A laptop could overwrite a customer's account. Set ACCOUNT_TYPE to 'test', point "
                "BASE_URL at the sandbox, or silence this check."
            ),
            id="stackone_connect.E005",
        )


def _is_stackone(base_url: str) -> bool:
    """Whether an address is StackOne's own, in any spelling; it has more than one (contract §0)."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return host == "stackone.com" or host.endswith(".stackone.com")


@check()
def permissions_are_decided(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn until the host has said who may connect and who may disconnect.

    The defaults let every signed-in member of an organization do both, which only the host can
    know to be right.
    """
    decided = getattr(django_settings, NAME).get("PERMISSION_CLASSES", {})
    undecided = [act for act in ("connect", "disconnect") if act not in decided]
    if undecided:
        yield Warning(
            f"Every signed-in member of an organization may {' and '.join(undecided)} accounts, "
            "because nobody has decided otherwise.",
            hint=(
                f"Set {NAME}['PERMISSION_CLASSES'] for {' and '.join(undecided)}. If every member "
                "may, say so: 'rest_framework.permissions.IsAuthenticated'."
            ),
            id="stackone_connect.W001",
        )


@check(deploy=True)
def webhooks_can_be_verified(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Without a secret every event is refused. (A callable is asked when used, not here.)"""
    if not settings.webhook_secrets_source:
        yield Warning(
            f"{NAME}['WEBHOOK_SECRETS'] is empty, so StackOne's events are refused with 503.",
            hint=(
                "Without events, an account that stops working is noticed only when somebody "
                "asks. Add a webhook at StackOne and put its signing secret here."
            ),
            id="stackone_connect.W002",
        )


@check(deploy=True)
def the_throttle_is_shared(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """The limit per organization is counted in the cache; one cache per process counts apart."""
    if settings.throttle_rate is None:
        return
    backend = django_settings.CACHES.get(DEFAULT_CACHE_ALIAS, {}).get("BACKEND", "")
    try:
        kind = import_string(backend)
    except ImportError:
        return  # Django says so itself
    if isinstance(kind, type) and issubclass(kind, LocMemCache | DummyCache):
        yield Warning(
            f"The default cache ({kind.__name__}) is not shared between processes, so the limit "
            f"of {settings.throttle_rate} per organization does not hold.",
            hint=(
                "Use a cache that every worker shares, such as Redis, or set THROTTLE_RATE to "
                "None where something in front already limits."
            ),
            id="stackone_connect.W004",
        )


@check()
def somebody_can_sign_in(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Our views ask the host's authentication classes who is there; without any, nobody is."""
    if not cast(Any, api_settings).DEFAULT_AUTHENTICATION_CLASSES:
        yield Warning(
            "REST_FRAMEWORK['DEFAULT_AUTHENTICATION_CLASSES'] is empty, so nobody can be signed "
            "in to our views.",
            hint=(
                "Name at least one, such as 'rest_framework.authentication.SessionAuthentication' "
                "for a page served by this project."
            ),
            id="stackone_connect.W005",
        )
