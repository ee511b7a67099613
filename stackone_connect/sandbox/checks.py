"""System checks of the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from stackone_connect.sandbox import conf


@register("stackone_sandbox")
def check_not_deployed(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """E001: an emulator that hands out accounts has no place in production."""
    if settings.DEBUG or conf.allowed_without_debug():
        return []
    return [
        Error(
            "The StackOne sandbox is installed while DEBUG is off; it answers 404 to everything.",
            hint=(
                'Remove "stackone_connect.sandbox" from INSTALLED_APPS, or, where this is meant, '
                'set STACKONE_SANDBOX = {"ALLOW_WITHOUT_DEBUG": True}.'
            ),
            id="stackone_sandbox.E001",
        )
    ]


@register("stackone_sandbox")
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E002: an unknown key or a wrong type."""
    hint = 'STACKONE_SANDBOX = {"API_KEYS": ["sandbox-key"], "ALLOW_WITHOUT_DEBUG": False}'
    return [
        Error(problem, hint=f"For example {hint}.", id="stackone_sandbox.E002")
        for problem in conf.problems()
    ]
