"""Rows into responses: the fields, stated once for the wire and for OpenAPI, and the JSON.

The serializers only write. What a request may hold is checked by ``parsing`` and ``payloads``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from stackone_connect import conf
from stackone_connect.choices import EXPIRED, SessionOutcome, SessionPath, SessionStatus
from stackone_connect.models import ConnectSession
from stackone_connect.redaction import RedactedDict, write_json
from stackone_connect.services.sessions import IssuedSession

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def written(kind: type[serializers.Serializer[Any]], instance: Any) -> dict[str, Any]:
    """What a serializer of this kind makes of an instance.

    REST framework copies all fields for each serializer that it makes, which costs more than to
    write them. Ours keep nothing while they write, so one of each kind serves all threads.
    """
    represented: dict[str, Any] = _serializer(kind).to_representation(instance)
    return represented


@cache
def _serializer(kind: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    return kind()


class PlainJSONRenderer(BaseRenderer):
    """Writes compact JSON in UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The body's bytes; none where there is no data."""
        if data is None:
            return b""
        return write_json(data, encoder=_compact)


class _EmptyIsNull(serializers.Field):  # type: ignore[type-arg]  # takes no arguments at run time
    """A field in which an empty text reads as ``null``, where that is allowed."""

    def get_attribute(self, instance: Any) -> Any:
        value = getattr(instance, self.source)  # type: ignore[arg-type]  # bound by now
        return None if self.allow_null and value == "" else value


class TextField(_EmptyIsNull, serializers.CharField):
    """A text."""


class EnumField(_EmptyIsNull, serializers.ChoiceField):
    """One of our stored choices, or one of the values that are derived when read."""

    def __init__(self, kind: type[models.TextChoices], *derived: str, **options: Any) -> None:
        self.name = kind.__name__
        super().__init__([*kind.values, *derived], **options)


class TimeField(_EmptyIsNull, serializers.DateTimeField):
    """ISO in UTC with a Z, whatever time zone the host or its database uses."""

    def to_representation(self, value: datetime) -> str:
        """The text of an aware time."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _StatusField(EnumField):
    """The status that a session has now."""

    def get_attribute(self, instance: ConnectSession) -> str:
        return instance.effective_status()


class _AccountOfSession(TextField):
    """The account that resulted, until then the one that was asked for."""

    def get_attribute(self, instance: ConnectSession) -> str | None:
        return instance.account_id or instance.requested_account_id or None


class _RecordSerializer(serializers.Serializer[Any]):
    """Writes rows, whose attributes are all there: REST framework's asks whether they are."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The value of each field."""
        found = {}
        for name, field in self.fields.items():
            value = field.get_attribute(instance)
            found[name] = None if value is None else field.to_representation(value)
        return found


class ConnectionAttemptSerializer(_RecordSerializer):
    """What StackOne says of the latest attempt to connect in a session."""

    status = TextField(source="attempt_status")
    code = TextField(source="attempt_code", allow_null=True)

    def get_attribute(self, instance: ConnectSession) -> ConnectSession | None:
        """The session itself, if StackOne has named an attempt."""
        return instance if instance.attempt_status else None


class SessionSerializer(_RecordSerializer):
    """A connect session as its organization may read it."""

    id = serializers.UUIDField()
    expires_at = TimeField(allow_null=True)
    status = _StatusField(SessionStatus, EXPIRED)
    path = EnumField(SessionPath)
    outcome = EnumField(SessionOutcome, allow_null=True)
    provider = TextField(allow_null=True)
    categories = serializers.ListField(child=serializers.CharField())
    account_id = _AccountOfSession(allow_null=True)
    label = TextField(allow_null=True)  # type: ignore[assignment]  # shadows a field's own label
    multiple = serializers.BooleanField()
    requested_by = TextField(source="requested_by_name", allow_null=True)
    error_code = TextField(allow_null=True)
    last_attempt = ConnectionAttemptSerializer(allow_null=True)
    created_at = TimeField()
    completed_at = TimeField(allow_null=True)


class IssuedSessionSerializer(SessionSerializer):
    """A session that was just issued: the one response that holds the token."""

    token = TextField(help_text="For the hub. Answered once and kept nowhere.")
    auth_link_url = TextField(help_text="StackOne's hosted page; a secret too.")

    def get_fields(self) -> dict[str, Any]:
        """The secrets after the id; the link only with ``EXPOSE_AUTH_LINK``."""
        fields: dict[str, Any] = super().get_fields()
        first = {name: fields.pop(name) for name in ("id", "token", "auth_link_url")}
        if not conf.read().expose_auth_link:
            del first["auth_link_url"]
        return first | fields

    def to_representation(self, instance: IssuedSession) -> dict[str, Any]:
        """The session's own fields, and the secrets that came with it."""
        session = written(SessionSerializer, instance.session)
        found = RedactedDict(id=session["id"], token=instance.token)
        if conf.read().expose_auth_link:
            found["auth_link_url"] = instance.auth_link_url
        found.update(session)
        return found


class StatusReasonSerializer(serializers.Serializer[Any]):
    """Why StackOne gave an account its status."""

    code = TextField(allow_null=True)
    description = TextField(allow_null=True)
    timestamp = TextField(allow_null=True)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """As it is stored, where it has these fields already."""
        return instance


class AccountSerializer(_RecordSerializer):
    """A linked account as its organization may read it."""

    account_id = TextField()
    provider = TextField(allow_null=True)
    provider_name = TextField(allow_null=True)
    type = TextField(allow_null=True)
    status = TextField(allow_null=True, help_text="StackOne's word; more may come.")
    status_reasons = StatusReasonSerializer(many=True)
    label = TextField(allow_null=True)  # type: ignore[assignment]  # shadows a field's own label
    needs_reconnect = serializers.BooleanField()
    categories = serializers.ListField(child=serializers.CharField())
    linked_at = TimeField(source="stackone_created_at", allow_null=True)
    updated_at = TimeField(source="stackone_updated_at", allow_null=True)
    disconnected_at = TimeField(allow_null=True)
