"""Which client the app uses: the one from the settings, or one handed in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stackone_connect import conf
from stackone_connect.client.api import StackOneClient
from stackone_connect.client.protocol import Client

#: Handed-in clients, the innermost last.
_handed_in: list[Client] = []
_changing = threading.Lock()


def current() -> Client:
    """The client handed in with :func:`using`, else one made from the settings as they are now."""
    handed_in = _handed_in[-1:]
    if handed_in:
        return handed_in[0]
    settings = conf.read()
    return StackOneClient(
        api_key=settings.api_key,
        base_url=settings.base_url,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
    )


@contextmanager
def using(client: Client) -> Iterator[None]:
    """Hand in a client for this process while the block runs; blocks nest.

    Every thread sees it, so that a live server in the same process does too. Therefore it is for
    tests and for a host's start-up, not for switching clients request by request: two blocks that
    overlap in different threads would see each other's client.
    """
    with _changing:
        _handed_in.append(client)
    try:
        yield
    finally:
        # The innermost entry of this very client: a replacement may define equality.
        with _changing:
            del _handed_in[max(i for i, other in enumerate(_handed_in) if other is client)]
