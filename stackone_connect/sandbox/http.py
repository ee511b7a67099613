"""What every URL of the sandbox shares: the guard, authentication, errors, CORS."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from stackone_connect.sandbox import conf, fault_injection, linking, rates, transactions
from stackone_connect.sandbox.errors import RefusedError, not_found, unauthorized
from stackone_connect.sandbox.models import Account
from stackone_connect.sandbox.sessions import live_session, project_of

View = Callable[..., HttpResponse]
#: As it is mounted: an injected fault may stream.
Endpoint = Callable[..., HttpResponseBase]

#: What the hub's preflight needs (StackOne notes §20.5). Without cookies any origin may call.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "content-type, x-hub-session-token, x-hub-version",
    "Access-Control-Max-Age": "600",
}


def platform(**handlers: View) -> Endpoint:
    """A URL of the platform API: Basic auth, one handler per method, no CORS.

    Handlers get the project that the request's key belongs to.
    """

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        project, key = _project_and_key(request)
        if not key:
            raise unauthorized()
        rates.count(key)
        linking.expire_test_accounts()
        return _handler(handlers, request)(request, project, **kwargs)

    return _view(dispatch, project_of=lambda request: _project_and_key(request)[0])


def hub(**handlers: View) -> Endpoint:
    """A URL of the hub's API: handlers get the session that the request's token belongs to."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        linking.expire_test_accounts()
        session = live_session(_hub_token(request))
        return _handler(handlers, request)(request, session, **kwargs)

    return _for_browsers(dispatch)


def page(**handlers: View) -> Endpoint:
    """An HTML page. Its URL may hold a token, so it is not cached and sends no referrer."""

    def dispatch(request: HttpRequest, **kwargs: str) -> HttpResponse:
        handler = _handler(handlers, request)
        try:
            return handler(request, **kwargs)
        except RefusedError as refused:
            template, context = "stackone_sandbox/problem.html", {"refused": refused}
            return render(request, template, context, status=refused.status)

    return _view(dispatch, {"Referrer-Policy": "no-referrer"})


def panel(**handlers: View) -> Endpoint:
    """The control page: exempt from faults, and protected by Django's CSRF check."""

    @csrf_protect
    def protected(request: HttpRequest) -> HttpResponse:
        try:
            return _handler(handlers, request)(request)
        except RefusedError as refused:
            return refused.response()

    # Exempt outside, protected inside: a disabled sandbox must respond 404, never 403.
    @csrf_exempt
    @login_not_required
    @transactions.non_atomic_requests
    def view(request: HttpRequest) -> HttpResponseBase:
        if not conf.is_enabled():
            raise Http404
        response = protected(request)
        response["Cache-Control"] = "no-store"
        response["X-Frame-Options"] = "DENY"
        return response

    return view


def unknown(request: HttpRequest, project: str = "", **kwargs: str) -> HttpResponse:
    raise not_found(f"Cannot {request.method} this path")


def _for_browsers(dispatch: View) -> Endpoint:
    """Preflights are handled before authentication: a browser sends them without the token."""

    def respond(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return dispatch(request, **kwargs)

    return _view(respond, CORS, project_of=lambda request: project_of(_hub_token(request)))


def _view(
    dispatch: View,
    headers: dict[str, str] | None = None,
    *,
    project_of: Callable[[HttpRequest], str] = lambda request: "",
) -> Endpoint:
    # Transactions are as short as the writes; see ``linking``.
    @csrf_exempt
    @login_not_required
    @transactions.non_atomic_requests
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not conf.is_enabled():
            raise Http404
        try:
            response: HttpResponseBase = fault_injection.respond(
                request, lambda: dispatch(request, **kwargs), lambda: project_of(request)
            )
        except RefusedError as refused:
            response = refused.response()
        except Account.DoesNotExist:
            # Deleted by another request in the meantime.
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


def _hub_token(request: HttpRequest) -> str:
    return request.headers.get("x-hub-session-token", "")


def _project_and_key(request: HttpRequest) -> tuple[str, str]:
    """Basic auth: the key as user name, an empty password, a colon (StackOne notes §2).

    Two empty strings without a key and for an unknown one.
    """
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        sent = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return "", ""
    found = [
        (project, key)
        for project, keys in conf.api_keys().items()
        for key in keys
        if secrets.compare_digest(sent, f"{key}:".encode())
    ]
    return found[0] if found and scheme.lower() == "basic" else ("", "")
