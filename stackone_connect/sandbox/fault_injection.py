"""Applies faults to calls: errors, dropped connections, slow bodies, contract drift.

Under a server with a socket the connection is really dropped. Django's test client has none: there
``reset``, ``hang`` and ``lost_answer`` raise the exception that a client would get, and ``slow``
returns at once.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase, JsonResponse
from django.urls import reverse

from stackone_connect.sandbox import faults
from stackone_connect.sandbox.errors import RefusedError, too_many
from stackone_connect.sandbox.models import Fault

PIECES = 20
#: Statuses of a gateway in front of StackOne, whose body is HTML (StackOne notes §1.6).
GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
#: Statuses that say when to try again, and StackOne's seconds (StackOne notes §2).
TRY_AGAIN, TRY_AGAIN_AFTER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}, 60.0
#: A field that a client cannot know, with a value of an unexpected type.
UNKNOWN = {"added_since": {"by": ["stackone", 1, None]}}


def respond(
    request: HttpRequest, view: Callable[[], HttpResponse], project_of: Callable[[], str]
) -> HttpResponseBase:
    """The response of ``view``, or what a fault that matches this call makes of it.

    ``project_of`` is called only for a fault that is limited to one project. Raises
    ``RefusedError`` (429), ``TimeoutError`` and ``ConnectionResetError``, as the fault demands.
    """
    method = request.method or ""
    if method == "OPTIONS":
        # A failing preflight would hide the fault from the page under test.
        return view()
    path = request.path.removeprefix(mount())
    fault = faults.take(faults.CALLS, path, project_of, method)
    if fault is None:
        return _with_drift(view(), faults.take_all(faults.CONTRACT, path, project_of, method))
    seconds, kind = fault.seconds or 0.0, fault.kind
    if kind == "rate_limited":
        raise too_many(seconds)
    if kind == "error":
        return _error(fault)
    if kind in {"hang", "reset"}:
        return _dropped(request, seconds)
    response = view()
    if kind == "lost_answer":
        return _dropped(request, seconds)
    if kind == "slow":
        return _slow(request, response, seconds)
    response.content = response.content[: len(response.content) // 2] or b'{"'
    return response


def mount() -> str:
    """Where the sandbox is mounted, with its last slash."""
    return reverse("stackone_sandbox:callback").removesuffix("embedded/accounts/callback")


def _error(fault: Fault) -> HttpResponse:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR.value
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    if status in GATEWAY:
        page = f"<html><head><title>{status} {phrase}</title></head><body></body></html>"
        return HttpResponse(page, status=status, content_type="text/html")
    wait = fault.seconds
    if wait is None and status in TRY_AGAIN:
        wait = TRY_AGAIN_AFTER
    body = RefusedError(HTTPStatus.BAD_REQUEST, phrase, retry_after=wait).response()
    body.status_code = status
    body.content = json.dumps(json.loads(body.content) | {"statusCode": status}).encode()
    return body


def _has_socket(request: HttpRequest) -> bool:
    return "SERVER_SOFTWARE" in request.META


def _dropped(request: HttpRequest, seconds: float) -> StreamingHttpResponse:
    """No response: after ``seconds`` the connection is closed."""
    if not _has_socket(request):
        if seconds:
            raise TimeoutError(f"The sandbox does not respond for {seconds:g} s")
        raise ConnectionResetError(errno.ECONNRESET, "The sandbox resets this call")
    hang_up = partial(_hang_up, _connection(request), seconds)
    return StreamingHttpResponse(iter(hang_up, b""))


def _connection(request: HttpRequest) -> socket.socket | None:
    """The socket: gunicorn puts it in the environment, Django's server keeps it private."""
    reader = getattr(getattr(request.META.get("wsgi.input"), "_read", None), "__self__", None)
    private = getattr(getattr(reader, "raw", None), "_sock", None)
    found = request.META.get("gunicorn.socket", private)
    return found if isinstance(found, socket.socket) else None


def _hang_up(connection: socket.socket | None, seconds: float) -> bytes:
    """Raises before the first byte, so that no server has sent a header yet.

    Servers take this error for a client that disconnected: they close without a response.
    """
    time.sleep(seconds)
    if connection is not None:
        with contextlib.suppress(OSError):
            # With this option closing sends RST; Django's server would send FIN first.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # The server must not wait for another request on this connection.
            connection.shutdown(socket.SHUT_RD)
            connection.close()
    raise ConnectionResetError(errno.ECONNRESET, "The sandbox resets this call")


def _slow(request: HttpRequest, response: HttpResponse, seconds: float) -> HttpResponseBase:
    """The same response, its body in pieces over ``seconds``."""
    if not _has_socket(request):
        return response
    headers = {**response.headers, "Content-Length": str(len(response.content))}
    return StreamingHttpResponse(
        _drip(response.content, seconds), status=response.status_code, headers=headers
    )


def _drip(content: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, -(-len(content) // PIECES))
    for start in range(0, len(content), size):
        time.sleep(seconds / PIECES)
        yield content[start : start + size]


def _with_drift(response: HttpResponse, kinds: list[str]) -> HttpResponse:
    """Contract drift, in successful JSON responses."""
    is_error = response.status_code >= HTTPStatus.BAD_REQUEST
    if not kinds or is_error or not isinstance(response, JsonResponse):
        return response
    body: Any = json.loads(response.content)
    items = body if isinstance(body, list) else [body]
    for item in items:
        if "organization_id_number" in kinds and "organization_id" in item:
            item["organization_id"] = int(item["organization_id"])
        if "unknown_fields" in kinds:
            item.update(UNKNOWN)
    if "wrapped_list" in kinds and isinstance(body, list):
        body = {"data": body}
    response.content = json.dumps(body).encode()
    return response
