"""Views as a team would write them by hand, without this app.

They keep their connections to StackOne, and have no throttle. The one that records answers what
ours answers; the one that does not has nothing to answer but the token.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone
from requests.adapters import HTTPAdapter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner

LIFETIME = 1800
_GIVEN = settings.STACKONE_CONNECT

#: One for the process: making one for each call costs a connection each time.
_stackone = requests.Session()
_stackone.auth = (_GIVEN["API_KEY"], "")
_stackone.mount("http://", HTTPAdapter(pool_maxsize=64))


class SessionFields(serializers.Serializer[Any]):
    """What the browser may ask for."""

    provider = serializers.CharField(max_length=255, required=False)
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    account_id = serializers.CharField(max_length=255, required=False)


class SessionSerializer(serializers.ModelSerializer[ConnectSession]):
    """What the browser gets of a session."""

    categories = serializers.ListField(source="sent.categories", default=list)
    multiple = serializers.BooleanField(source="sent.multiple", default=False)
    requested_by = serializers.CharField(source="requested_by_name")

    class Meta:
        model = ConnectSession
        fields = (
            *("id", "expires_at", "status", "path", "outcome", "provider", "categories"),
            *("account_id", "multiple", "requested_by", "error_code"),
            *("created_at", "completed_at"),
        )


def _ask(body: dict[str, Any]) -> dict[str, Any]:
    response = _stackone.post(f"{_GIVEN['BASE_URL']}/connect_sessions", json=body, timeout=(3, 8))
    response.raise_for_status()
    granted: dict[str, Any] = response.json()
    return granted


def _body(request: Request, owner_id: str, owner_name: str) -> dict[str, Any]:
    fields = SessionFields(data=request.data)
    fields.is_valid(raise_exception=True)
    return {
        **fields.validated_data,
        "origin_owner_id": owner_id,
        "origin_owner_name": owner_name,
        "origin_username": request.user.get_username(),
        "expires_in": LIFETIME,
        "type": "production",
    }


class NothingView(APIView):
    """What signing in and an empty answer cost."""

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """An empty object."""
        return Response({}, status=201)


class BareView(APIView):
    """Asks StackOne and records nothing."""

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """201 with the token."""
        organization: Any = request.user.organization  # type: ignore[union-attr]  # signed in
        granted = _ask(_body(request, str(organization.pk), organization.name))
        return Response({"token": granted["token"], "expires_in": LIFETIME}, status=201)


class WritesView(APIView):
    """Reads and writes what ours does, plainly with the ORM."""

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """201 with the token and the session as it was recorded."""
        started = time.monotonic()
        organization: Any = request.user.organization  # type: ignore[union-attr]  # signed in
        owner = OriginOwner.objects.get(organization=organization)
        body = _body(request, owner.origin_owner_id, owner.origin_owner_name)
        accounts = list(LinkedAccount.objects.filter(owner=owner, disconnected_at=None))
        same = [a for a in accounts if a.provider == body.get("provider")]
        session = ConnectSession.objects.create(
            owner=owner,
            provider=body.get("provider", ""),
            path="update" if same else "create",
            sent=body,
            requested_by_id=str(request.user.pk),
            requested_by_name=request.user.get_username(),
        )
        granted = _ask(body)
        session.status = "issued"
        session.stackone_id = str(granted["id"])
        session.stackone_created_at = session.created_at
        session.expires_at = timezone.now() + timedelta(seconds=LIFETIME)
        session.stackone_expires_at = session.expires_at
        session.duration_ms = round((time.monotonic() - started) * 1000)
        session.save()
        answer = SessionSerializer(session).data
        return Response({**answer, "token": granted["token"]}, status=201)
