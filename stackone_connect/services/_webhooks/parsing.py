"""What a webhook's body says (pure; StackOne notes §4.2). Nothing of it is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackone_connect import responses
from stackone_connect.exceptions import InvalidEventError
from stackone_connect.redaction import RedactedDict, write_json
from stackone_connect.rules import is_identifier

UPDATED = "account.updated"
_ACCOUNT_EVENTS = "account."

_sorting = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent:
    """The allow-listed parts of an account event. ``digest`` is the same for a redelivery."""

    event: str
    account_id: str
    origin_owner_id: str
    provider: str
    event_date: datetime | None
    digest: str


def parse(body: bytes, *, project: str) -> tuple[RedactedDict, AccountEvent | None]:
    """The body as an object, and the account event of a StackOne project that it is, if any.

    Every ``account.*`` is one, also names that nobody has documented (StackOne notes §4.1). Raises
    :class:`InvalidEventError` for a body without an event's name, and for an account event without
    an id that an account can have.
    """
    payload = None
    with suppress(ValueError, RecursionError):  # which hold the whole text: nothing is raised of it
        payload = responses.parse_json(body, strict=False)
    if not isinstance(payload, RedactedDict):
        raise InvalidEventError
    event = responses.text(payload.get("event"))
    if not event:
        raise InvalidEventError
    if not event.startswith(_ACCOUNT_EVENTS):
        return payload, None
    account_id = responses.text(payload.get("account_id") or payload.get("record_id"), limit=None)
    origin_owner_id = responses.text(payload.get("origin_owner_id"))
    provider = responses.text(payload.get("provider"))
    event_date = responses.read_time(payload.get("event_date"))
    identity = [project, event, account_id, responses.text(payload.get("project_id"))]
    if not is_identifier(account_id):
        raise InvalidEventError
    return payload, AccountEvent(
        event=event,
        account_id=account_id,
        origin_owner_id=origin_owner_id,
        provider=provider,
        event_date=event_date,
        digest=_digest(payload, identity, event_date),
    )


def _digest(payload: Mapping[str, Any], identity: list[str], event_date: datetime | None) -> str:
    """Two deliveries that differ only in ``sent_at`` have the same one."""
    parts: list[Any] = [*identity]
    if event_date is not None:
        parts.append(event_date.isoformat())
    else:
        parts[-1] = RedactedDict(payload)
        parts[-1].pop("sent_at", None)
    try:
        return hashlib.sha256(write_json(parts, encoder=_sorting)).hexdigest()
    except RecursionError:
        # Writing JSON goes deeper than reading it did.
        raise InvalidEventError from None
