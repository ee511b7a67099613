"""Which client the app uses: the one from the settings, or one put in its place.

:func:`using` is the one way to replace it. The testing kit hands it ``FromSettings(exchange=…)``:
then everything of the client runs but its sockets, and what only sockets can show (timeouts, TLS,
proxies) does not happen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stackone_connect import conf
from stackone_connect.client.api import StackOneClient
from stackone_connect.client.protocol import Client
from stackone_connect.client.transport import Exchange
from stackone_connect.conf.projects import Project
from stackone_connect.conf.rules import DEFAULT_PROJECT

#: Gives the client of a StackOne project, by its name.
Clients = Callable[[str], Client]


class FromSettings:
    """The clients that the settings describe, each made once and anew when the settings change.

    ``exchange`` carries their requests in place of this process's connections.
    """

    def __init__(self, exchange: Exchange | None = None) -> None:
        self._exchange = exchange
        self._made: dict[str, tuple[Project, StackOneClient]] = {}

    def __call__(self, project: str) -> StackOneClient:
        """Raise :class:`ConfigurationError` for a project that the settings do not name."""
        described = conf.project(project)  # the same object until the settings change
        made = self._made.get(project)
        # A callable is asked for the key each time, since the key may have been rotated.
        if made is None or made[0] is not described or callable(described.api_key_source):
            settings = conf.read()
            client = StackOneClient(
                api_key=described.api_key,
                base_url=described.base_url,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                exchange=self._exchange,
            )
            self._made[project] = made = described, client
        return made[1]


#: The innermost last.
_clients: list[Clients] = [FromSettings()]
_changing = threading.Lock()


def current(project: str = DEFAULT_PROJECT) -> Client:
    """The client of a StackOne project: as the settings are now, or as :func:`using` says.

    Raises :class:`ConfigurationError` for a project that the settings do not name.
    """
    return _clients[-1](project)


@contextmanager
def using(clients: Clients) -> Iterator[None]:
    """Take the clients of this process from ``clients`` while the block runs; blocks nest.

    Every thread sees it, so that a live server in the same process does too. Therefore it is for
    tests and for a host's start-up, not for switching clients request by request: two blocks that
    overlap in different threads would see each other's clients.
    """
    with _changing:
        _clients.append(clients)
    try:
        yield
    finally:
        # The innermost entry of this very object: a replacement may define equality.
        with _changing:
            del _clients[max(i for i, other in enumerate(_clients) if other is clients)]
