"""StackOne on a socket, and settings full of secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.client.servers import serving
from tests.secrets.flows import SETTINGS, stackone


@pytest.fixture(autouse=True)
def _stackone(db: None, configure: Callable[..., None]) -> Iterator[None]:
    with serving(stackone) as server:
        configure(BASE_URL=server.url, **SETTINGS)
        yield
