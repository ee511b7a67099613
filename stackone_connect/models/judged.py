"""Sessions and accounts as the facts that outcomes are judged by: few columns of many rows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from stackone_connect.entities import FINISHED_WITHIN, AccountFacts, SessionFacts
from stackone_connect.models.accounts import LinkedAccount
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.sessions import ConnectSessionQuerySet

#: Accounts whose sessions are looked for in one query. Old releases of SQLite take no more than 999
#: parameters, and each account is looked for in three columns.
BATCH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSession:
    """A session's facts, and what is on record of its outcome."""

    facts: SessionFacts
    outcome: str
    account_id: str
    #: Whether neither StackOne nor a completion call names an account for it.
    names_none: bool


Accounts = dict[str, AccountFacts]
Sessions = dict[Hashable, JudgedSession]


def sessions_naming(sessions: ConnectSessionQuerySet, account_ids: Collection[str]) -> Sessions:
    """Sessions that one of the accounts is named for: by an attempt, a claim or an outcome."""
    names = sorted(account_ids)
    found: Sessions = {}
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        bearing = sessions.bearing_on(batch, times=(), grace=FINISHED_WITHIN)
        found |= sessions_of(bearing, NAMED_COLUMNS)
    return found


def sessions_of(sessions: ConnectSessionQuerySet, columns: Collection[str]) -> Sessions:
    """These, by their keys; ``columns`` are :data:`UNNAMED_COLUMNS` or :data:`NAMED_COLUMNS`."""
    return {row[0]: _judged(*row) for row in sessions.values_list(*columns)}


def accounts_of(owner: OriginOwner, condition: Q | None = None) -> Accounts:
    """The owner's accounts, or those of a condition, by their ids."""
    rows = LinkedAccount.objects.of(owner).filter(condition or Q()).order_by()
    return {row[0]: _facts(*row) for row in rows.values_list(*_ACCOUNT_COLUMNS)}


_ACCOUNT_COLUMNS = (
    *("account_id", "provider", "categories", "status"),
    *("stackone_created_at", "stackone_updated_at", "event_at"),
)


def facts_of(account: LinkedAccount, columns: Mapping[str, Any] | None = None) -> AccountFacts:
    """The facts of a row, saved or not; with other values in these columns."""
    values = {**vars(account), **(columns or {})}
    return _facts(*(values[name] for name in _ACCOUNT_COLUMNS))


def _facts(  # noqa: PLR0917 - one for each column, in their order
    account_id: str,
    provider: str,
    categories: list[str],
    status: str,
    created_at: datetime | None,
    updated_at: datetime | None,
    event_at: datetime | None,
) -> AccountFacts:
    times = [time for time in (created_at, updated_at, event_at) if time is not None]
    return AccountFacts(
        account_id=account_id,
        provider=provider,
        categories=categories,
        status=status,
        created_at=created_at,
        changed_at=max(times, default=None),
    )


#: Of the many sessions that name no account no more is read than is needed.
UNNAMED_COLUMNS = (
    *("pk", "stackone_created_at", "stackone_expires_at", "sent", "provider"),
    *("requested_account_id", "outcome", "account_id"),
)
NAMED_COLUMNS = (
    *UNNAMED_COLUMNS,
    *("attempt_status", "attempt_account_id", "attempt_at"),
    *("claimed_account_id", "claimed_at", "expires_at"),
)


def _judged(  # noqa: PLR0913, PLR0917 - one for each column, in their order
    pk: uuid.UUID,
    began: datetime,
    ends: datetime,
    sent: dict[str, Any],
    provider: str,
    requested_account_id: str,
    outcome: str,
    account_id: str,
    attempt_status: str = "",
    attempt_account_id: str = "",
    attempt_at: datetime | None = None,
    claimed_account_id: str = "",
    claimed_at: datetime | None = None,
    ends_by_our_clock: datetime | None = None,
) -> JudgedSession:
    if claimed_at is not None and ends_by_our_clock is not None:
        # A claim is noted by our clock, which may be ahead or behind: told in StackOne's time.
        claimed_at += ends - ends_by_our_clock
    facts = SessionFacts(
        id=pk,
        began=began,
        expires_at=ends,
        provider=provider,
        categories=sent.get("categories", ()),
        requested_account_id=requested_account_id,
        multiple=bool(sent.get("multiple", False)),
        attempted=bool(attempt_status),
        attempt_account_id=attempt_account_id,
        attempt_at=attempt_at,
        claimed_account_id=claimed_account_id,
        claimed_at=claimed_at,
    )
    return JudgedSession(
        facts=facts,
        outcome=outcome,
        account_id=account_id,
        names_none=not (attempt_status or claimed_account_id),
    )
