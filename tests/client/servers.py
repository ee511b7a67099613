"""Servers on 127.0.0.1 that misbehave byte by byte, as no HTTP library would let them."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

#: What to do with one connection. It is closed afterwards.
Handler = Callable[[socket.socket], None]

ACCOUNT = {
    "id": "account-1",
    "provider": "bamboohr",
    "status": "active",
    "origin_owner_id": "owner-1",
    "origin_owner_name": "Acme",
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}
GRANT = {"id": 7, "token": "the-token", "auth_link_url": "https://x.test/?token=the-token"}


#: TLS takes a connection over, so that its server can't reach it any more.
_secured: weakref.WeakSet[ssl.SSLSocket] = weakref.WeakSet()


class Server:
    """Each connection gets the next handler, and the last one again and again."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._handlers = list(handlers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            handler = self._handlers[min(self.connections, len(self._handlers) - 1)]
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._handle, args=(handler, connection))
            self._threads.append(thread)
            thread.start()

    @staticmethod
    def _handle(handler: Handler, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            handler(connection)

    def close(self) -> None:
        """Close everything and wait until every thread has ended."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for connection in (*self._open, *_secured):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


@contextlib.contextmanager
def serving(*handlers: Handler) -> Iterator[Server]:
    """A server for the duration of a block."""
    server = Server(handlers)
    try:
        yield server
    finally:
        server.close()


def read_request(connection: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """The request's first line, its headers (names in lower case) and its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        data = connection.recv(65536)
        if not data:
            raise OSError("the client has gone")
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        data = connection.recv(65536)
        if not data:
            raise OSError("the client has gone")
        body += data
    return line, headers, body


def message(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A well-formed answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(
    data: Any = None,
    *,
    status: int = 200,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Handler:
    """Answer every request of the connection well: with JSON, or with exactly these bytes."""
    raw = json.dumps(data).encode() if body is None else body

    def handle(connection: socket.socket) -> None:
        while True:
            read_request(connection)
            connection.sendall(message(status, raw, headers))

    return handle


def say(*parts: bytes) -> Handler:
    """Read the request, send these bytes, and hang up."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        for part in parts:
            connection.sendall(part)

    return handle


def say_and_reset(part: bytes = b"") -> Handler:
    """Read the request, send these bytes, and reset the connection."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(part)
        time.sleep(0.05)  # a reset overtakes what was sent before it
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return handle


def reset_at_once(connection: socket.socket) -> None:
    """Reset the connection as soon as it stands."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_and_hang(part: bytes = b"") -> Handler:
    """Read the request, send these bytes, and say nothing more."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(part)
        connection.recv(1)

    return handle


def drip(before: bytes, drop: bytes, *, every: float = 0.03) -> Handler:
    """Read the request, send a beginning, then a drop every so often, for ever."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(before)
        while True:
            time.sleep(every)
            connection.sendall(drop)

    return handle


def flood(before: bytes, drop: bytes) -> Handler:
    """Read the request, send a beginning, then the same again as fast as it goes, for ever."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(before)
        while True:
            connection.sendall(drop * 100)

    return handle


def hang(connection: socket.socket) -> None:
    """Accept the connection and never read or say a thing."""
    while connection.recv(65536):
        pass


def over_tls(context: ssl.SSLContext, handler: Handler) -> Handler:
    """The same over TLS."""

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            _secured.add(secured)
            handler(secured)

    return handle


def tunnelling(reply: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> tuple[Handler, list[str]]:
    """A proxy that answers CONNECT and passes everything on, and the targets it was asked for."""
    targets: list[str] = []

    def handle(connection: socket.socket) -> None:
        line, _, _ = read_request(connection)
        targets.append(line.split()[1])
        host, _, port = targets[-1].rpartition(":")
        with socket.create_connection((host, int(port))) as upstream:
            connection.sendall(reply)
            back = threading.Thread(target=_pass_on, args=(upstream, connection))
            back.start()
            _pass_on(connection, upstream)
            with contextlib.suppress(OSError):
                upstream.shutdown(socket.SHUT_RDWR)
            back.join()

    return handle, targets


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


def zipped(size: int) -> bytes:
    """A JSON text of that many bytes, of which little is left once packed."""
    return gzip.compress(b'"' + b"a" * (size - 2) + b'"')


def subject_hash(certificate: Path) -> str:
    """The name under which OpenSSL looks for a certificate in a directory."""
    found = subprocess.run(
        ["openssl", "x509", "-noout", "-hash", "-in", certificate],
        check=True,
        capture_output=True,
        text=True,
    )
    return found.stdout.strip()
