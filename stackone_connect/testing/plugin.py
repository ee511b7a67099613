"""The pytest plugin. It needs ``pytest-django``, and does nothing to a test that does not ask.

Nothing of Django is imported here: pytest loads plugins before there are settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox


@pytest.fixture
def stackone_sandbox(db: None, settings: Any) -> Iterator[StackOneSandbox]:
    """StackOne's sandbox in StackOne's place: without sockets, a key or the network.

    Finish sessions as a person would in the hub, have webhooks delivered, let things go wrong.
    """
    from django.core.exceptions import ImproperlyConfigured

    from stackone_connect.testing import sandbox

    try:
        sandbox.require_installed()
    except ImproperlyConfigured as problem:
        pytest.fail(str(problem), pytrace=False)
    from stackone_connect.testing import kit

    # Through pytest-django's fixture, so that a test may change settings, too, in any order.
    for name, value in kit.overrides().items():
        setattr(settings, name, value)
    with kit.routed() as routed:
        yield routed
