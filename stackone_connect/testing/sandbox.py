"""Replaces StackOne with the sandbox, in process, for any test runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

__all__ = ["require_installed", "sandboxed"]

_APP = "stackone_connect.sandbox"


@contextmanager
def sandboxed() -> Iterator[StackOneSandbox]:
    """Replace StackOne with the sandbox; settings are overridden meanwhile.

    The test must have a database. With pytest use the fixture ``stackone_sandbox``.
    Raises :class:`ImproperlyConfigured` where the sandbox is not installed.
    """
    require_installed()
    # The models can be imported only if the app is installed.
    from stackone_connect.testing._overrides import overrides
    from stackone_connect.testing.kit import routed

    with override_settings(**overrides()), routed() as sandbox:
        yield sandbox


def require_installed() -> None:
    """Raise :class:`ImproperlyConfigured` where the sandbox is not installed."""
    if not apps.is_installed(_APP):
        raise ImproperlyConfigured(
            "The tests of stackone_connect need its sandbox. In the settings of your tests, and "
            f'only there: INSTALLED_APPS += ["{_APP}"]. It need not be in your URLs.'
        )
