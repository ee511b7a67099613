"""One connection to StackOne: urllib3's, over sockets that keep a deadline, hiding the key.

It rests on parts of ``http.client`` and urllib3 that are not documented: ``library_hooks`` lists
them.
"""

from __future__ import annotations

import http.client
import socket
import time
from http import HTTPStatus
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.response import HTTPResponse
from urllib3.util import connection

from stackone_connect.client.sockets import TLS, BoundedSocket, allowance
from stackone_connect.redaction import RedactedBytes, RedactedStr

#: Seconds after which an idle connection is not trusted: firewalls forget quiet ones in silence.
IDLE_SECONDS = 50.0

#: So many responses that announce the answer, and are none, are read; a server sends one or two.
INTERIM_LIMIT = 100

#: Stands for a redacted header until the head is sent.
_PLACEHOLDER = "(redacted)"


class StrictResponse(http.client.HTTPResponse):
    """A response whose status and headers must be whole."""

    def begin(self) -> None:
        """Read status and headers. The library below passes over both of these faults.

        Of the interim responses that may come before it passes over 100 alone.
        """
        for _ in range(INTERIM_LIMIT):
            super().begin()
            if not HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
                break
            self.headers = cast(Any, None)
        else:
            raise http.client.HTTPException("interim responses without end")
        if allowance.get().ended:
            raise http.client.IncompleteRead(b"")
        if self.headers.defects or self.headers.get_payload():
            # urllib3 would log what it can't parse, whatever that holds.
            raise http.client.HTTPException("malformed headers")

    def readinto(self, buffer: Any) -> int:
        """Read a piece of the body into a buffer; 0 at its end.

        The library's own errors hold what was read of a body in chunks.
        """
        if not self.chunked:
            return super().readinto(buffer)
        left = None if self.isclosed() else cast(Any, self)._get_chunk_left()
        if left is None:
            return 0
        count = self.fp.readinto(memoryview(buffer)[:left])
        if not count:
            raise http.client.IncompleteRead(b"")
        self.chunk_left = left - count
        return count


class DeadlineConnection(HTTPConnection):
    """A connection without TLS, and what one with TLS shares with it."""

    response_class = StrictResponse
    _used_at = 0.0
    _withheld: RedactedBytes | None = None
    #: The head of a request whose body follows at once.
    _head: RedactedBytes | None = None
    _body_follows = False

    def request(self, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> None:
        """Send a request: a body of bytes in one piece with its head, which is one packet."""
        self._head = None
        self._body_follows = isinstance(body, bytes) and bool(body)
        super().request(method, url, body, *args, **kwargs)

    def putheader(self, header: str, *values: Any) -> None:  # type: ignore[override]  # or bytes
        """Put a header into the head of the request; a redacted one not before it is sent.

        The libraries below gather the head in plain bytes, in locals of several frames.
        """
        if isinstance(values[0], RedactedStr):
            self._withheld = RedactedBytes(f"\r\n{header}: {values[0]}\r\n".encode("latin-1"))
            values = (_PLACEHOLDER,)
            self._placeholder = f"\r\n{header}: {_PLACEHOLDER}\r\n".encode("latin-1")
        super().putheader(header, *values)

    def send(self, data: Any) -> None:
        """Send a piece of the request."""
        withheld, self._withheld = self._withheld, None
        if withheld is not None:
            data = RedactedBytes(data.replace(self._placeholder, withheld, 1))
            if self._body_follows:
                self._head = data
                return
        head, self._head = self._head, None
        super().send(data if head is None else RedactedBytes(head + data))

    def connect(self) -> None:
        """Connect, with proxy and TLS, on the connect timeout and what the deadline leaves."""
        present = allowance.get()
        present.connecting = True
        super().connect()
        present.connecting = False

    def _new_conn(self) -> Any:
        """Try each address with what is left, where urllib3 gives each the whole timeout."""
        failure: Exception = OSError("the host has no address")
        try:
            # As urllib3 asks: a host may have put its own in the place of either function, to cache
            # names, or to leave out IPv6 where that leads nowhere.
            family = connection.allowed_gai_family()
            host = self._dns_host.strip("[]")
            found = socket.getaddrinfo(host, self.port, family, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "the host name can't be resolved") from error
        for family, kind, protocol, _, address in found:
            sock = None
            try:
                sock = BoundedSocket(family, kind, protocol)
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.connect(address)
            except OSError as error:
                if sock is not None:
                    sock.close()
                failure = error
            except BaseException:
                if sock is not None:
                    sock.close()
                raise
            else:
                return sock
        raise NewConnectionError(self, "no address accepts a connection") from failure

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        """Read status and headers, and note when."""
        response = super().getresponse()
        self._used_at = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        """Whether the pool may hand this connection out again."""
        if time.monotonic() - self._used_at >= IDLE_SECONDS or not super().is_connected:
            return False
        return not (isinstance(self.sock, TLS) and self.sock.holds_data())


class DeadlineTLSConnection(DeadlineConnection, HTTPSConnection):
    """A connection with TLS."""
