"""Answers as they should not be: what a fault makes of a call.

Under a server with a real socket the connection is really dropped. Django's test client has none:
there ``reset``, ``hang`` and ``lost_answer`` raise what a caller would meet, and ``slow`` answers
at once.
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
#: What a gateway in front of StackOne answers by itself, in HTML (contract §1.6).
GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
#: A field that a client cannot know yet, with a value of no kind that it expects.
UNKNOWN = {"added_since": {"by": ["stackone", 1, None]}}


def answer(request: HttpRequest, respond: Callable[[], HttpResponse]) -> HttpResponseBase:
    """What ``respond`` answers, or what a fault that matches this call makes of it."""
    method = request.method or ""
    if method == "OPTIONS":
        # A preflight that fails would hide the fault from the page that is to meet it.
        return respond()
    path = request.path.removeprefix(mount())
    fault = faults.take(faults.CALLS, path, method)
    if fault is None:
        return _changed(respond(), faults.take_all(faults.ANSWERS, path, method))
    seconds, kind = fault.seconds or 0.0, fault.kind
    if kind == "rate_limited":
        raise too_many(seconds)
    if kind == "error":
        return _error(fault)
    if kind in {"hang", "reset"}:
        return _dropped(request, seconds)
    response = respond()
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
    body = RefusedError(HTTPStatus.BAD_REQUEST, phrase, retry_after=fault.seconds).response()
    body.status_code = status
    body.content = json.dumps(json.loads(body.content) | {"statusCode": status}).encode()
    return body


def _has_socket(request: HttpRequest) -> bool:
    return "SERVER_SOFTWARE" in request.META


def _dropped(request: HttpRequest, seconds: float) -> StreamingHttpResponse:
    """No answer: after ``seconds`` the connection is closed."""
    if not _has_socket(request):
        if seconds:
            raise TimeoutError(f"The sandbox was told not to answer for {seconds:g} s")
        raise ConnectionResetError(errno.ECONNRESET, "The sandbox was told to reset this call")
    hang_up = partial(_hang_up, _connection(request), seconds)
    return StreamingHttpResponse(iter(hang_up, b""))


def _connection(request: HttpRequest) -> socket.socket | None:
    """The socket, from gunicorn, which offers it, or from Django's server, which hides it."""
    reader = getattr(getattr(request.META.get("wsgi.input"), "_read", None), "__self__", None)
    hidden = getattr(getattr(reader, "raw", None), "_sock", None)
    found = request.META.get("gunicorn.socket", hidden)
    return found if isinstance(found, socket.socket) else None


def _hang_up(connection: socket.socket | None, seconds: float) -> bytes:
    """Raises before the first byte, so that no server has sent a header yet.

    Servers take this error for a caller that went away: they close and say nothing.
    """
    time.sleep(seconds)
    if connection is not None:
        with contextlib.suppress(OSError):
            # Closing it sends a reset; Django's server holds on to it and says goodbye first.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # No server is to wait for another request on it.
            connection.shutdown(socket.SHUT_RD)
            connection.close()
    raise ConnectionResetError(errno.ECONNRESET, "The sandbox was told to reset this call")


def _slow(request: HttpRequest, response: HttpResponse, seconds: float) -> HttpResponseBase:
    """The same answer, its body in pieces over ``seconds``."""
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


def _changed(response: HttpResponse, kinds: list[str]) -> HttpResponse:
    """Contract drift, in successful JSON answers."""
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
