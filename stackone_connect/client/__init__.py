"""StackOne's platform API as calls; the one room that opens sockets to StackOne.

Every call takes the request's :class:`~stackone_connect.clock.Deadline` and ends before it, with
an entity or with a :class:`~stackone_connect.exceptions.StackOneError`. Ask :func:`current` for
the client; hand in another with :func:`using`, or answer its requests with :func:`answered_by`.
"""

from stackone_connect.client.api import StackOneClient
from stackone_connect.client.in_process import answered_by
from stackone_connect.client.protocol import Client
from stackone_connect.client.replacement import current, using

__all__ = ["Client", "StackOneClient", "answered_by", "current", "using"]
