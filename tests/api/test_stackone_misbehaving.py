"""StackOne misbehaving over real sockets: a typed answer inside the deadline, the row finished."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import _first_look
from tests.api.conftest import Api, code
from tests.client import servers
from tests.client.servers import (
    Handler,
    answer,
    drip,
    flood,
    message,
    read_request,
    say,
    say_and_hang,
    say_and_reset,
    serving,
)
from tests.factories import SessionFactory

DEADLINE = 0.4
#: What a busy machine may take on top, with everything of ours besides the wait.
SLACK = 0.7

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GRANT = json.dumps(servers.GRANT).encode()

UNAVAILABLE = (503, "stackone_unavailable")
BAD_ANSWER = (502, "stackone_bad_answer")

#: What the server does, our answer, and whether it takes the whole deadline.
FAULTS: dict[str, tuple[Handler, tuple[int, str], bool]] = {
    "hangs without reading": (servers.hang, UNAVAILABLE, True),
    "hangs before answering": (say_and_hang(), UNAVAILABLE, True),
    "hangs in the headers": (say_and_hang(HEAD + b"Content-Ty"), UNAVAILABLE, True),
    "hangs in the body": (say_and_hang(message(body=GRANT)[:-9]), UNAVAILABLE, True),
    "drips header lines": (drip(HEAD, b"X-More: 1\r\n"), UNAVAILABLE, True),
    "drips the body": (drip(message(body=b" " * 9999)[:-9999], b" "), UNAVAILABLE, True),
    "drips chunks": (drip(CHUNKED, b"1\r\n \r\n"), UNAVAILABLE, True),
    "resets at once": (servers.reset_at_once, UNAVAILABLE, False),
    "resets in the body": (say_and_reset(message(body=GRANT)[:-9]), UNAVAILABLE, False),
    "hangs up before answering": (say(), UNAVAILABLE, False),
    "truncates the body": (say(message(body=GRANT)[:-9]), UNAVAILABLE, False),
    "truncates a chunk": (say(CHUNKED + b"ff\r\n123"), UNAVAILABLE, False),
    "sends a huge body": (answer(body=b" " * 2**21 + GRANT), BAD_ANSWER, False),
    "sends headers without end": (flood(HEAD, b"X-More: 1\r\n"), BAD_ANSWER, False),
    "sends a gzip bomb": (
        answer(body=servers.zipped(50_000_000), headers={"Content-Encoding": "gzip"}),
        BAD_ANSWER,
        False,
    ),
    "redirects": (
        answer(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
        BAD_ANSWER,
        False,
    ),
    "sends HTML": (answer(body=b"<html>Welcome</html>"), BAD_ANSWER, False),
    "sends nothing": (answer(body=b""), BAD_ANSWER, False),
    "sends half of its JSON": (answer(body=GRANT[:-1]), BAD_ANSWER, False),
    "sends NaN": (answer(body=b'{"id": NaN}'), BAD_ANSWER, False),
    "sends a list": (answer([servers.GRANT, servers.ACCOUNT]), BAD_ANSWER, False),
    "sends wrong types": (
        answer({"id": {}, "token": 7, "origin_owner_id": []}),
        BAD_ANSWER,
        False,
    ),
    "speaks another protocol": (say_and_hang(b"220 mail.example ESMTP\r\n"), BAD_ANSWER, False),
}


@pytest.fixture(autouse=True)
def _impatient(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    configure(DEADLINE=DEADLINE, READ_TIMEOUT=5, CONNECT_TIMEOUT=5)
    monkeypatch.setattr("stackone_connect.client.retries.pause", lambda tries, seconds: 0)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds + SLACK


@pytest.mark.parametrize("fault", FAULTS)
def test_while_issuing(
    fault: str, api: Api, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    handler, expected, whole = FAULTS[fault]
    with serving(handler) as server:
        configure(BASE_URL=server.url)
        with within(DEADLINE if whole else 0):
            answered = api.issue(provider="bamboohr")
        assert server.connections == (3 if expected == UNAVAILABLE and not whole else 1)
    assert code(answered) == expected
    assert ("Retry-After" in answered) == (expected == UNAVAILABLE)
    session = ConnectSession.objects.get()
    assert (session.status, session.error_code) == ("failed", expected[1])
    assert session.duration_ms is not None


@pytest.mark.parametrize("fault", FAULTS)
def test_while_completing(
    fault: str, api: Api, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    handler, expected, whole = FAULTS[fault]
    session = SessionFactory.create(owner=owner)
    before = ConnectSession.objects.values().get()
    with serving(handler) as server:
        configure(BASE_URL=server.url)
        with within(DEADLINE if whole else 0):
            answered = api.complete(session.pk, "account-1")
    assert code(answered) == expected
    assert ConnectSession.objects.values().get() == before
    assert not LinkedAccount.objects.exists()


def test_a_refused_connection(api: Api, owner: OriginOwner, configure: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    configure(BASE_URL=f"http://127.0.0.1:{port}")
    session = SessionFactory.create(owner=owner)
    with within(0):
        assert code(api.issue()) == UNAVAILABLE
        assert code(api.complete(session.pk, "account-1")) == UNAVAILABLE
    assert ConnectSession.objects.exclude(pk=session.pk).get().status == "failed"


def by_path(**handlers: bytes | None) -> Handler:
    """Answer by the last word of the path with these bytes, or say nothing at all for ``None``."""

    def handle(connection: socket.socket) -> None:
        line, _, _ = read_request(connection)
        path = line.split()[1].partition("?")[0]
        said = next(part for word, part in handlers.items() if f"/{word}" in path)
        if said is None:
            connection.recv(1)
        else:
            connection.sendall(said)

    return handle


def test_a_mute_list_of_accounts_does_not_keep_an_issue_from_its_token(
    api: Api, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_first_look, "LOOK_SECONDS", 0.2)
    with serving(by_path(accounts=None, connect_sessions=message(201, GRANT))) as server:
        configure(BASE_URL=server.url)
        with within(0.2):
            answered = api.issue(provider="bamboohr")
    assert answered.status_code == 201
    assert answered.json()["path"] == "undetermined"
    assert OriginOwner.objects.get().accounts_read_at is None


def test_a_mute_look_and_a_mute_issue_share_the_deadline(
    api: Api, configure: Callable[..., None]
) -> None:
    with serving(servers.hang) as server:
        configure(BASE_URL=server.url)
        with within(DEADLINE):
            assert code(api.issue(provider="bamboohr")) == UNAVAILABLE
    assert ConnectSession.objects.get().status == "failed"


def test_a_mute_confirmation_of_an_account_fails_inside_the_deadline(
    api: Api, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    with serving(by_path(accounts=None, connect_sessions=message(201, GRANT))) as server:
        configure(BASE_URL=server.url)
        with within(DEADLINE):
            assert code(api.issue(account_id="not-known-here")) == UNAVAILABLE
    assert ConnectSession.objects.get().requested_account_id == ""


def test_a_mute_attempt_does_not_keep_a_completion_from_its_answer(
    api: Api, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    session = SessionFactory.create(owner=owner)
    assert session.expires_at is not None
    account = {
        **servers.ACCOUNT,
        "origin_owner_id": owner.origin_owner_id,
        "created_at": session.expires_at.isoformat(),
        "updated_at": session.expires_at.isoformat(),
    }
    said = message(200, json.dumps(account).encode())
    with serving(by_path(accounts=said, connect_sessions=None)) as server:
        configure(BASE_URL=server.url)
        with within(DEADLINE):
            answered = api.complete(session.pk, "account-1")
    assert (answered.status_code, answered.json()["outcome"]) == (200, "create")
