"""What the tests of databases share with those of several workers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.background.conftest import shared_database
from tests.webhooks.deliveries import SECRET

__all__ = ["shared_database"]


@pytest.fixture(autouse=True)
def _webhooks_are_set_up(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])
