"""The platform API's connect sessions (contract §1)."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from stackone_connect.sandbox import sessions, shapes
from stackone_connect.sandbox.errors import not_found
from stackone_connect.sandbox.models import ConnectSession
from stackone_connect.sandbox.payload import Reader, json_object

_LONGEST_ID = 18


def create(request: HttpRequest) -> HttpResponse:
    """``POST /connect_sessions``: the only answer that holds the token."""
    session, token = sessions.create(json_object(request))
    hosted = request.build_absolute_uri(reverse("stackone_sandbox:hosted"))
    body = shapes.session(session) | {
        "token": token,
        "auth_link_url": f"{hosted}?token={token}",
        # Nothing here is triggered by it; a client must keep it as secret as the token.
        "external_trigger_token": str(uuid.uuid4()),
    }
    return JsonResponse(body, status=HTTPStatus.CREATED)


def authenticate(request: HttpRequest) -> HttpResponse:
    """``POST /connect_sessions/authenticate``: whether a token is live."""
    body = Reader(json_object(request))
    token = body.text("token", required=True)
    body.finish()
    return JsonResponse(shapes.session(sessions.live_session(token)), status=HTTPStatus.CREATED)


def read(request: HttpRequest, session_id: str) -> HttpResponse:
    """``GET /connect_sessions/{id}``: also of an expired one, for its latest attempt."""
    known = session_id.isascii() and session_id.isdecimal() and len(session_id) <= _LONGEST_ID
    session = ConnectSession.objects.filter(pk=int(session_id)).first() if known else None
    if session is None:
        raise not_found("Connect session not found")
    return JsonResponse(shapes.session(session))
