"""Sockets that can't outwait a deadline.

The timeouts of ``requests`` bound one ``recv`` each: a header line a second keeps a read alive for
ever, and several addresses each get the whole connect timeout. So the sockets themselves ask,
before every wait, what is left for this try. Whatever reads above them (status line, headers,
chunk sizes, trailers, a proxy's response to CONNECT, TLS inside TLS) is bounded without knowing.

They hold a socket instead of being a kind of one, and TLS is done in memory above them: it does not
matter whose sockets and TLS contexts a process uses (gevent's and eventlet's instead of Python's,
those of truststore), nor whether theirs bound a handshake as a whole.

Not bounded: looking the host name up. The system's resolver takes no timeout; its own limits
(``resolv.conf``) apply. What follows the look-up gets only what it has left.
"""

from __future__ import annotations

import io
import socket
import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from urllib3.util.ssltransport import SSLTransport

from stackone_connect.clock import Deadline

#: A response of 1 MiB with its headers and chunk framing. Also ends floods of 1xx responses.
RECEIVED_LIMIT = 2 * 1024 * 1024


class TooMuchReceivedError(OSError):
    """The server sent more than any response can need."""


@dataclass(slots=True)
class Allowance:
    """What one try may still use of time and bytes, and how far it got.

    ``connecting`` says which timeout holds. ``ended`` says that the server has hung up: seen
    while headers are read, it means that they are incomplete, which ``http.client`` passes over.
    """

    deadline: Deadline
    connect_timeout: float
    read_timeout: float
    connecting: bool = False
    ended: bool = False
    _handshake: Deadline | None = None
    _left: int = RECEIVED_LIMIT

    def wait(self) -> float:
        """Seconds that the next wait may take; :class:`TimeoutError` when none are left."""
        timeout = self.connect_timeout if self.connecting else self.read_timeout
        seconds = min(timeout, (self._handshake or self.deadline).remaining())
        if seconds <= 0:  # a timeout of 0 would mean "don't block", not "no time"
            raise TimeoutError("the deadline has passed")
        return seconds

    def handshake_begins(self) -> None:
        """From now on the connect timeout bounds all waits together: many make a handshake."""
        self._handshake = self.deadline.at_most(self.connect_timeout)

    def handshake_ends(self) -> None:
        """It bounds each wait again."""
        self._handshake = None

    def received(self, count: int) -> None:
        """Count what came in."""
        if count == 0:
            self.ended = True
        self._left -= count
        if self._left < 0:
            raise TooMuchReceivedError("too much was received")


#: Of the try that this thread or greenlet is making. It uses a socket alone, so its try's counts.
allowance: ContextVar[Allowance] = ContextVar("stackone_connect_allowance")


class BoundedSocket:
    """A TCP socket whose waits are bounded by the present :data:`allowance`.

    It offers what ``http.client``, urllib3 and ``SSLTransport`` use of a socket.
    """

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        self._socket = socket.socket(family, kind, protocol)
        self._io_refs = 0  # files made of it, which may outlive it; so named by SSLTransport
        self._closed = False
        self._timeout: float | None = None

    def connect(self, address: Any) -> None:
        """Connect to one address."""
        self._wait_for(allowance.get().wait())
        self._socket.connect(address)

    def recv(self, size: int) -> bytes:
        """Receive what there is; nothing means that the peer has ended."""
        present = allowance.get()
        self._wait_for(present.wait())
        data = self._socket.recv(size)
        present.received(len(data))
        return data

    def recv_into(self, buffer: Any) -> int:
        """Receive what there is into a buffer; 0 means that the peer has ended."""
        present = allowance.get()
        self._wait_for(present.wait())
        count = self._socket.recv_into(buffer)
        present.received(count)
        return count

    def sendall(self, data: Any) -> None:
        """Send everything. Piece by piece, since not every ``sendall`` is bounded as a whole."""
        present = allowance.get()
        rest = memoryview(data)
        while rest:
            self._wait_for(present.wait())
            rest = rest[self._socket.send(rest) :]

    def _wait_for(self, seconds: float) -> None:
        """Bound the next wait. Told to the socket, which is a system call, only where it changes:
        mostly it is the read timeout again and again."""
        if seconds != self._timeout:
            self._timeout = seconds
            self._socket.settimeout(seconds)

    def setsockopt(self, *option: Any) -> None:
        """Set an option of the socket."""
        self._socket.setsockopt(*option)

    def settimeout(self, timeout: float | None) -> None:
        """Nothing: each wait has a timeout of its own."""

    def fileno(self) -> int:
        """The file descriptor, to ask whether there is something to read."""
        return self._socket.fileno()

    def makefile(self, *_: Any) -> io.BufferedReader:
        """A file to read from; the socket stays open until both are closed."""
        self._io_refs += 1
        return io.BufferedReader(socket.SocketIO(cast(Any, self), "r"))

    def _decref_socketios(self) -> None:
        self._io_refs -= 1
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close the socket, unless a file of it is still open: then with that."""
        self._closed = True
        if self._io_refs <= 0:
            self._socket.close()


class TLS(SSLTransport):
    """TLS over a bounded socket, by any TLS context."""

    def __init__(self, sock: Any, context: ssl.SSLContext, server_hostname: str | None) -> None:
        present = allowance.get()
        present.handshake_begins()
        super().__init__(sock, context, server_hostname)
        present.handshake_ends()

    @property
    def _io_refs(self) -> int:
        """The files made of the socket below, for a TLS inside this one."""
        return cast(BoundedSocket, self.socket)._io_refs

    @_io_refs.setter
    def _io_refs(self, count: int) -> None:
        cast(BoundedSocket, self.socket)._io_refs = count

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive into a buffer; the end may also be the peer's "close notify"."""
        count = cast(int, super().recv_into(buffer, nbytes, flags))
        if not count:
            allowance.get().ended = True
        return count

    def settimeout(self, value: float | None) -> None:
        """Nothing: each wait has a timeout of its own."""

    def holds_data(self) -> bool:
        """Whether something was received and not yet read, or the end of what was sent."""
        if not self.incoming.pending and not self.sslobj.pending():
            return False
        try:
            self.sslobj.read(1)
        except ssl.SSLWantReadError:
            return False  # TLS's own messages, such as tickets for later sessions
        except ssl.SSLError:
            pass
        return True
