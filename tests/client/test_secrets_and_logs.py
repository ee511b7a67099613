"""What may be seen of a call: one line, and never the key, the token or a body."""

from __future__ import annotations

import base64
import logging
import traceback
from typing import Any

import pytest

from stackone_connect.clock import Deadline
from stackone_connect.exceptions import StackOneConnectError
from tests.client.conftest import KEY
from tests.client.servers import (
    ACCOUNT,
    GRANT,
    answer,
    hang,
    reset_at_once,
    say,
    say_and_reset,
    serving,
)

ENCODED_KEY = base64.b64encode(f"{KEY}:".encode()).decode()
BODY_CANARY = "the-organizations-secret-name"
TOKEN_CANARY = "the-tokens-canary"

FAULTS = {
    "refused key": answer({"message": TOKEN_CANARY}, status=401),
    "rejection": answer({"message": TOKEN_CANARY}, status=422),
    "redirect": answer(status=302, headers={"Location": f"/?token={TOKEN_CANARY}"}),
    "busy": answer({"message": TOKEN_CANARY}, status=503),
    "HTML": answer(body=f"<b>{TOKEN_CANARY}".encode()),
    "bad JSON": answer(body=f'{{"token": "{TOKEN_CANARY}", '.encode()),
    "bad token": answer({**GRANT, "token": f"{TOKEN_CANARY} x"}, status=201),
    "not HTTP": say(TOKEN_CANARY.encode() + b"\r\n"),
    "bad header": say(f"HTTP/1.1 200 OK\r\n{TOKEN_CANARY}\r\n\r\n{{}}".encode()),
    "truncated": say(f"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{TOKEN_CANARY}".encode()),
    "reset": say_and_reset(b"HTTP/1.1 200 OK\r\n"),
    "reset at once": reset_at_once,
    "silence": hang,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_shows_neither_key_nor_body_nor_anything_of_the_answer(
    fault: str, make_client: Any, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(FAULTS[fault]) as server:
        client = make_client(server.url, read_timeout=0.1)
        body = {"origin_owner_name": BODY_CANARY}
        with pytest.raises(StackOneConnectError) as caught:
            client.create_connect_session(body, deadline=Deadline(2))
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join([repr(error), str(error), *traceback.format_exception(error), caplog.text])
    for canary in (KEY, ENCODED_KEY, BODY_CANARY, TOKEN_CANARY):
        assert canary not in shown
    locals_too = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    )
    for canary in (KEY, ENCODED_KEY):
        assert canary not in locals_too


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "stackone_connect"]


def test_an_answer_is_logged_at_debug_in_one_line_without_its_query(
    make_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answer([], headers={"x-request-id": "request-1"})) as server:
        assert list(make_client(server.url).accounts_of("owner-1", deadline=Deadline(2))) == []
    (line,) = lines(caplog)
    event, *pairs = line.split()
    values = dict(pair.split("=") for pair in pairs)
    assert event == "stackone.answered"
    assert values.pop("duration_ms").isdecimal()
    assert values == {
        "method": "GET",
        "path": "/accounts",
        "status": "200",
        "reason": "-",
        "tries": "1",
        "request_id": "request-1",
    }


@pytest.mark.parametrize(
    ("handler", "read_timeout", "expected"),
    [
        (answer(status=503), 5, "stackone.answered {} status=503 reason=status tries=3"),
        (answer(body=b"<"), 5, "stackone.answered {} status=200 reason=not_json tries=1"),
        (say_and_reset(), 5, "stackone.unanswered {} status=- reason=broken_off tries=3"),
        (hang, 0.1, "stackone.unanswered {} status=- reason=timed_out tries=1"),
    ],
)
def test_a_failure_is_logged_in_one_line_that_says_why(
    handler: Any,
    read_timeout: float,
    expected: str,
    make_client: Any,
    pauses: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(handler) as server:
        client = make_client(server.url, read_timeout=read_timeout)
        with pytest.raises(StackOneConnectError):
            client.get_account("a", deadline=Deadline(5))
    (line,) = lines(caplog)
    assert line.startswith(expected.format("method=GET path=/accounts/a"))


def test_nothing_is_logged_above_debug(make_client: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with serving(answer(ACCOUNT)) as server:
        make_client(server.url).get_account("account-1", deadline=Deadline(2))
    assert caplog.records == []


def test_a_usable_answer_does_not_show_the_token_it_holds(make_client: Any) -> None:
    with serving(answer({**GRANT, "token": TOKEN_CANARY}, status=201)) as server:
        held = make_client(server.url)._transport.request(
            "POST", "/connect_sessions", read=lambda data: data, body=b"{}", deadline=Deadline(2)
        )
    assert held["token"] == TOKEN_CANARY
    assert TOKEN_CANARY not in f"{held!r} {held}"
