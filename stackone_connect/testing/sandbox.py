"""StackOne's place taken by the sandbox, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

APP = "stackone_connect.sandbox"


@contextmanager
def sandboxed() -> Iterator[StackOneSandbox]:
    """Put the sandbox in StackOne's place, with any test runner; settings are overridden meanwhile.

    The test must have a database. With pytest use the fixture ``stackone_sandbox``.
    Raises :class:`ImproperlyConfigured` where the sandbox is not installed.
    """
    require_installed()
    # Its models can't be imported before that is sure.
    from stackone_connect.testing import kit

    with override_settings(**kit.overrides()), kit.routed() as sandbox:
        yield sandbox


def require_installed() -> None:
    """Raise :class:`ImproperlyConfigured` where the sandbox is not installed."""
    if not apps.is_installed(APP):
        raise ImproperlyConfigured(
            "The tests of stackone_connect need its sandbox. In the settings of your tests, and "
            f'only there: INSTALLED_APPS += ["{APP}"]. It need not be in your URLs.'
        )
