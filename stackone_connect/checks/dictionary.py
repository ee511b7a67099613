"""Checks of the dict ``STACKONE_CONNECT`` by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's own name

from stackone_connect import conf
from stackone_connect.checks.registration import TAG, check
from stackone_connect.conf import Settings
from stackone_connect.conf.rules import ACTIONS, NAME, PATHS, as_list
from stackone_connect.conf.settings import SETTINGS
from stackone_connect.exceptions import ConfigurationError

_IDS = {"missing": "stackone_connect.E001", "unknown": "stackone_connect.E002"}
_INVALID = "stackone_connect.E003"
_DOCS = "See docs/settings.md."


@register(TAG)
def settings_are_sound(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """Each problem of the dict by itself, and names in it that can't be used."""
    problems = conf.problems()
    if problems:
        return [
            Error(p.message, hint=_DOCS, obj=p.key, id=_IDS.get(p.kind, _INVALID)) for p in problems
        ]
    settings = conf.read()
    return [
        Error(
            message,
            hint="Give the dotted path of something that exists, or the thing itself.",
            id="stackone_connect.E004",
        )
        for message in (
            *filter(None, map(_problem_of_path, _paths(settings))),
            *_problems_of_classes(settings),
        )
    ]


@check()
def timeouts_fit_the_deadline(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """With ``DEADLINE`` below ``CONNECT_TIMEOUT``, the latter never takes effect."""
    if settings.deadline < settings.connect_timeout:
        yield Warning(
            f"STACKONE_CONNECT['DEADLINE'] ({settings.deadline:g} s) is shorter than "
            f"CONNECT_TIMEOUT ({settings.connect_timeout:g} s).",
            hint=(
                "The deadline holds for the whole request with its retries, so a slow connection "
                "uses it up and is never tried again. Make DEADLINE longer than CONNECT_TIMEOUT "
                "and READ_TIMEOUT together (default 12, 3 and 8)."
            ),
            id="stackone_connect.W003",
        )


def _paths(settings: Settings) -> Iterator[str]:
    may_be_paths = (declared.name for declared in SETTINGS.values() if declared.rule in PATHS)
    values = (getattr(settings, name) for name in may_be_paths)
    return (value for value in values if isinstance(value, str) and value != "inline")


def _problem_of_path(path: str) -> str:
    try:
        conf.resolve(path)
    except ConfigurationError as error:
        return str(error)
    return ""


def _problems_of_classes(settings: Settings) -> Iterator[str]:
    """REST framework's classes are made for each request, so one that can't be stops them all."""
    authentication = as_list(settings.authentication_classes or ())
    named = [("AUTHENTICATION_CLASSES", "authenticate", authentication)]
    named += [
        ("PERMISSION_CLASSES", "has_permission", as_list(settings.permission_classes[action]))
        for action in ACTIONS
    ]
    for key, method, kinds in named:
        for kind in kinds:
            try:
                conf.make(kind, method=method, key=key)
            except Exception as error:  # noqa: BLE001 - the host's own class may raise anything
                is_ours = isinstance(error, ConfigurationError)
                raises = f"{NAME}[{key!r}] raises {type(error).__name__}."
                reason = str(error) if is_ours else raises
                yield f"{reason} ({kind!r})"
