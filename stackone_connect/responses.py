"""StackOne's JSON into our entities: the one place that knows StackOne's v1 field names (pure).

Unknown fields are ignored and retyped ones read where they can be (``organization_id`` and ids
change type between SDK versions, StackOne notes §9). A response that lacks what we can't do without
raises :class:`StackOneBadAnswerError`. Nothing of the response goes into an error.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)
from stackone_connect.exceptions import StackOneBadAnswerError
from stackone_connect.redaction import RedactedDict, RedactedList, RedactedStr, write_json
from stackone_connect.rules import (
    CONTROL_CHARACTERS,
    DIRECTIONS,
    TEXT_LIMIT,
    is_identifier,
)

STATUS_REASONS_LIMIT = 20
#: More than StackOne has; an account is in a few.
CATEGORIES_LIMIT = 100
#: Characters of an address; browsers and servers take no longer ones for granted.
ADDRESS_LIMIT = 2_048

#: As StackOne's list has it, from which its examples differ (StackOne notes §1.1).
_HYPHENATED = {"hrislegacy": "hris-legacy"}

#: StackOne's tokens travel unencoded in the hub's popup address (StackOne notes §20.2), so they
#: can't hold these.
_UNUSABLE_TOKEN = re.compile(r"[\s\x00-\x1f\x7f-\U0010ffff]")

_WHITE_SPACE = " \t\r\n"
_BYTE_ORDER_MARK = "\ufeff"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


_decoder = json.JSONDecoder(object_pairs_hook=RedactedDict)
_strict_decoder = json.JSONDecoder(object_pairs_hook=RedactedDict, parse_constant=_refuse_constant)
_sorting_encoder = json.JSONEncoder(sort_keys=True)


def parse_json(body: bytes, *, strict: bool = True) -> RedactedDict | RedactedList | None:
    """The JSON object or list that a UTF-8 text holds; ``None`` for any other JSON.

    A byte order mark is ignored. Unless ``strict``, ``NaN`` and ``Infinity`` are read as numbers,
    as ``json`` does. Objects within are redacted as well. Raises ``ValueError`` or
    ``RecursionError`` for what is no JSON; do not let them pass on, since the former holds the
    text.
    """
    # Made by C code alone (see ``redaction``): no frame holds the plain text meanwhile.
    text = RedactedStr(body, "utf-8")
    text = RedactedStr(str.strip(str.removeprefix(text, _BYTE_ORDER_MARK), _WHITE_SPACE))
    # ``json.loads`` would hold what it has read in a name while it looks for more.
    read = RedactedList((_strict_decoder if strict else _decoder).raw_decode(text))
    if read.pop() != len(text):
        raise ValueError("there is more than one value")
    if isinstance(read[0], RedactedDict):
        return read[0]
    return RedactedList(read[0]) if isinstance(read[0], list) else None


def session_grant(data: object) -> SessionGrant:
    """Read the response to ``POST /connect_sessions``; the token must be usable."""
    response = RedactedDict(_mapping(data))
    token = RedactedStr(response["token"] if isinstance(response.get("token"), str) else "")
    link = RedactedStr(
        response["auth_link_url"] if isinstance(response.get("auth_link_url"), str) else ""
    )
    if not token or _UNUSABLE_TOKEN.search(token):
        raise StackOneBadAnswerError
    return SessionGrant(
        token=token,
        auth_link_url=_link(link),
        stackone_id=text(response.get("id")) or None,
        created_at=read_time(response.get("created_at")),
    )


def connection_attempt(data: object) -> ConnectionAttempt | None:
    """Read ``latest_connection_attempt`` of a session's response; often there is none."""
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
    response = _mapping(data)
    account_id = text(response.get("id"), limit=None)
    owner_id = _exact(response.get("origin_owner_id"))
    if not is_identifier(account_id) or not owner_id:
        raise StackOneBadAnswerError
    return AccountSnapshot(
        account_id=account_id,
        origin_owner_id=owner_id,
        origin_owner_name=text(response.get("origin_owner_name")),
        origin_username=text(response.get("origin_username")),
        provider=text(response.get("provider")),
        provider_name=text(response.get("provider_name")),
        type=_word(response.get("type")),
        status=_word(response.get("status")),
        status_reasons=_status_reasons(response.get("status_reasons")),
        label=text(response.get("label")),
        categories=_categories(response.get("categories")),
        created_at=read_time(response.get("created_at")),
        updated_at=read_time(response.get("updated_at")),
    )


def account_list(data: object) -> list[object]:
    """The items of a list of accounts: a bare array, or ``{"data": […]}`` (StackOne notes §5.2)."""
    items = data.get("data") if isinstance(data, Mapping) else data
    if not isinstance(items, list):
        raise StackOneBadAnswerError
    return items


def account_page(data: object, *, skip_unreadable: bool = False) -> AccountPage:
    """Read a page of accounts.

    An account that can't be read raises :class:`StackOneBadAnswerError`, unless
    ``skip_unreadable``: then only its digest is kept.
    """
    accounts: list[AccountSnapshot] = []
    unreadable: set[str] = set()
    for item in account_list(data):
        try:
            accounts.append(account(item))
        except StackOneBadAnswerError:
            if not skip_unreadable:
                raise
            unreadable.add(hashlib.sha256(write_json(item, encoder=_sorting_encoder)).hexdigest())
    return AccountPage(accounts=accounts, unreadable=frozenset(unreadable))


def connectors(data: object) -> list[Connector]:
    """Read a page of connector profiles, of which several may be of one connector.

    What can't be read is passed over: names and logos are ornaments.
    """
    return [
        Connector(
            provider=text(item["connector_key"]),
            name=text(item.get("connector_label")) or text(item.get("name")),
            logo_url=_image(item.get("logo_url")),
            profile_id=text(item.get("id"), limit=None),
        )
        for item in account_list(data)
        if isinstance(item, Mapping) and is_identifier(text(item.get("connector_key")))
    ]


def _image(value: object) -> str:
    """The address of an image, on this site or another; empty for anything else."""
    address = value if isinstance(value, str) else ""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    is_usable = (is_path or address.startswith("https://")) and len(address) <= ADDRESS_LIMIT
    return "" if not is_usable or _UNUSABLE_TOKEN.search(address) else address


def read_time(value: object) -> datetime | None:
    """An ISO time as aware UTC; ``None`` when it can't be read. Without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.upper())  # which takes no "z" of RFC 3339's
        moment = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # At the ends of the calendar no lifetime can be added and no hour taken away.
    return moment if MINYEAR < moment.year < MAXYEAR else None


def _link(value: RedactedStr) -> str:
    """A web address fit to be shown as a link; empty for anything else."""
    if not value.startswith(("https://", "http://")):
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
    found = str(value)
    if not found.isprintable():  # most of what comes is, and has none of these
        found = CONTROL_CHARACTERS.sub(" ", DIRECTIONS.sub("", found))
    return found[:limit]


def _exact(value: object) -> str:
    """A text that decides whose an account is: as it is, or empty where it can't be kept so."""
    if isinstance(value, str) and CONTROL_CHARACTERS.search(value):
        return ""
    return text(value, limit=None)


def _word(value: object) -> str:
    """One of StackOne's own words in lower case, which may be longer than what it was."""
    return text(value).lower()[:TEXT_LIMIT]


def _categories(value: object) -> list[str]:
    found = map(_word, value[:CATEGORIES_LIMIT] if isinstance(value, list) else [])
    return [_HYPHENATED.get(category, category) for category in found if category]


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
