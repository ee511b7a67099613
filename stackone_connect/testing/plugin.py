"""The pytest plugin: one fixture. It needs ``pytest-django``.

Django is not imported at module scope: pytest loads plugins before the settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox


@pytest.fixture
def stackone_sandbox(db: None, settings: Any) -> Iterator[StackOneSandbox]:
    """The sandbox instead of StackOne, in process: no sockets, no key, no network.

    Completes sessions as a person does in the hub, delivers webhooks, injects faults.
    """
    from django.core.exceptions import ImproperlyConfigured

    from stackone_connect.testing import sandbox

    try:
        sandbox.require_installed()
    except ImproperlyConfigured as problem:
        pytest.fail(str(problem), pytrace=False)
    from stackone_connect.testing._overrides import overrides
    from stackone_connect.testing.kit import routed

    # Through pytest-django's fixture, so that a test may change settings as well, in any order.
    for name, value in overrides().items():
        setattr(settings, name, value)
    with routed() as sandbox_in_use:
        yield sandbox_in_use
