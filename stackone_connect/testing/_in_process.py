"""Calls the sandbox's views in process, without the host's middleware and URLs."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.urls import get_urlconf, resolve, set_urlconf

from stackone_connect.redaction import RedactedBytes

_URLCONF = "stackone_connect.testing._urls"
#: The ``BASE_URL`` in tests; no request is sent there.
BASE_URL = "https://stackone.sandbox.test"


def call(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The sandbox's response; ``path`` is below its mount and may have a query.

    Raises what a client would get from a socket: :class:`ConnectionResetError`,
    :class:`TimeoutError`.
    """
    request = RequestFactory(headers=headers or {}).generic(
        method, f"/sandbox{path}", body, content_type="application/json", secure=True
    )
    outside = get_urlconf()
    # The sandbox reverses its own URLs.
    set_urlconf(_URLCONF)
    try:
        view, arguments, named = resolve(request.path_info, _URLCONF)
        return _whole(view(request, *arguments, **named))
    finally:
        set_urlconf(outside)


def exchange(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, Mapping[str, str], RedactedBytes]:
    """The sandbox's response to a request of the client."""
    wanted = {name: value for name, value in headers.items() if name != "Content-Type"}
    response = call(method, path, body, wanted)
    return response.status_code, response.headers, RedactedBytes(response.content)


def _whole(response: HttpResponseBase) -> HttpResponse:
    # The sandbox streams only under a server with a socket.
    assert isinstance(response, HttpResponse)  # noqa: S101 - for the type checker
    return response
