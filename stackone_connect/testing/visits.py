"""Calling the sandbox's views in this process, past the host's middleware and addresses."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.urls import get_urlconf, resolve, set_urlconf

_URLCONF = "stackone_connect.testing.urls"
#: The ``BASE_URL`` of the tests; nothing listens there, and nobody ever asks.
BASE_URL = "https://stackone.sandbox.test"


def visit(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What the sandbox answers; ``path`` is under its mount and may have a query.

    Raises what a caller would meet on a socket: :class:`ConnectionResetError`,
    :class:`TimeoutError`.
    """
    request = RequestFactory(headers=headers or {}).generic(
        method, f"/sandbox{path}", body, content_type="application/json", secure=True
    )
    outside = get_urlconf()
    # It reverses addresses of its own.
    set_urlconf(_URLCONF)
    try:
        view, arguments, named = resolve(request.path_info, _URLCONF)
        return _whole(view(request, *arguments, **named))
    finally:
        set_urlconf(outside)


def answer(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, Mapping[str, str], bytes]:
    """A request of the client's, answered by the sandbox."""
    wanted = {name: value for name, value in headers.items() if name != "Content-Type"}
    response = visit(method, path, body, wanted)
    return response.status_code, response.headers, response.content


def _whole(response: HttpResponseBase) -> HttpResponse:
    # Only a server with a socket is answered in a stream.
    assert isinstance(response, HttpResponse)  # noqa: S101
    return response
