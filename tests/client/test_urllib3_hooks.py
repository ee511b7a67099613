"""What the client's sockets rest on in urllib3, http.client and requests is as it is listed."""

from __future__ import annotations

import ast
import json
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from stackone_connect.client import body, connection, pool, sockets, urllib3_hooks
from stackone_connect.clock import Deadline
from tests.client.servers import ACCOUNT, over_tls, read_request, serving, tunnelling

MODULES = (body, connection, pool, sockets)
LIBRARIES = ("http", "requests", "socket", "urllib3")


class Calls:
    """What the libraries call of ours, and the objects that took part."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.objects: dict[str, list[Any]] = {
            "DeadlineConnection": [],
            "TLS": [],
            "StrictResponse": [],
        }
        self.bodies: list[Any] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what this thread calls in the block."""
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame.f_back is None:
            return
        if frame.f_globals.get("__name__") not in {module.__name__ for module in MODULES}:
            return
        instance = frame.f_locals.get("self")
        for kind in type(instance).__mro__:
            if kind.__name__ in self.objects:
                self.objects[kind.__name__].append(instance)
        if frame.f_code is body.read.__code__:
            self.bodies.append(frame.f_locals["response"].raw._fp)
        library = frame.f_back.f_globals.get("__name__", "").partition(".")[0]
        if library in LIBRARIES and not frame.f_code.co_name.startswith("__"):
            self.seen.add((frame.f_code.co_qualname, library))


def in_chunks(connection: socket.socket) -> None:
    """Answer every request of the connection, in chunks."""
    content = json.dumps(ACCOUNT).encode()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        read_request(connection)
        connection.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content))


@pytest.fixture
def calls(make_client: Any, certificate: Any, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Calls over a plain connection, over TLS, and by a proxy that is reached by TLS."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    proxy, _ = tunnelling()
    calls = Calls()
    with (
        serving(in_chunks) as plain,
        serving(over_tls(context, in_chunks)) as secure,
        serving(over_tls(context, in_chunks)) as hidden,
        serving(over_tls(context, proxy)) as way,
        calls.noted(),
    ):
        for url in (plain.url, secure.url.replace("http:", "https:")):
            make_client(url).get_account("account-1", deadline=Deadline(5))
            make_client(url).rename_owner("a", origin_owner_name="A", deadline=Deadline(5))
        monkeypatch.setenv("https_proxy", way.url.replace("http:", "https:"))
        for _ in range(2):
            client = make_client(hidden.url.replace("http:", "https:"))
            client.get_account("account-1", deadline=Deadline(5))
        pool.connections().close()
    return calls


def test_the_libraries_call_what_is_listed_and_nothing_else(calls: Calls) -> None:
    listed = {(hook.name, library) for hook in urllib3_hooks.CALLED for library in hook.libraries}
    assert calls.seen == listed


def test_the_libraries_objects_have_what_is_listed(calls: Calls) -> None:
    missing = [
        hook.name
        for hook in urllib3_hooks.USED
        for kind, _, attribute in [hook.name.partition(".")]
        if kind in calls.objects
        and not all(hasattr(instance, attribute) for instance in calls.objects[kind])
    ]
    assert all(calls.objects.values())
    assert missing == []


def test_the_body_is_read_from_the_strict_response(calls: Calls) -> None:
    assert [type(response) for response in calls.bodies] == [connection.StrictResponse] * 6


def test_no_private_name_of_a_library_is_used_that_is_not_listed() -> None:
    listed = {hook.name.rpartition(".")[2] for hook in urllib3_hooks.USED}
    assert _private_names_of_others() == {name for name in listed if name.startswith("_")}


def _private_names_of_others() -> set[str]:
    """Private attributes that our modules read without having defined them."""
    read: set[str] = set()
    ours: set[str] = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
            elif isinstance(node, ast.Attribute):
                ours.add(node.attr)
            elif isinstance(node, ast.FunctionDef):
                ours.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                ours.add(node.id)
    return {name for name in read - ours if name.startswith("_") and not name.startswith("__")}
