"""System checks. Every id has a line in ``docs/checks.md`` and a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from stackone_connect import conf
from stackone_connect.choices import AccountType
from stackone_connect.conf.rules import ACTS, as_list

_IDS = {"missing": "stackone_connect.E001", "unknown": "stackone_connect.E002"}
_INVALID = "stackone_connect.E003"
_DOCS = "See docs/settings.md."
_PATHS = (
    "organization_resolver",
    "owner_id",
    "owner_name",
    "origin_username",
    "session_defaults",
)


@register()
def settings_are_sound(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Each problem of the dict ``STACKONE_CONNECT`` by itself, and names that can't be imported."""
    problems = conf.problems()
    if problems:
        return [
            Error(p.sentence, hint=_DOCS, obj=p.key, id=_IDS.get(p.kind, _INVALID))
            for p in problems
        ]
    settings = conf.read()
    paths = [getattr(settings, name) for name in _PATHS]
    for act in ACTS:
        paths += as_list(settings.permission_classes[act])
    return [
        Error(
            f"STACKONE_CONNECT names {path!r}, which can't be imported.",
            hint="Give the dotted path of something that exists, or the thing itself.",
            id="stackone_connect.E004",
        )
        for path in paths
        if isinstance(path, str) and not _importable(path)
    ]


@register()
def a_laptop_is_not_production(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Refuse to connect real accounts of StackOne's own host while ``DEBUG`` is on."""
    if conf.problems():
        return []
    settings = conf.read()
    real = (
        settings.base_url == conf.STACKONE_URL and settings.account_type == AccountType.PRODUCTION
    )
    if not (django_settings.DEBUG and real):
        return []
    return [
        Error(
            "DEBUG is on while ACCOUNT_TYPE is 'production' on StackOne's own host.",
            hint=(
                "A laptop could overwrite a customer's account. Set ACCOUNT_TYPE to 'test', point "
                "BASE_URL at the sandbox, or silence this check."
            ),
            id="stackone_connect.E005",
        )
    ]


def _importable(path: str) -> bool:
    try:
        import_string(path)
    except ImportError:
        return False
    return True
