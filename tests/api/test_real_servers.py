"""Bodies with a length and in chunks, and addresses without their slash, through real servers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webhooks.deliveries import signature_of

ROOT = Path(__file__).resolve().parents[2]
MOUNT = "/teams/acme/stackone/"
#: Verified, and stored nowhere.
EVENT = json.dumps({"event": "hris_employees.created", "text": "ü" * 40_000}).encode()
PUTS_CHUNKS_TOGETHER = {
    "sync": ["gunicorn", "-k", "sync"],
    "gthread": ["gunicorn", "-k", "gthread", "--threads", "2"],
}
#: Django's own for development; it does not know where a body in chunks ends.
HIDES_THE_LENGTH = {"runserver": ["django", "runserver", "--noreload", "--skip-checks"]}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module", params=[*PUTS_CHUNKS_TOGETHER, *HIDES_THE_LENGTH])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    port = free_port()
    address = f"127.0.0.1:{port}"
    words = {**PUTS_CHUNKS_TOGETHER, **HIDES_THE_LENGTH}[request.param]
    where = (
        ["-b", address, "--no-control-socket", "django.core.wsgi:get_wsgi_application()"]
        if words[0] == "gunicorn"
        else [address]
    )
    process = subprocess.Popen(
        [sys.executable, "-m", *words, *where],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.api.server_settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server did not start"
                assert time.monotonic() < until, "the server did not start in time"
                time.sleep(0.05)
        yield request.param, port
    finally:
        process.terminate()
        process.wait(timeout=10)


def chunked(body: bytes, size: int = 10_000) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def post(port: int, path: str, body: bytes, *, in_chunks: bool, **headers: str) -> tuple[int, str]:
    """The status and what was said, by hand over a socket."""
    content = chunked(body) if in_chunks else body
    return post_raw(port, path, content, len(body), in_chunks=in_chunks, **headers)


def post_raw(
    port: int, path: str, content: bytes, size: int, *, in_chunks: bool, **headers: str
) -> tuple[int, str]:
    """The same with these very bytes after the head."""
    length = "Transfer-Encoding: chunked" if in_chunks else f"Content-Length: {size}"
    named = {
        "Host": "127.0.0.1",
        "Connection": "close",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "\r\n".join([f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in named.items()), length])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + content)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    start, _, rest = answer.partition(b"\r\n")
    assert b"application/json" in rest.lower()
    return int(start.split()[1]), answer.partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize("address", ["webhooks/", "webhooks"])
def test_a_signed_event_is_read_whole(
    server: tuple[str, int], in_chunks: bool, address: str
) -> None:
    name, port = server
    headers = {"X_StackOne_Signature": signature_of(EVENT)}
    status, said = post(port, f"{MOUNT}{address}", EVENT, in_chunks=in_chunks, **headers)
    if in_chunks and name in HIDES_THE_LENGTH:
        assert (status, "length of the body is missing" in said) == (400, True)
        assert "invalid_event" in said
    else:
        assert (status, json.loads(said)) == (200, {"status": "ignored"})


def test_a_wrong_signature_and_a_body_beyond_the_limit_are_said_to_be_that(
    server: tuple[str, int],
) -> None:
    name, port = server
    if name in HIDES_THE_LENGTH:
        return  # it can't tell, and says so above
    status, said = post(port, f"{MOUNT}webhooks/", EVENT, in_chunks=True, X_StackOne_Signature="x")
    assert (status, "invalid_signature" in said) == (401, True)
    status, said = post(port, f"{MOUNT}webhooks/", b"x" * (2**20 + 1), in_chunks=True)
    assert (status, "too_large" in said) == (413, True)


@pytest.mark.parametrize("address", ["webhooks/", "connect-sessions/"])
@pytest.mark.parametrize(
    "sent",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-1\r\n{}",
        b"2\r\n{}, 0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nA B: c\r\n\r\n",
    ],
    ids=["no number", "below zero", "no end", "no trailer"],
)
def test_what_is_no_body_in_chunks_is_an_error_of_the_sender(
    server: tuple[str, int], address: str, sent: bytes
) -> None:
    _, port = server
    status, said = post_raw(port, f"{MOUNT}{address}", sent, 0, in_chunks=True)
    assert (status, json.loads(said)["code"][:7]) in {(400, "invalid"), (401, "invalid")}


@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize("address", ["connect-sessions/", "connect-sessions"])
def test_the_fields_of_a_request_are_read_and_not_taken_for_none(
    server: tuple[str, int], in_chunks: bool, address: str
) -> None:
    name, port = server
    body = json.dumps({"colour": "red", "label": "x" * 20_000}).encode()
    status, said = post(port, f"{MOUNT}{address}", body, in_chunks=in_chunks)
    errors = json.loads(said)["errors"]
    if in_chunks and name in HIDES_THE_LENGTH:
        assert (status, errors) == (400, {"non_field_errors": ["Send a Content-Length."]})
    else:
        assert (status, errors) == (400, {"colour": ["This field can't be set here."]})
