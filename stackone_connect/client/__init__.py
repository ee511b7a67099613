"""StackOne's platform API as calls; the one package that opens sockets to StackOne.

Every call takes the request's :class:`~stackone_connect.clock.Deadline` and ends before it, with
an entity or with a :class:`~stackone_connect.exceptions.StackOneError`. Ask :func:`current` for
the client; put another in its place with :func:`using`.
"""

from stackone_connect.client.api import StackOneClient
from stackone_connect.client.concurrency import unlimited
from stackone_connect.client.protocol import Client
from stackone_connect.client.replacement import FromSettings, current, using

__all__ = ["Client", "FromSettings", "StackOneClient", "current", "unlimited", "using"]
