"""What a webhook's body says (pure; contract §4.2). A hint: nothing of it is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackone_connect import answers
from stackone_connect.entities import is_identifier
from stackone_connect.exceptions import InvalidEventError

UPDATED = "account.updated"
_ACCOUNT_EVENTS = "account."


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHint:
    """The allow-listed parts of an account event. ``digest`` is the same for a redelivery."""

    event: str
    account_id: str
    origin_owner_id: str
    provider: str
    event_date: datetime | None
    digest: str


def parse(body: bytes) -> Mapping[str, Any]:
    """The body as an object with an event name; :class:`InvalidEventError` for anything else."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidEventError from error
    if not isinstance(payload, dict) or not answers.text(payload.get("event")):
        raise InvalidEventError
    return payload


def account_hint(payload: Mapping[str, Any]) -> AccountHint | None:
    """What an account event hints at; ``None`` for any other event.

    Every ``account.*`` is one, also names that nobody has documented (contract §4.1).
    """
    event = answers.text(payload.get("event"))
    if not event.startswith(_ACCOUNT_EVENTS):
        return None
    account_id = answers.text(payload.get("account_id") or payload.get("record_id"), limit=None)
    if not is_identifier(account_id):
        raise InvalidEventError
    event_date = answers.read_time(payload.get("event_date"))
    return AccountHint(
        event=event,
        account_id=account_id,
        origin_owner_id=answers.text(payload.get("origin_owner_id")),
        provider=answers.text(payload.get("provider")),
        event_date=event_date,
        digest=_digest(payload, event, account_id, event_date),
    )


def _digest(
    payload: Mapping[str, Any], event: str, account_id: str, event_date: datetime | None
) -> str:
    """Two deliveries that differ only in ``sent_at`` have the same one."""
    told: object
    if event_date is not None:
        told = [answers.text(payload.get("project_id")), event, account_id, event_date.isoformat()]
    else:
        told = {name: value for name, value in payload.items() if name != "sent_at"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
