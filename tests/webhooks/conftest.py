"""Our webhook, set up with one secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stackone_connect import signals
from tests.webhooks.deliveries import SECRET, StackOneDelivers


@pytest.fixture(autouse=True)
def _webhooks_are_set_up(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])


@pytest.fixture
def webhook(db: None) -> StackOneDelivers:
    return StackOneDelivers()


@pytest.fixture
def verified() -> Iterator[list[Any]]:
    """The payloads that ``event_verified`` passed on."""
    payloads: list[Any] = []

    def receive(payload: Any, **_: Any) -> None:
        payloads.append(payload)

    signals.event_verified.connect(receive)
    yield payloads
    signals.event_verified.disconnect(receive)
