"""The load: a fixed number of kept connections, each asking again as soon as it is answered.

One thread, raw sockets and no parsing beyond the length: on two cores what the generator takes is
missing elsewhere. It costs about 0.02 ms per request.
"""

from __future__ import annotations

import math
import os
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.servers import Server

ROUNDS = int(os.environ.get("ROUNDS", "9"))
SECONDS = float(os.environ.get("SECONDS", "1.5"))
#: Before each measurement: every thread has its connections, every query is compiled.
WARM_UP_SECONDS = 0.5
HANGS_AFTER_SECONDS = 30.0

Requests = Iterator[bytes]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a server did in some seconds; times in milliseconds."""

    per_second: float
    cpu_ms: float
    p50_ms: float
    p95_ms: float


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    read: bytes = b""
    wanted: int = field(default=0)


def load(server: Server, requests: Requests, *, connections: int, status: int = 201) -> Load:
    """Ask for ``SECONDS``, after a warm-up. ``RuntimeError`` at the first other status."""
    generator = _Generator(server, requests, connections, status)
    try:
        generator.run(WARM_UP_SECONDS)
        generator.times.clear()
        cpu, began = server.cpu_seconds, time.perf_counter()
        generator.run(SECONDS)
        lasted = time.perf_counter() - began
        cpu = server.cpu_seconds - cpu
    finally:
        generator.close()
    times = sorted(generator.times)
    return Load(
        per_second=len(times) / lasted,
        cpu_ms=cpu / len(times) * 1000,
        p50_ms=statistics.median(times) * 1000,
        p95_ms=times[math.ceil(len(times) * 0.95) - 1] * 1000,
    )


class _Generator:
    def __init__(self, server: Server, requests: Requests, connections: int, status: int) -> None:
        self.times: list[float] = []
        self._requests = requests
        self._status = f" {status} ".encode()
        self._selector = selectors.DefaultSelector()
        for _ in range(connections):
            made = socket.create_connection(("127.0.0.1", server.port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(made, selectors.EVENT_READ, _Connection(made))

    def run(self, seconds: float) -> None:
        """Ask on every connection until the time is over, then wait for what is still out."""
        until = time.perf_counter() + seconds
        connections = [key.data for key in self._selector.get_map().values()]
        for connection in connections:
            self._send(connection)
        waiting = len(connections)
        while waiting:
            ready = self._selector.select(HANGS_AFTER_SECONDS)
            if not ready:
                raise RuntimeError("It does not answer.")
            for key, _ in ready:
                if not self._is_answered(key.data):
                    continue
                now = time.perf_counter()
                self.times.append(now - key.data.sent_at)
                if now < until:
                    self._send(key.data)
                else:
                    waiting -= 1

    def close(self) -> None:
        """Close the connections."""
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

    def _send(self, connection: _Connection) -> None:
        request = next(self._requests)
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(request)

    def _is_answered(self, connection: _Connection) -> bool:
        data = connection.socket.recv(65536)
        connection.read += data
        if not connection.wanted:
            head, end, _ = connection.read.partition(b"\r\n\r\n")
            if end:
                _, _, length = head.lower().partition(b"content-length:")
                connection.wanted = len(head) + 4 + int(length.partition(b"\r\n")[0] or 0)
        if not data or (connection.wanted and self._status not in connection.read[:20]):
            raise RuntimeError(f"It answered {connection.read[:2000]!r}")
        if not connection.wanted or len(connection.read) < connection.wanted:
            return False
        connection.read, connection.wanted = b"", 0
        return True


def rounds(measures: Mapping[str, Callable[[], Load]]) -> dict[str, list[Load]]:
    """Each measurement once per round, in another order each time.

    What a first round came to is not counted: just-in-time compilers have not finished by then.
    """
    names = list(measures)
    found: dict[str, list[Load]] = {name: [] for name in names}
    for name in names:
        measures[name]()
    for number in range(ROUNDS):
        first = number % len(names)
        for name in [*names[first:], *names[:first]]:
            found[name].append(measures[name]())
        shown = ", ".join(f"{name} {each[-1].per_second:.0f}/s" for name, each in found.items())
        print(f"  round {number + 1}: {shown}; load average {os.getloadavg()[0]:.1f}", flush=True)
    return found
