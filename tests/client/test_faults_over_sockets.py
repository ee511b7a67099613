"""StackOne misbehaving over real sockets: a typed error, and inside the deadline."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneError,
    StackOneUnavailableError,
)
from tests.client import servers
from tests.client.servers import (
    ACCOUNT,
    Handler,
    answer,
    drip,
    flood,
    message,
    say,
    say_and_hang,
    say_and_reset,
    serving,
)

SECONDS = 0.3
GOOD = json.dumps(ACCOUNT).encode()
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HALF = message(body=GOOD)[:-20]

TOO_SLOW = {
    "a server that reads and says nothing": say_and_hang(),
    "a server that never reads": servers.hang,
    "half a status line": say_and_hang(b"HTTP/1.1 20"),
    "half the headers": say_and_hang(HEAD + b"Content-Type: applic"),
    "half the body": say_and_hang(HALF),
    "a byte of the status line now and then": drip(b"HTTP/1.1 200 ", b"O"),
    "a header line now and then": drip(HEAD, b"X-More: 1\r\n"),
    "a byte of a header now and then": drip(HEAD + b"X-More: ", b"1"),
    "a 100 Continue now and then": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints and nothing more": say_and_hang(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "103 Early Hints now and then": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a byte of the body now and then": drip(message(body=b" " * 9999)[:-9999], b" "),
    "a byte of an endless body now and then": drip(HEAD + b"\r\n", b" "),
    "a chunk now and then": drip(CHUNKED, b"1\r\n \r\n"),
    "a byte of a chunk's size now and then": drip(CHUNKED, b"0"),
    "a byte of a chunk now and then": drip(CHUNKED + b"fff\r\n", b" "),
    "a trailer line now and then": drip(CHUNKED + b"0\r\n", b"X-More: 1\r\n"),
}

BROKEN_OFF = {
    "a reset at once": servers.reset_at_once,
    "a reset before any answer": say_and_reset(),
    "a reset in the status line": say_and_reset(b"HTTP/1.1 20"),
    "a reset in the headers": say_and_reset(HEAD + b"Content-Type: applic"),
    "a reset in the body": say_and_reset(HALF),
    "an end before any answer": say(),
    "an end after an interim response": say(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "an end in the status line": say(b"HTTP/1.1 20"),
    "an end in a header": say(HEAD + b"Content-Type: applic"),
    "an end after a header": say(HEAD + b"Content-Type: application/json\r\n"),
    "an end before Content-Length is reached": say(HALF),
    "an end between chunks": say(CHUNKED + b"3\r\n123\r\n"),
    "an end in a chunk": say(CHUNKED + b"ff\r\n123"),
    "an end in a chunk's size": say(CHUNKED),
    "an end in a gzipped body": say(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(GOOD)[:-9]
    ),
}

BAD_ANSWERS = {
    "HTML": answer(body=b"<html>Welcome</html>", headers={"Content-Type": "text/html"}),
    "nothing": answer(body=b""),
    "204 No Content": say(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "bad JSON": answer(body=GOOD[:-1]),
    "two JSON values": answer(body=GOOD + GOOD),
    "not a number": answer(body=b'{"id": NaN}'),
    "infinity": answer(body=b"-Infinity"),
    "invalid UTF-8": answer(body=b'{"id": "\xff"}'),
    "UTF-16": answer(body=GOOD.decode().encode("utf-16")),
    "a deep nest": answer(body=b"[" * 200_000),
    "a closed deep nest": answer(body=b"[" * 200_000 + b"]" * 200_000),
    "a huge integer": answer(body=b'{"id": ' + b"9" * 100_000 + b"}"),
    "JSON of the wrong kind": answer([ACCOUNT]),
    "a text": answer("account-1"),
    "null": answer(None),
    "an account without an id": answer({**ACCOUNT, "id": None}),
    "an account with a wrong id": answer({**ACCOUNT, "id": ["account-1"]}),
    "over 1 MiB": answer(body=b" " * (1024 * 1024) + GOOD),
    "over 1 MiB, announced and never sent": say_and_hang(
        message(body=b" " * 2**20 + GOOD)[: -(2**20)]
    ),
    "over 1 MiB in chunks": flood(CHUNKED, b"10\r\n" + b" " * 16 + b"\r\n"),
    "a body without end": flood(HEAD + b"\r\n", b" " * 1000),
    "a gzip bomb": answer(body=servers.zipped(50_000_000), headers={"Content-Encoding": "gzip"}),
    "what is not gzip": answer(body=GOOD, headers={"Content-Encoding": "gzip"}),
    "an encoding that was not asked for": answer(body=GOOD, headers={"Content-Encoding": "br"}),
    "a huge header": answer(ACCOUNT, headers={"X-Huge": "a" * 100_000}),
    "headers without end": flood(HEAD, b"X-More: 1\r\n"),
    "a header without a name": answer(ACCOUNT, headers={"": "1"}),
    "a body where headers belong": say_and_hang(HEAD + b"[1]\r\n\r\n"),
    "a header line without end": flood(HEAD + b"X-More: ", b"1" * 1000),
    "100 Continue without end": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a chunk size without end": flood(CHUNKED, b"0" * 1000),
    "trailers without end": flood(CHUNKED + b"0\r\n", b"X-More: 1\r\n"),
    "contradicting lengths": say_and_hang(HEAD + b"Content-Length: 2, 3\r\n\r\n{}"),
    "another protocol": say_and_hang(b"220 mail.example ESMTP\r\n"),
    "an impossible status": say_and_hang(b"HTTP/1.1 99999 Odd\r\n\r\n"),
    "103 Early Hints without end": flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "101 Switching Protocols": say_and_hang(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    "a status of nobody's": answer(ACCOUNT, status=799),
}


def ask(
    make_client: Callable[..., Any],
    within: Callable[..., Any],
    handler: Handler,
    *,
    seconds: float = SECONDS,
    **changes: Any,
) -> tuple[StackOneError, int]:
    """Ask for an account; the error, and how often the server was connected to."""
    with serving(handler) as server:
        client = make_client(server.url, **changes)
        with within(seconds), pytest.raises(StackOneError) as caught:
            client.get_account("account-1", deadline=Deadline(seconds))
        connections = server.connections
    return caught.value, connections


@pytest.mark.parametrize("fault", TOO_SLOW)
def test_a_slow_answer_is_unavailable_when_the_deadline_has_passed(
    fault: str, make_client: Any, within: Any
) -> None:
    error, connections = ask(make_client, within, TOO_SLOW[fault])
    assert type(error) is StackOneUnavailableError
    assert error.retry_after == 5
    assert connections == 1


@pytest.mark.parametrize(
    "fault", ["a server that reads and says nothing", "half the headers", "half the body"]
)
def test_silence_longer_than_the_read_timeout_is_unavailable_and_not_tried_again(
    fault: str, make_client: Any, within: Any
) -> None:
    with within(0.1):
        error, connections = ask(make_client, within, TOO_SLOW[fault], seconds=5, read_timeout=0.1)
    assert type(error) is StackOneUnavailableError
    assert connections == 1


@pytest.mark.parametrize("fault", BROKEN_OFF)
def test_an_answer_that_breaks_off_is_unavailable_after_three_tries(
    fault: str, make_client: Any, within: Any, pauses: list[float]
) -> None:
    error, connections = ask(make_client, within, BROKEN_OFF[fault], seconds=5)
    assert type(error) is StackOneUnavailableError
    assert error.retry_after == 5
    assert connections == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("fault", BROKEN_OFF)
def test_an_answer_that_breaks_off_once_does_no_harm(
    fault: str, make_client: Any, within: Any, pauses: list[float]
) -> None:
    with serving(BROKEN_OFF[fault], answer(ACCOUNT)) as server, within(5):
        account = make_client(server.url).get_account("account-1", deadline=Deadline(5))
    assert account.account_id == "account-1"
    assert len(pauses) == 1


@pytest.mark.parametrize("fault", BAD_ANSWERS)
def test_an_answer_that_makes_no_sense_is_a_bad_answer_and_not_asked_for_again(
    fault: str, make_client: Any, within: Any
) -> None:
    error, connections = ask(make_client, within, BAD_ANSWERS[fault], seconds=5)
    assert type(error) is StackOneBadAnswerError
    assert error.retry_after is None
    assert connections == 1


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_responses_before_the_answer_are_passed_over(status: int, make_client: Any) -> None:
    interim = b"HTTP/1.1 %d Wait\r\nLink: </style.css>\r\n\r\n" % status
    with serving(say(interim * 2 + message(body=GOOD))) as server:
        account = make_client(server.url).get_account("account-1", deadline=Deadline(2))
    assert account.provider == "bamboohr"


def test_a_gzipped_answer_is_read(make_client: Any) -> None:
    body = gzip.compress(GOOD)
    with serving(answer(body=body, headers={"Content-Encoding": "gzip"})) as server:
        account = make_client(server.url).get_account("account-1", deadline=Deadline(2))
    assert account.provider == "bamboohr"


def test_an_answer_of_exactly_1_mib_in_chunks_with_a_byte_order_mark_is_read(
    make_client: Any,
) -> None:
    body = b"\xef\xbb\xbf" + GOOD
    body += b" " * (1024 * 1024 - len(body))
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    with serving(say(CHUNKED + chunks + b"0\r\nX-Trailer: 1\r\n\r\n")) as server:
        account = make_client(server.url).get_account("account-1", deadline=Deadline(2))
    assert account.account_id == "account-1"


def test_a_refused_connection_is_unavailable_after_three_tries(
    make_client: Any, within: Any, pauses: list[float]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with within(0.1), pytest.raises(StackOneUnavailableError):
        make_client(f"http://127.0.0.1:{port}").get_account("a", deadline=Deadline(1))
    assert len(pauses) == 2


def test_a_server_too_busy_to_accept_is_unavailable_within_the_connect_timeouts(
    make_client: Any, within: Any, pauses: list[float]
) -> None:
    with full_listener() as port:
        client = make_client(f"http://127.0.0.1:{port}", connect_timeout=0.1)
        with within(0.3), pytest.raises(StackOneUnavailableError):
            client.get_account("a", deadline=Deadline(5))
    assert len(pauses) == 2


def test_several_addresses_together_get_no_more_than_the_deadline(
    make_client: Any, within: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_listener() as port:
        one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [one] * 5)
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            make_client(f"http://busy.test:{port}").get_account("a", deadline=Deadline(SECONDS))


def test_an_address_that_refuses_is_passed_over_for_the_next(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(ACCOUNT)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = closed.getsockname()
        closed.close()
        addresses = [
            (9999, socket.SOCK_STREAM, 6, "", ("a family that this machine does not know", 1)),
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", refusing[1], 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", refusing),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        account = make_client("http://both.test").get_account("account-1", deadline=Deadline(2))
    assert account.account_id == "account-1"


def test_a_name_that_can_not_be_resolved_is_unavailable_after_three_tries(
    make_client: Any, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(StackOneUnavailableError) as caught:
        make_client("https://nowhere.test").get_account("a", deadline=Deadline(1))
    assert caught.value.retry_after == 5
    assert len(pauses) == 2


def test_a_body_that_is_not_taken_is_given_up_at_the_deadline(
    make_client: Any, within: Any
) -> None:
    release = threading.Event()

    def never_read(connection: socket.socket) -> None:
        release.wait()

    with serving(never_read) as server:
        # More than the sockets hold between them; writing it as JSON is part of the deadline.
        body = {"metadata": "a" * 20_000_000}
        seconds = 5 * SECONDS
        deadline = Deadline(seconds)
        with within(seconds), pytest.raises(StackOneUnavailableError):
            make_client(server.url).create_connect_session(body, deadline=deadline)
        assert server.connections == 1
        release.set()


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
def test_a_redirect_is_a_bad_answer_and_its_target_never_contacted(
    status: int, make_client: Any
) -> None:
    with (
        serving(answer(ACCOUNT)) as target,
        serving(answer(status=status, headers={"Location": f"{target.url}/accounts/x"})) as server,
    ):
        client = make_client(server.url)
        with pytest.raises(StackOneBadAnswerError):
            client.get_account("account-1", deadline=Deadline(2))
        with pytest.raises(StackOneBadAnswerError):
            client.create_connect_session({}, deadline=Deadline(2))
        assert target.connections == 0


def test_the_body_of_a_redirect_or_an_error_is_not_waited_for(
    make_client: Any, within: Any
) -> None:
    head = b"HTTP/1.1 %d No\r\nLocation: /x\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
    for status in (302, 404, 500):
        with serving(drip(head % status, b" ")) as server:
            client = make_client(server.url)
            with within(0.1), pytest.raises(StackOneError):
                client.latest_attempt("1", deadline=Deadline(2))


class full_listener:  # noqa: N801  (reads as a function)
    """A port whose queue of connections is full, so that connecting takes for ever."""

    def __enter__(self) -> int:
        self._sockets = [socket.socket()]
        self._sockets[0].bind(("127.0.0.1", 0))
        self._sockets[0].listen(0)
        address = self._sockets[0].getsockname()
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            self._sockets.append(filler)
        port: int = address[1]
        return port

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()
