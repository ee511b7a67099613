"""The platform API's connect sessions (StackOne notes §1)."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from stackone_connect.sandbox import serializers, sessions
from stackone_connect.sandbox.errors import not_found
from stackone_connect.sandbox.models import ConnectSession
from stackone_connect.sandbox.payload import Reader, json_object

_LONGEST_ID = 18


def create(request: HttpRequest, project: str) -> HttpResponse:
    """``POST /connect_sessions``: the only response that holds the token."""
    session, token = sessions.create(json_object(request), project=project)
    hosted = request.build_absolute_uri(reverse("stackone_sandbox:hosted"))
    body = serializers.session(session) | {
        "token": token,
        "auth_link_url": f"{hosted}?token={token}",
        # Nothing here is triggered by it; a client must keep it as secret as the token.
        "external_trigger_token": str(uuid.uuid4()),
    }
    return JsonResponse(body, status=HTTPStatus.CREATED)


def authenticate(request: HttpRequest, project: str) -> HttpResponse:
    """``POST /connect_sessions/authenticate``: whether a token of the project is live."""
    body = Reader(json_object(request))
    token = body.text("token", required=True)
    body.finish()
    session = sessions.live_session(token)
    if session.project != project:
        raise sessions.invalid_token()
    return JsonResponse(serializers.session(session), status=HTTPStatus.CREATED)


def read(request: HttpRequest, project: str, session_id: str) -> HttpResponse:
    """``GET /connect_sessions/{id}``: also of an expired one, for its latest attempt."""
    known = session_id.isascii() and session_id.isdecimal() and len(session_id) <= _LONGEST_ID
    of_project = ConnectSession.objects.filter(project=project)
    session = of_project.filter(pk=int(session_id)).first() if known else None
    if session is None:
        raise not_found("Connect session not found")
    return JsonResponse(serializers.session(session))
