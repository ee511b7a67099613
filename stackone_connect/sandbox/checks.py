"""System checks of the sandbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from stackone_connect.sandbox import conf


@register("stackone_sandbox")
def check_not_deployed(
    app_configs: Sequence[AppConfig] | None, databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """E001: an emulator must not run in production."""
    # Django's test runner checks the databases that it has just made: this is no deployment.
    is_test_runner = conf.is_testing() and databases is not None
    if conf.is_enabled() or is_test_runner:
        return []
    return [
        Error(
            "The StackOne sandbox is installed while DEBUG is off; it responds 404 to everything.",
            hint=(
                'Remove "stackone_connect.sandbox" from INSTALLED_APPS, or, if it is intended, '
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
