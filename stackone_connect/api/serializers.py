"""Requests into arguments, rows into answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict

from stackone_connect import conf
from stackone_connect.choices import EXPIRED, SessionStatus
from stackone_connect.exceptions import InvalidRequestError
from stackone_connect.models import ConnectSession, LinkedAccount
from stackone_connect.services.sessions import IssuedSession

#: Fields of StackOne's that only the server sets, with the sentence for whoever sends them.
_BY_SERVER = frozenset({"origin_owner_id", "origin_owner_name", "origin_username", "type"})


def session_request(data: Any) -> dict[str, Any]:
    """The fields of ``POST connect-sessions/`` if the browser may set all of them.

    ``data`` is the object that the parser let through.

    Their values are checked by ``payloads``, for every caller alike.
    """
    allowed = conf.read().client_fields
    errors = {
        name: [
            "This field is set by the server."
            if name in _BY_SERVER
            else "This field can't be set here."
        ]
        for name in data
        if name not in allowed
    }
    if errors:
        raise InvalidRequestError(errors)
    return dict(data)


def completion_request(data: Any) -> str:
    """The account id of ``POST connect-sessions/{id}/complete/``."""
    errors = {name: ["This field can't be set here."] for name in data if name != "account_id"}
    account_id = data.get("account_id")
    if not isinstance(account_id, str) or not account_id:
        errors["account_id"] = ["Give the id of the account that the hub reported."]
    if errors:
        raise InvalidRequestError(errors)
    return str(account_id)


def session_filters(query: QueryDict) -> dict[str, str]:
    """The filters of ``GET connect-sessions/``."""
    status, provider = query.get("status", ""), query.get("provider", "")
    known = (*SessionStatus.values, EXPIRED)
    if status and status not in known:
        raise InvalidRequestError({"status": [f"Give one of {', '.join(known)}."]})
    return {"status": status, "provider": _filter_text("provider", provider)}


def account_filters(query: QueryDict) -> dict[str, bool]:
    """The filters of ``GET accounts/``."""
    value = query.get("disconnected", "false")
    if value not in ("true", "false"):
        raise InvalidRequestError({"disconnected": ["Give true or false."]})
    return {"disconnected": value == "true"}


def issued_session(issued: IssuedSession) -> dict[str, Any]:
    """The one answer that holds the token."""
    data = session(issued.session)
    secrets = {"token": issued.token}
    if conf.read().expose_auth_link:
        secrets["auth_link_url"] = issued.auth_link_url
    return {"id": data.pop("id"), **secrets, **data}


def session(session: ConnectSession) -> dict[str, Any]:
    """A session as its organization may read it. An empty text reads as ``null``."""
    attempt = None
    if session.attempt_status:
        attempt = {"status": session.attempt_status, "code": session.attempt_code or None}
    return {
        "id": str(session.pk),
        "expires_at": _time(session.expires_at),
        "status": session.reads_as(),
        "path": session.path,
        "outcome": session.outcome or None,
        "provider": session.provider or None,
        "categories": session.categories,
        "account_id": session.account_id or session.requested_account_id or None,
        "label": session.label or None,
        "multiple": session.multiple,
        "requested_by": session.requested_by_name or None,
        "error_code": session.error_code or None,
        "last_attempt": attempt,
        "created_at": _time(session.created_at),
        "completed_at": _time(session.completed_at),
    }


def account(account: LinkedAccount) -> dict[str, Any]:
    """A linked account as its organization may read it."""
    return {
        "account_id": account.account_id,
        "provider": account.provider or None,
        "provider_name": account.provider_name or None,
        "type": account.type or None,
        "status": account.status or None,
        "status_reasons": account.status_reasons,
        "label": account.label or None,
        "needs_reconnect": account.needs_reconnect,
        "categories": account.categories,
        "linked_at": _time(account.stackone_created_at),
        "updated_at": _time(account.stackone_updated_at),
        "disconnected_at": _time(account.disconnected_at),
    }


def _filter_text(name: str, value: str) -> str:
    if "\x00" in value:
        raise InvalidRequestError({name: ["Control characters are not allowed."]})
    return value


def _time(value: datetime | None) -> str | None:
    """ISO in UTC with a Z, whatever time zone the host or its database uses."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
