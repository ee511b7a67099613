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
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from stackone_connect.sandbox import conf, linking, misbehaviour, rates
from stackone_connect.sandbox.errors import RefusedError, not_found, unauthorized
from stackone_connect.sandbox.models import Account
from stackone_connect.sandbox.sessions import live_session

View = Callable[..., HttpResponse]
#: As it is mounted: what goes wrong on purpose may be streamed.
Endpoint = Callable[..., HttpResponseBase]

#: What the hub's preflight asks for (hub §5). No credentials are involved, so any origin may.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "content-type, x-hub-session-token, x-hub-version",
    "Access-Control-Max-Age": "600",
}


def platform(**handlers: View) -> Endpoint:
    """An address of the platform API: Basic auth, one handler per method, no CORS."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        key = _key(request)
        if key is None:
            raise unauthorized()
        rates.count(key)
        linking.expire_test_accounts()
        return _handler(handlers, request)(request, **kwargs)

    return _view(dispatch)


def hub(**handlers: View) -> Endpoint:
    """An address of the hub's API: handlers get the session whose token the request carries."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        linking.expire_test_accounts()
        session = live_session(request.headers.get("x-hub-session-token", ""))
        return _handler(handlers, request)(request, session, **kwargs)

    return _for_browsers(dispatch)


def page(**handlers: View) -> Endpoint:
    """A page for a person. Its address may hold a token, so it is neither kept nor passed on."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        handler = _handler(handlers, request)
        try:
            return handler(request, **kwargs)
        except RefusedError as refused:
            template, context = "stackone_sandbox/problem.html", {"refused": refused}
            return render(request, template, context, status=refused.status)

    return _view(dispatch, {"Referrer-Policy": "no-referrer"})


def panel(**handlers: View) -> Endpoint:
    """The control page: meets no faults, and only its own forms can post to it."""

    @csrf_protect
    def protected(request: HttpRequest) -> HttpResponse:
        try:
            return _handler(handlers, request)(request)
        except RefusedError as refused:
            return refused.response()

    # Exempt outside, protected inside: where there is no sandbox there is no 403 to tell of it.
    @csrf_exempt
    @login_not_required
    @transaction.non_atomic_requests
    def view(request: HttpRequest) -> HttpResponseBase:
        if not conf.is_enabled():
            raise Http404
        response = protected(request)
        response["Cache-Control"] = "no-store"
        response["X-Frame-Options"] = "DENY"
        return response

    return view


def unknown(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise not_found(f"Cannot {request.method} this path")


def _for_browsers(dispatch: View) -> Endpoint:
    """Preflights are answered before anything is asked: a browser sends them without the token."""

    def answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return dispatch(request, **kwargs)

    return _view(answer, CORS)


def _view(dispatch: View, headers: dict[str, str] | None = None) -> Endpoint:
    # Transactions are as short as the writes; see ``linking``.
    @csrf_exempt
    @login_not_required
    @transaction.non_atomic_requests
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not conf.is_enabled():
            raise Http404
        try:
            response: HttpResponseBase = misbehaviour.answer(
                request, lambda: dispatch(request, **kwargs)
            )
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


def _key(request: HttpRequest) -> str | None:
    """Basic auth with the key as user name and an empty password, colon included (contract §2)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        sent = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    found = [key for key in conf.api_keys() if secrets.compare_digest(sent, f"{key}:".encode())]
    return found[0] if found and scheme.lower() == "basic" else None
