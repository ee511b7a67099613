"""What has to be judged together: accounts, and the sessions that bear on them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Set
from datetime import datetime
from typing import Any

from django.db.models import Q

from stackone_connect.entities import FINISHED_WITHIN, AccountFacts, SessionFacts
from stackone_connect.models import (
    ConnectSession,
    ConnectSessionQuerySet,
    LinkedAccount,
    OriginOwner,
)
from stackone_connect.services._series import (
    Accounts,
    JudgedSession,
    Sessions,
    connected,
    few,
    moments_of,
    overlapping,
)

#: With more sessions at once that name no account, nothing is guessed, and no guess taken back.
GUESSED_AMONG = 5_000
#: Accounts whose sessions are looked for in one query. Old releases of SQLite take no more than 999
#: parameters, and each account is looked for in three columns.
BATCH = 300
#: How often what is near to what was read is read, before all is.
STEPS = 2


class TooManyError(Exception):
    """There are more sessions than can be judged at once."""


def read(owner: OriginOwner, accounts: Iterable[LinkedAccount]) -> tuple[Accounts, Sessions]:
    """These accounts, the sessions that bear on them, the accounts those bear on, and so on.

    What is near is read first, then what is near to that; where it goes on and on, all that the
    owner has. Costs two or three queries, at most eleven, and one for each further 300 accounts.
    """
    given = {account.account_id: _account_facts(account) for account in accounts}
    reading = _Reading(owner, given)
    try:
        return reading.run()
    except TooManyError:
        return given, {pk: one for pk, one in reading.named.items() if not one.names_none}


class _Reading:
    """What was read so far."""

    def __init__(self, owner: OriginOwner, given: Accounts) -> None:
        self._owner = owner
        self._given = given
        self._every = dict(given)
        #: All, and those that name none and were not read yet, with the times asked for until now.
        self._sessions = self._unread = ConnectSession.objects.of(owner).order_by()
        self._times: set[datetime] = set()
        #: Sessions that one of the accounts is named for, and the accounts.
        self.named = _naming(self._sessions, given)
        self._names = set(given)
        #: Sessions that name no account.
        self._near = {pk: session for pk, session in self.named.items() if session.names_none}

    def run(self) -> tuple[Accounts, Sessions]:
        """All that belongs together."""
        found = set(self._given)
        self._read_near(found)
        for _ in range(STEPS if self._near else 0):
            self._every |= _moved_with(self._owner, self._near) | self._every
            found = connected(self._given, self._every, self._near)
            if not (self._read_near(found) or self._read_named(found)):
                return self._result(found)
        if self._near:
            self._read_rest()
            found = connected(self._given, self._every, self._near)
            self._read_named(found)
        return self._result(found)

    def _read_near(self, names: Iterable[str]) -> bool:
        """Read what was open when these accounts were made or moved; whether any was not known."""
        times = {moment for name in names for moment in moments_of(self._every[name])} - self._times
        if not times:
            return False
        known = len(self._near)
        near = self._unread.bearing_on((), times=times, grace=FINISHED_WITHIN)
        self._near = _unnamed(near, self._near)
        self._unread = self._unread.naming_none(but_for=times, grace=FINISHED_WITHIN)
        self._times |= times
        return len(self._near) > known

    def _read_named(self, names: Set[str]) -> bool:
        """Read the sessions named for these accounts; whether one that names none was not known."""
        self.named |= _naming(self._sessions, names - self._names)
        self._names |= names
        known = len(self._near)
        self._near |= {pk: session for pk, session in self.named.items() if session.names_none}
        return len(self._near) > known

    def _read_rest(self) -> None:
        """Read all sessions that name no account, and all accounts."""
        rest = self._unread.naming_none(but_for=(), grace=FINISHED_WITHIN)
        # Counted first: to read so many only to find that they are too many takes long.
        if len(self._near) + rest[: GUESSED_AMONG + 1].count() > GUESSED_AMONG:
            raise TooManyError
        self._near = _unnamed(rest, self._near)
        self._every = _accounts_of(self._owner) | self._given

    def _result(self, names: Iterable[str]) -> tuple[Accounts, Sessions]:
        return {name: self._every[name] for name in names}, self.named | self._near


def _unnamed(sessions: ConnectSessionQuerySet, known: Sessions) -> Sessions:
    """Those of these sessions and of the known ones that name no account; not too many of them."""
    found = {pk: session for pk, session in known.items() if session.names_none}
    found |= _read(sessions[: GUESSED_AMONG + 1], _UNNAMED_COLUMNS)
    if len(found) > GUESSED_AMONG:
        raise TooManyError
    return found


def _naming(sessions: ConnectSessionQuerySet, account_ids: Collection[str]) -> Sessions:
    """Sessions that one of the accounts is named for: by an attempt, a claim or an outcome."""
    names = sorted(account_ids)
    found: Sessions = {}
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        found |= _read(sessions.bearing_on(batch, times=(), grace=FINISHED_WITHIN), _NAMED_COLUMNS)
    return found


def _read(sessions: ConnectSessionQuerySet, columns: Collection[str]) -> Sessions:
    return {row[0]: _judged(*row) for row in sessions.values_list(*columns)}


def _accounts_of(owner: OriginOwner, condition: Q | None = None) -> Accounts:
    rows = LinkedAccount.objects.of(owner).filter(condition or Q()).order_by()
    return {row[0]: _facts(*row) for row in rows.values_list(*_ACCOUNT_COLUMNS)}


def _moved_with(owner: OriginOwner, sessions: Sessions) -> Accounts:
    """The owner's accounts that can hang together with these sessions: those that were made or
    moved while one of them was open, and those that one is settled with."""
    names = {session.account_id for session in sessions.values()} - {""}
    if len(names) > BATCH:
        return _accounts_of(owner)
    moved = Q(account_id__in=names)
    for span in few(*overlapping(sessions)):
        for column in ("stackone_created_at", "stackone_updated_at", "event_at"):
            moved |= Q((f"{column}__range", span))
    return _accounts_of(owner, moved)


def moments(account: LinkedAccount) -> set[datetime]:
    """When the account was made and when it last moved."""
    return moments_of(_account_facts(account))


_ACCOUNT_COLUMNS = (
    *("account_id", "provider", "categories", "status"),
    *("stackone_created_at", "stackone_updated_at", "event_at"),
)


def _account_facts(account: LinkedAccount) -> AccountFacts:
    return _facts(*(getattr(account, name) for name in _ACCOUNT_COLUMNS))


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
_UNNAMED_COLUMNS = (
    *("pk", "stackone_created_at", "stackone_expires_at", "sent", "provider"),
    *("requested_account_id", "outcome", "account_id"),
)
_NAMED_COLUMNS = (
    *_UNNAMED_COLUMNS,
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
