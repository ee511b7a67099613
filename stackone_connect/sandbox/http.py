"""How every address of the sandbox behaves: the guard, who may call, errors, CORS."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from stackone_connect.sandbox import conf
from stackone_connect.sandbox.errors import RefusedError, not_found, unauthorized
from stackone_connect.sandbox.models import Account
from stackone_connect.sandbox.sessions import live_session

View = Callable[..., HttpResponse]

#: What the hub's preflight asks for (hub §5). No credentials are involved, so any origin may.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "content-type, x-hub-session-token, x-hub-version",
    "Access-Control-Max-Age": "600",
}


def platform(**handlers: View) -> View:
    """An address of the platform API: Basic auth, one handler per method, no CORS."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not _has_key(request):
            raise unauthorized()
        return _handler(handlers, request)(request, **kwargs)

    return _view(dispatch)


def hub(**handlers: View) -> View:
    """An address of the hub's API: handlers get the session whose token the request carries."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        session = live_session(request.headers.get("x-hub-session-token", ""))
        return _handler(handlers, request)(request, session, **kwargs)

    return _for_browsers(dispatch)


def page(**handlers: View) -> View:
    """A page for a person. Its address may hold a token, so it is neither kept nor passed on."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        handler = _handler(handlers, request)
        try:
            return handler(request, **kwargs)
        except RefusedError as refused:
            template, context = "stackone_sandbox/problem.html", {"refused": refused}
            return render(request, template, context, status=refused.status)

    return _view(dispatch, {"Referrer-Policy": "no-referrer"})


def unknown(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise not_found(f"Cannot {request.method} this path")


def _for_browsers(dispatch: View) -> View:
    """Preflights are answered before anything is asked: a browser sends them without the token."""

    def answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return dispatch(request, **kwargs)

    return _view(answer, CORS)


def _view(dispatch: View, headers: dict[str, str] | None = None) -> View:
    # Transactions are as short as the writes; see ``linking``.
    @csrf_exempt
    @login_not_required
    @transaction.non_atomic_requests
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not conf.is_enabled():
            raise Http404
        try:
            response = dispatch(request, **kwargs)
        except RefusedError as refused:
            response = refused.response()
        except Account.DoesNotExist:
            # Deleted by someone else since it was found.
            response = not_found("Account not found").response()
        for name, value in {"Cache-Control": "no-store", **(headers or {})}.items():
            response[name] = value
        return response

    return view


unknown_hub = _for_browsers(unknown)
unknown_platform = platform(**dict.fromkeys(["GET", "POST", "PUT", "PATCH", "DELETE"], unknown))


def _handler(handlers: dict[str, View], request: HttpRequest) -> View:
    handler = handlers.get(request.method or "")
    if handler is None:
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
    return handler


def _has_key(request: HttpRequest) -> bool:
    """Basic auth with the key as user name and an empty password, colon included (contract §2)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        sent = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    matches = [secrets.compare_digest(sent, f"{key}:".encode()) for key in conf.api_keys()]
    return scheme.lower() == "basic" and any(matches)
