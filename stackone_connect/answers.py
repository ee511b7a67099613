"""StackOne's JSON into our entities: the one place that knows StackOne's v1 field names (pure).

Unknown fields are ignored and retyped ones read where they can be (``organization_id`` and ids
change type between SDK versions, contract §9). An answer that lacks what we can't do without
raises :class:`StackOneBadAnswerError`. Nothing of the answer goes into an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from stackone_connect.entities import (
    AccountSnapshot,
    ConnectionAttempt,
    SessionGrant,
    is_identifier,
)
from stackone_connect.exceptions import StackOneBadAnswerError

TEXT_LIMIT = 255
STATUS_REASONS_LIMIT = 20

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
#: StackOne's tokens travel unencoded in the hub's popup address (hub §2), so they can't hold these.
_UNUSABLE_TOKEN = re.compile(r"[\s\x00-\x1f\x7f-\U0010ffff]")


def session_grant(data: object) -> SessionGrant:
    """Read the answer to ``POST /connect_sessions``; the token must be usable."""
    answer = _mapping(data)
    token = answer.get("token")
    if not isinstance(token, str) or not token or _UNUSABLE_TOKEN.search(token):
        raise StackOneBadAnswerError
    return SessionGrant(
        token=token,
        auth_link_url=_link(answer.get("auth_link_url")),
        stackone_id=text(answer.get("id")) or None,
        created_at=read_time(answer.get("created_at")),
    )


def connection_attempt(data: object) -> ConnectionAttempt | None:
    """Read ``latest_connection_attempt`` of a session's answer; often there is none."""
    attempt = _mapping(data).get("latest_connection_attempt")
    if not isinstance(attempt, Mapping):
        return None
    return ConnectionAttempt(
        status=text(attempt.get("status")),
        code=text(attempt.get("oauth_error_code")),
        account_id=text(attempt.get("account_secure_id")),
        at=read_time(attempt.get("updated_at")) or read_time(attempt.get("created_at")),
    )


def account(data: object) -> AccountSnapshot:
    """Read one linked account; its id and its owner's id must be there."""
    answer = _mapping(data)
    account_id = text(answer.get("id"), limit=None)
    owner_id = _exact(answer.get("origin_owner_id"))
    if not is_identifier(account_id) or not owner_id:
        raise StackOneBadAnswerError
    return AccountSnapshot(
        account_id=account_id,
        origin_owner_id=owner_id,
        origin_owner_name=text(answer.get("origin_owner_name")),
        origin_username=text(answer.get("origin_username")),
        provider=text(answer.get("provider")),
        provider_name=text(answer.get("provider_name")),
        type=_word(answer.get("type")),
        status=_word(answer.get("status")),
        status_reasons=_status_reasons(answer.get("status_reasons")),
        label=text(answer.get("label")),
        categories=_texts(answer.get("categories")),
        created_at=read_time(answer.get("created_at")),
        updated_at=read_time(answer.get("updated_at")),
    )


def account_list(data: object) -> list[object]:
    """The items of a list of accounts: a bare array, or ``{"data": […]}`` (contract §5.2)."""
    items = data.get("data") if isinstance(data, Mapping) else data
    if not isinstance(items, list):
        raise StackOneBadAnswerError
    return items


def read_time(value: object) -> datetime | None:
    """An ISO time as aware UTC; ``None`` when it can't be read. Without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        moment = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # At the ends of the calendar no lifetime can be added and no hour taken away.
    return moment if MINYEAR < moment.year < MAXYEAR else None


def _link(value: object) -> str:
    """A web address fit to be shown as a link; empty for anything else."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return ""
    return "" if _UNUSABLE_TOKEN.search(value) else value


def _mapping(data: object) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise StackOneBadAnswerError
    return data


def text(value: object, limit: int | None = TEXT_LIMIT) -> str:
    """A text (or a number as text) fit for a column; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _UNPRINTABLE.sub(" ", str(value))[:limit]


def _exact(value: object) -> str:
    """A text that decides whose an account is: as it is, or empty where it can't be kept so."""
    if isinstance(value, str) and _UNPRINTABLE.search(value):
        return ""
    return text(value, limit=None)


def _word(value: object) -> str:
    """One of StackOne's own words in lower case, which may be longer than what it was."""
    return text(value).lower()[:TEXT_LIMIT]


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [found for found in (text(item) for item in value) if found]


def _status_reasons(value: object) -> list[dict[str, Any]]:
    """StackOne's reasons for a status, by the three fields we know."""
    if not isinstance(value, list):
        return []
    return [
        {
            "code": text(reason.get("code")) or None,
            "description": text(reason.get("description")) or None,
            "timestamp": text(reason.get("timestamp")) or None,
        }
        for reason in value[:STATUS_REASONS_LIMIT]
        if isinstance(reason, Mapping)
    ]
