"""The client under real workers of each kind, against real TLS servers that misbehave."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.client import servers
from tests.client.servers import ACCOUNT, Handler, answer, over_tls, serving
from tests.required import missing

pytestmark = pytest.mark.slow

SECONDS = 0.5
#: For the worker's own work, on a busy machine.
GRACE = 1.0
AT_ONCE = 8

KINDS = {
    "gthread": ("gunicorn", "--worker-class", "gthread", "--threads", str(AT_ONCE)),
    "gevent": ("gunicorn", "--worker-class", "gevent"),
    "uvicorn": ("uvicorn", "--port", "0", "--lifespan", "off"),
}
_LISTENS = re.compile(rb"(?:Listening at:|running on) http://127\.0\.0\.1:(\d+)")


def required(kind: str) -> None:
    """CI has every worker; elsewhere one that is not installed is not tested."""
    for name in {KINDS[kind][0], kind if kind == "gevent" else "gunicorn"}:
        if importlib.util.find_spec(name) is None:
            missing(f"{name} is not installed")


@contextmanager
def started(kind: str, certificate: Any) -> Iterator[str]:
    """A worker of a kind; its address."""
    module, *options = KINDS[kind]
    if module == "gunicorn":
        options += ["--bind", "127.0.0.1:0", "tests.client.worker_site:wsgi"]
    else:
        options += ["tests.client.worker_site:asgi"]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "REQUESTS_CA_BUNDLE": str(certificate.path)},
    )
    assert process.stderr is not None
    try:
        said = b""
        while not (found := _LISTENS.search(said)):
            line = process.stderr.readline()
            assert line, said.decode()
            said += line
        yield f"http://127.0.0.1:{int(found[1])}/"
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module", params=KINDS)
def worker(request: pytest.FixtureRequest, certificate: Any) -> Iterator[str]:
    required(request.param)
    with started(request.param, certificate) as address:
        yield address


@pytest.fixture(scope="module")
def tls(certificate: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    return context


def ask(worker: str, url: str, seconds: float = 5) -> tuple[str, float]:
    """What came of a call made by a worker, and how many seconds it took."""
    answered = requests.get(worker, params={"url": url, "seconds": str(seconds)}, timeout=20)
    assert answered.status_code == 200, answered.text
    found = answered.json()
    return found["code"], found["seconds"]


def https(server: servers.Server) -> str:
    return server.url.replace("http:", "https:")


def drip_handshake(connection: socket.socket) -> None:
    """Answer a TLS hello with a record that grows a byte at a time."""
    connection.recv(65536)
    connection.sendall(b"\x16\x03\x03\x3f\xff\x02")
    while True:
        time.sleep(0.03)
        connection.sendall(b"\x00")


def test_calls_follow_each_other_on_one_connection(worker: str, tls: ssl.SSLContext) -> None:
    with serving(over_tls(tls, answer(ACCOUNT))) as server:
        assert {ask(worker, https(server))[0] for _ in range(20)} == {"ok"}
        assert server.connections == 1


def test_calls_at_the_same_time_are_answered_on_as_many_connections_at_most(
    worker: str, tls: ssl.SSLContext
) -> None:
    with serving(over_tls(tls, answer(ACCOUNT))) as server, ThreadPoolExecutor(AT_ONCE) as threads:
        calls = [threads.submit(ask, worker, https(server)) for _ in range(5 * AT_ONCE)]
        assert {call.result()[0] for call in calls} == {"ok"}
        assert server.connections <= AT_ONCE


TLS_FAULTS: dict[str, Handler] = {
    "header lines": servers.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "a header": servers.drip(b"HTTP/1.1 200 OK\r\nX-More: ", b"1"),
    "a body": servers.drip(servers.message(body=b" " * 9999)[:-9999], b" "),
    "chunks": servers.drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "silence": servers.say_and_hang(),
}
FAULTS: dict[str, Handler] = {
    "a silent handshake": servers.hang,
    "a dripping handshake": drip_handshake,
}


@pytest.mark.parametrize("fault", [*TLS_FAULTS, *FAULTS])
def test_a_server_that_is_too_slow_is_unavailable_at_the_deadline(
    fault: str, worker: str, tls: ssl.SSLContext
) -> None:
    handler = FAULTS.get(fault) or over_tls(tls, TLS_FAULTS[fault])
    with serving(handler) as server:
        code, seconds = ask(worker, https(server), SECONDS)
    assert code == "stackone_unavailable"
    assert SECONDS * 0.9 < seconds < SECONDS + GRACE


def test_an_address_that_never_accepts_is_unavailable_at_the_deadline(worker: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
    ):
        url = f"https://127.0.0.1:{full.getsockname()[1]}"
        code, seconds = ask(worker, url, SECONDS)
    assert code == "stackone_unavailable"
    assert seconds < SECONDS + GRACE


def test_an_unknown_certificate_is_unavailable(worker: str, tls: ssl.SSLContext) -> None:
    with serving(over_tls(tls, answer(ACCOUNT))) as server:
        code, _ = ask(worker, f"https://localhost:{server.port}")
        assert code == "stackone_unavailable"
        assert server.connections == 1


@pytest.mark.parametrize("kind", ["gthread", "gevent"])
def test_a_call_that_waits_does_not_keep_others_waiting(
    kind: str, tls: ssl.SSLContext, certificate: Any
) -> None:
    required(kind)
    with (
        started(kind, certificate) as worker,
        serving(over_tls(tls, servers.say_and_hang())) as silent,
        serving(over_tls(tls, answer(ACCOUNT))) as server,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):
        assert ask(worker, https(server))[0] == "ok"  # it has started, and read its certificates
        began = time.monotonic()
        waiting = [
            threads.submit(ask, worker, https(silent), 2 * SECONDS) for _ in range(AT_ONCE - 1)
        ]
        assert ask(worker, https(server))[0] == "ok"
        assert {call.result()[0] for call in waiting} == {"stackone_unavailable"}
        assert time.monotonic() - began < 2 * SECONDS + GRACE
