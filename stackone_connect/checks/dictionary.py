"""Checks of the dict ``STACKONE_CONNECT`` by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from stackone_connect import conf
from stackone_connect.checks.registration import TAG, check
from stackone_connect.conf import Settings
from stackone_connect.conf.rules import ACTS, as_list
from stackone_connect.exceptions import ConfigurationError

_IDS = {"missing": "stackone_connect.E001", "unknown": "stackone_connect.E002"}
_INVALID = "stackone_connect.E003"
_DOCS = "See docs/settings.md."
_PATHS = (
    "organization_resolver",
    "owner_id",
    "owner_name",
    "origin_username",
    "session_defaults",
    "background",
)


@register(TAG)
def settings_are_sound(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """Each problem of the dict by itself, and names in it that can't be used."""
    problems = conf.problems()
    if problems:
        return [
            Error(p.sentence, hint=_DOCS, obj=p.key, id=_IDS.get(p.kind, _INVALID))
            for p in problems
        ]
    return [
        Error(
            sentence,
            hint="Give the dotted path of something that exists, or the thing itself.",
            id="stackone_connect.E004",
        )
        for sentence in map(_problem_of_path, _paths(conf.read()))
        if sentence
    ]


@check()
def timeouts_fit_the_deadline(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """A deadline that ends before a connection may take shape makes ``CONNECT_TIMEOUT`` idle."""
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
    values = [getattr(settings, name) for name in _PATHS]
    for act in ACTS:
        values += as_list(settings.permission_classes[act])
    return (value for value in values if isinstance(value, str) and value != "inline")


def _problem_of_path(path: str) -> str:
    try:
        conf.resolve(path)
    except ConfigurationError as error:
        return str(error)
    return ""
