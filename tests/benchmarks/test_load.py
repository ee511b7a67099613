"""The generator and StackOne's stand-in: a wrong figure is worse than none."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import pytest
import requests

from benchmarks import load as generator
from benchmarks import servers
from benchmarks.load import load
from benchmarks.servers import Server
from benchmarks.site import post

BODY = b'{"a": 1}'


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "WARM_UP_SECONDS", 0.05)
    monkeypatch.setattr(generator, "SECONDS", 0.3)


@pytest.fixture(scope="module")
def stackone() -> Iterator[Server]:
    with servers.stackone() as server:
        yield server


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[Server]:
    """A server that does this with each request of its one connection."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while connection.recv(65536):
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Server(listener.getsockname()[1], os.getpid())
    thread.join(5)


def test_as_many_are_counted_as_were_answered(stackone: Server) -> None:
    found = load(stackone, repeat(post("/connect_sessions", BODY)), connections=4)
    assert found.per_second > 50
    assert 0 < found.p50_ms <= found.p95_ms < 300


def test_a_response_that_comes_later_takes_as_long(stackone: Server) -> None:
    found = load(stackone, repeat(post("/100ms/connect_sessions", BODY)), connections=4)
    assert found.p50_ms >= 100
    assert found.per_second < 40


def test_a_response_in_pieces_is_one_response() -> None:
    def answer(connection: socket.socket) -> None:
        for piece in (b"HTTP/1.1 201 Created\r\nConte", b"nt-Length: 4\r\n\r\n", b"ab", b"cd"):
            connection.sendall(piece)

    with answering(answer) as server:
        assert load(server, repeat(post("/", BODY)), connections=1).per_second > 50


@pytest.mark.parametrize(
    "response", [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 201"]
)
def test_a_failure_ends_the_measurement(response: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(response)
        connection.shutdown(socket.SHUT_WR)

    with answering(answer) as server, pytest.raises(RuntimeError, match="answered"):
        load(server, repeat(post("/", BODY)), connections=1)


def test_a_server_that_hangs_ends_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "HANGS_AFTER_SECONDS", 0.2)
    with answering(lambda _: None) as server, pytest.raises(RuntimeError, match="not answer"):
        load(server, repeat(post("/", BODY)), connections=1)


def test_the_servers_own_time_is_counted(stackone: Server) -> None:
    before = stackone.cpu_seconds
    found = load(stackone, repeat(post("/2000/accounts", BODY)), connections=2, status=200)
    assert 0 < found.cpu_ms < 1000
    assert stackone.cpu_seconds > before


def test_every_server_takes_its_turn_in_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "ROUNDS", 3)
    asked: list[str] = []

    def measure(name: str) -> Callable[[], generator.Load]:
        def run() -> generator.Load:
            asked.append(name)
            return generator.Load(per_second=len(asked), cpu_ms=1, p50_ms=1, p95_ms=1)

        return run

    found = generator.rounds({name: measure(name) for name in "abc"})
    assert "".join(asked) == "abc" + "abc" + "bca" + "cab"
    assert {name: len(loads) for name, loads in found.items()} == {"a": 3, "b": 3, "c": 3}


# --- StackOne's stand-in -------------------------------------------------------------------------


def test_all_accounts_are_listed_once(stackone: Server) -> None:
    pages = []
    for page in range(1, 5):
        response = requests.get(
            f"{stackone.url}/250/accounts", params={"page": page, "page_size": 100}, timeout=5
        )
        pages.append([account["id"] for account in response.json()])
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert len({account_id for page in pages for account_id in page}) == 250


def test_an_account_is_of_the_owner_in_its_id(stackone: Server) -> None:
    one = requests.get(f"{stackone.url}/accounts/account-7-12", timeout=5).json()
    assert (one["id"], one["origin_owner_id"]) == ("account-7-12", "7")
    query: dict[str, Any] = {"account_ids": ["account-7-12", "account-8-1"], "page": 1}
    listed = requests.get(f"{stackone.url}/accounts", params=query, timeout=5).json()
    assert [account["origin_owner_id"] for account in listed] == ["7", "8"]


def test_a_body_in_two_pieces_is_waited_for(stackone: Server) -> None:
    request = post("/connect_sessions", BODY)
    with socket.create_connection(("127.0.0.1", stackone.port), timeout=5) as connection:
        connection.sendall(request[:-3])
        connection.sendall(request[-3:])
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 ")
    assert json.loads(body)["token"]
