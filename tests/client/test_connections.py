"""Which connections are reused, by whom, and what is kept between calls: nothing else."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
import werkzeug
from pytest_httpserver import HTTPServer

from stackone_connect.client import StackOneClient, connection
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    StackOneConnectError,
    StackOneError,
    StackOneUnavailableError,
)
from tests.client.servers import (
    ACCOUNT,
    GRANT,
    answer,
    message,
    read_request,
    say,
    say_and_hang,
    serving,
)


def ask(client: StackOneClient, seconds: float = 2) -> None:
    assert client.get_account("account-1", deadline=Deadline(seconds)).provider == "bamboohr"


def test_calls_that_follow_each_other_share_one_connection(make_client: Any) -> None:
    with serving(answer(ACCOUNT)) as server:
        for _ in range(3):
            ask(make_client(server.url))
        assert server.connections == 1


def test_a_connection_ends_with_the_settings_of_a_test(
    make_client: Any, configure: Callable[..., None]
) -> None:
    """Django's live server, which StackOne's stand-in may be, ends with its test."""
    ended = threading.Event()

    def answer_until_its_end(connection: socket.socket) -> None:
        try:
            answer(ACCOUNT)(connection)
        finally:
            ended.set()

    with serving(answer_until_its_end) as server:
        ask(make_client(server.url))
        assert not ended.wait(0.1)
        configure(READ_TIMEOUT=7)
        assert ended.wait(5)


def test_a_chunked_answer_leaves_its_connection_usable(make_client: Any) -> None:
    body = json.dumps(ACCOUNT).encode()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"

    def handle(connection: socket.socket) -> None:
        while True:
            read_request(connection)
            connection.sendall(chunked % (len(body), body))

    with serving(handle) as server:
        ask(make_client(server.url))
        ask(make_client(server.url))
        assert server.connections == 1


def test_calls_at_the_same_time_have_connections_of_their_own_and_leave_them_to_later_ones(
    make_client: Any,
) -> None:
    barrier = threading.Barrier(4)

    def handle(connection: socket.socket) -> None:
        while True:
            read_request(connection)
            barrier.wait(timeout=5)
            connection.sendall(message(body=json.dumps(ACCOUNT).encode()))

    with serving(handle) as server:
        for _ in range(2):
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(ask, [make_client(server.url)] * 4))
        assert server.connections == 4


def test_a_thread_that_ends_leaves_no_connection_behind_that_nobody_uses(make_client: Any) -> None:
    with serving(answer(ACCOUNT)) as server:
        for _ in range(5):
            thread = threading.Thread(target=ask, args=(make_client(server.url),))
            thread.start()
            thread.join()
        assert server.connections == 1


def test_a_forked_process_does_not_use_its_parents_connection(make_client: Any) -> None:
    with serving(answer(ACCOUNT)) as server:
        client = make_client(server.url)
        ask(client)
        child = os.fork()
        if child == 0:
            try:
                ask(client)
                ask(client)
            except BaseException:  # noqa: BLE001  (a child must never run on into the test suite)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        ask(client)
        assert server.connections == 2


def test_a_connection_that_was_closed_while_idle_is_not_noticed(
    make_client: Any, pauses: list[float]
) -> None:
    body = json.dumps(ACCOUNT).encode()
    with serving(say(message(body=body))) as server:
        client = make_client(server.url)
        for _ in range(3):
            ask(client)
            time.sleep(0.02)
        assert server.connections == 3
    assert pauses == []


def test_a_connection_that_is_closed_as_the_next_request_arrives_is_tried_anew(
    make_client: Any, pauses: list[float]
) -> None:
    body = json.dumps(ACCOUNT).encode()

    def close_on_second_request(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(message(body=body))
        read_request(connection)

    with serving(close_on_second_request) as server:
        client = make_client(server.url)
        ask(client)
        ask(client)
        assert server.connections == 2
    assert len(pauses) == 1


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(ACCOUNT)) as server:
        client = make_client(server.url)
        ask(client)
        monkeypatch.setattr(connection, "IDLE_SECONDS", 0.0)
        ask(client)
        assert server.connections == 2


@pytest.mark.parametrize("status", [404, 401, 302])
def test_the_connection_of_an_answer_that_was_not_read_is_closed(
    status: int, make_client: Any
) -> None:
    head = b"HTTP/1.1 %d No\r\nContent-Length: 100\r\n\r\n{" % status
    with serving(say_and_hang(head), answer(ACCOUNT)) as server:
        client = make_client(server.url)
        with pytest.raises(StackOneConnectError):
            client.get_account("account-1", deadline=Deadline(2))
        ask(client)
        assert server.connections == 2


def test_what_follows_an_answer_is_not_taken_for_the_next_one(make_client: Any) -> None:
    body = json.dumps(ACCOUNT).encode()
    stray = message(body=json.dumps({**ACCOUNT, "provider": "stray"}).encode())
    with serving(say_and_hang(message(body=body) + stray)) as server:
        client = make_client(server.url)
        ask(client)
        ask(client)


def test_cookies_are_not_kept_between_calls(make_client: Any) -> None:
    seen: list[dict[str, str]] = []

    def handle(connection: socket.socket) -> None:
        while True:
            seen.append(read_request(connection)[1])
            cookie = {"Set-Cookie": "session=1; Path=/; Domain=127.0.0.1"}
            connection.sendall(message(body=json.dumps(ACCOUNT).encode(), headers=cookie))

    with serving(handle) as server:
        ask(make_client(server.url))
        ask(make_client(server.url))
    assert len(seen) == 2
    assert not any("cookie" in headers for headers in seen)


def test_a_netrc_file_does_not_replace_the_key(
    make_client: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[str] = []

    def handle(connection: socket.socket) -> None:
        seen.append(read_request(connection)[1]["authorization"])
        connection.sendall(message(body=json.dumps(ACCOUNT).encode()))

    with serving(handle) as server:
        ask(make_client(server.url, api_key="ours"))
    assert seen == ["Basic b3Vyczo="]


def test_two_clients_on_one_connection_each_send_their_own_key(make_client: Any) -> None:
    seen: list[str] = []

    def handle(connection: socket.socket) -> None:
        while True:
            seen.append(read_request(connection)[1]["authorization"])
            connection.sendall(message(body=json.dumps(ACCOUNT).encode()))

    with serving(handle) as server:
        ask(make_client(server.url, api_key="one"))
        ask(make_client(server.url, api_key="two"))
    assert seen == ["Basic b25lOg==", "Basic dHdvOg=="]


def test_head_and_body_are_sent_in_one_piece(make_client: Any) -> None:
    pieces: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        pieces.append(connection.recv(65536))
        connection.sendall(message(201, body=json.dumps(GRANT).encode()))

    with serving(handle) as server:
        body = {"origin_owner_id": "7"}
        make_client(server.url).create_connect_session(body, deadline=Deadline(2))
    [piece] = pieces
    assert piece.startswith(b"POST /connect_sessions HTTP/1.1\r\n")
    assert piece.endswith(b'\r\n\r\n{"origin_owner_id": "7"}')


def test_a_library_server_is_understood_end_to_end(
    make_client: Any, httpserver: HTTPServer
) -> None:
    httpserver.expect_oneshot_request("/connect_sessions", method="POST").respond_with_data(
        "busy", status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "0.01"}
    )
    httpserver.expect_oneshot_request(
        "/connect_sessions", method="POST", json={"origin_owner_id": "7"}
    ).respond_with_json(GRANT, status=201)
    body = {"origin_owner_id": "7"}
    client = make_client(httpserver.url_for(""))
    assert client.create_connect_session(body, deadline=Deadline(2)).token == "the-token"


def test_a_library_server_that_sleeps_is_unavailable_at_the_deadline(
    make_client: Any, httpserver: HTTPServer, within: Any
) -> None:
    def sleep(_: werkzeug.Request) -> werkzeug.Response:
        time.sleep(0.8)
        return werkzeug.Response("{}")

    httpserver.expect_request("/accounts/a").respond_with_handler(sleep)
    client = make_client(httpserver.url_for(""))
    with within(0.2), pytest.raises(StackOneUnavailableError):
        client.get_account("a", deadline=Deadline(0.2))


def test_random_bytes_never_raise_anything_but_our_errors(
    make_client: Any, pauses: list[float]
) -> None:
    chance = random.Random(7)
    good = message(body=json.dumps(ACCOUNT).encode(), headers={"Transfer-Encoding": "chunked"})
    outcomes = set()
    for _ in range(60):
        mangled = bytearray(good)
        for _ in range(chance.randint(1, 12)):
            mangled[chance.randrange(len(mangled))] = chance.randrange(256)
        with serving(say(bytes(mangled))) as server:
            try:
                ask(make_client(server.url))
            except StackOneError as error:
                outcomes.add(error.code)
    assert outcomes <= {"stackone_bad_answer", "stackone_unavailable", "stackone_rejected"}
    assert outcomes
