"""Sockets and TLS contexts may be anybody's: another class in place of Python's changes nothing."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stackone_connect.client import pool
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import StackOneUnavailableError
from tests.client import servers
from tests.client.servers import ACCOUNT, GRANT, Handler, answer, over_tls, serving

SECONDS = 0.3


class WaitsForEachPiece(socket.socket):
    """As gevent's and eventlet's: takes few arguments, has no ``sendall`` that ends in time."""

    def recv_into(self, buffer: Any) -> int:  # type: ignore[override]  # few arguments are meant
        return super().recv_into(buffer)

    def sendall(self, data: Any, flags: int = 0) -> None:
        raise AssertionError("its timeout would bound each piece")


class NeverWraps(ssl.SSLContext):
    """A context whose sockets are nobody's business, as those of gevent and truststore."""

    def wrap_socket(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("its sockets may wait for each piece of a handshake")


def verifying(cafile: str) -> ssl.SSLContext:
    context = NeverWraps(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile)
    return context


@pytest.fixture(autouse=True)
def _others(certificate: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    pool._tls_context.cache_clear()
    yield
    pool._tls_context.cache_clear()


@pytest.fixture
def server_tls(certificate: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    return context


@pytest.fixture
def put_in_place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts them in the place of Python's, once the servers have started with those."""

    def put() -> None:
        monkeypatch.setattr(socket, "socket", WaitsForEachPiece)
        monkeypatch.setattr(ssl, "create_default_context", verifying)

    return put


def test_calls_are_made_over_them(
    make_client: Any, server_tls: ssl.SSLContext, put_in_place: Any
) -> None:
    with serving(over_tls(server_tls, answer(GRANT))) as server:
        put_in_place()
        client = make_client(server.url.replace("http:", "https:"))
        for _ in range(3):
            client.create_connect_session({"label": "a" * 100_000}, deadline=Deadline(2))
        assert server.connections == 1


def drip_handshake(connection: socket.socket) -> None:
    connection.recv(65536)
    for byte in b"\x16\x03\x03\x3f\xff\x02" + bytes(16_000):
        connection.send(bytes([byte]))
        time.sleep(0.03)


@pytest.mark.parametrize(
    "handler",
    [
        servers.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        servers.drip(servers.message(body=b" " * 999)[:-999], b" "),
        servers.say_and_hang(),
        lambda _: time.sleep(2 * SECONDS),
    ],
    ids=["headers", "body", "silence", "a request that is not read"],
)
def test_the_deadline_holds_on_them(
    handler: Handler, make_client: Any, server_tls: ssl.SSLContext, put_in_place: Any, within: Any
) -> None:
    with serving(over_tls(server_tls, handler)) as server:
        put_in_place()
        client = make_client(server.url.replace("http:", "https:"))
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            client.create_connect_session({"label": "a" * 9_000_000}, deadline=Deadline(SECONDS))


def test_a_dripping_handshake_ends_at_the_deadline_on_them(
    make_client: Any, put_in_place: Any, within: Any
) -> None:
    with serving(drip_handshake) as server:
        put_in_place()
        client = make_client(server.url.replace("http:", "https:"))
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            client.get_account("account-1", deadline=Deadline(SECONDS))


@pytest.mark.parametrize("default", [0.0, 0.05, 60.0])
def test_a_default_timeout_of_the_process_changes_nothing(
    default: float, make_client: Any, within: Any
) -> None:
    def slow(connection: socket.socket) -> None:
        connection.settimeout(None)
        servers.read_request(connection)
        time.sleep(0.15)
        connection.sendall(servers.message(body=json.dumps(ACCOUNT).encode()))

    socket.setdefaulttimeout(None)
    with serving(slow, servers.say_and_hang()) as server:
        socket.setdefaulttimeout(default)
        try:
            client = make_client(server.url)
            client.get_account("account-1", deadline=Deadline(2))
            with within(SECONDS), pytest.raises(StackOneUnavailableError):
                client.get_account("account-1", deadline=Deadline(SECONDS))
        finally:
            socket.setdefaulttimeout(None)


def test_a_look_up_of_names_that_takes_no_keywords_is_used(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As caches of names are written, which a host puts in the place of Python's."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *question: real("127.0.0.1", *question[1:]))
    with serving(answer(ACCOUNT)) as server:
        client = make_client(f"http://stackone.test:{server.port}")
        assert client.get_account("account-1", deadline=Deadline(2)).account_id == "account-1"


def test_only_the_kind_of_address_that_the_host_allows_is_tried(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on networks where IPv6 leads nowhere: urllib3 is told so by this function."""
    monkeypatch.setattr("urllib3.util.connection.allowed_gai_family", lambda: socket.AF_INET)
    asked = []
    real = socket.getaddrinfo

    def look_up(host: str, *question: Any) -> Any:
        asked.append(question)
        return real("127.0.0.1", *question)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with serving(answer(ACCOUNT)) as server:
        make_client(f"http://stackone.test:{server.port}").get_account("a", deadline=Deadline(2))
        assert asked == [(server.port, socket.AF_INET, socket.SOCK_STREAM)]


def test_what_follows_an_answer_over_tls_is_not_taken_for_the_next_one(
    make_client: Any, server_tls: ssl.SSLContext
) -> None:
    body = json.dumps(ACCOUNT).encode()
    stray = servers.message(body=json.dumps({**ACCOUNT, "provider": "stray"}).encode())

    def handle(connection: socket.socket) -> None:
        servers.read_request(connection)
        connection.sendall(servers.message(body=body))
        connection.sendall(stray)
        time.sleep(1)

    with serving(over_tls(server_tls, handle)) as server:
        client = make_client(server.url.replace("http:", "https:"))
        for _ in range(2):
            found = client.get_account("account-1", deadline=Deadline(2))
            assert found.provider == "bamboohr"
            time.sleep(0.02)
        assert server.connections == 2
