"""Sockets that can't outwait a deadline.

The timeouts of ``requests`` bound one ``recv`` each: a header line a second keeps a read alive for
ever, and several addresses each get the whole connect timeout. So the sockets themselves ask,
before every wait, what is left for this try. Whatever reads above them (status line, headers,
chunk sizes, trailers, a proxy's answer to CONNECT, TLS inside TLS) is bounded without knowing.

Not bounded: looking the host name up. The system's resolver takes no timeout; its own limits
(``resolv.conf``) apply. What follows the look-up gets only what it has left.
"""

from __future__ import annotations

import socket
import ssl
from contextvars import ContextVar
from typing import Any

from stackone_connect.clock import Deadline

#: An answer of 1 MiB with its headers and chunk framing. Also ends floods of 1xx answers.
RECEIVED_LIMIT = 2 * 1024 * 1024


class TooMuchReceivedError(OSError):
    """The server sent more than any answer can need."""


class Allowance:
    """What one try may still use of time and bytes, and how far it got.

    ``connecting`` says which timeout holds. ``ended`` says that the server has hung up: seen
    while headers are read, it means that they are incomplete, which ``http.client`` passes over.
    """

    __slots__ = ("_connect_timeout", "_deadline", "_left", "_read_timeout", "connecting", "ended")

    def __init__(self, deadline: Deadline, connect_timeout: float, read_timeout: float) -> None:
        self._deadline = deadline
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._left = RECEIVED_LIMIT
        self.connecting = False
        self.ended = False

    def wait(self) -> float:
        """Seconds that the next wait may take; :class:`TimeoutError` when none are left."""
        timeout = self._connect_timeout if self.connecting else self._read_timeout
        seconds = min(timeout, self._deadline.remaining())
        if seconds <= 0:  # a timeout of 0 would mean "don't block", not "no time"
            raise TimeoutError("the deadline has passed")
        return seconds

    def received(self, count: int) -> None:
        """Count what came in."""
        if count == 0:
            self.ended = True
        self._left -= count
        if self._left < 0:
            raise TooMuchReceivedError("too much was received")


#: Of the try that this thread is making. Sockets belong to one thread, so theirs is the present.
allowance: ContextVar[Allowance] = ContextVar("stackone_connect_allowance")


class PlainSocket(socket.socket):
    """A TCP socket whose waits are bounded by the present :data:`allowance`."""

    def connect(self, address: Any) -> None:
        self.settimeout(allowance.get().wait())
        super().connect(address)

    def recv_into(self, *args: Any) -> int:
        present = allowance.get()
        self.settimeout(present.wait())
        count = super().recv_into(*args)
        present.received(count)
        return count

    def sendall(self, *args: Any) -> None:
        # The timeout of a plain socket's sendall bounds it as a whole.
        self.settimeout(allowance.get().wait())
        super().sendall(*args)


class TLSSocket(ssl.SSLSocket):
    """The same over TLS: each handshake, read and write is bounded as a whole by OpenSSL's loop."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(allowance.get().wait())
        super().do_handshake(block)

    def recv(self, *args: Any) -> bytes:
        # Only while TLS is being set up, and where another TLS runs inside this one (a proxy's).
        present = allowance.get()
        self.settimeout(present.wait())
        try:
            data = super().recv(*args)
        except OSError:
            # Python 3.11 forgets to, when the server resets before the handshake.
            self.close()
            raise
        present.received(len(data))
        return data

    def recv_into(self, *args: Any) -> int:
        present = allowance.get()
        self.settimeout(present.wait())
        count = super().recv_into(*args) or 0
        present.received(count)
        return count

    def send(self, *args: Any) -> int:
        # sendall of a TLS socket calls this for every piece.
        self.settimeout(allowance.get().wait())
        return super().send(*args)
