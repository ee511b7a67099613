"""What has to be judged together: accounts, and the sessions that bear on them."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
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

#: With more sessions at once that name no account, nothing is guessed, and no guess taken back.
GUESSED_AMONG = 5_000
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


class TooManyError(Exception):
    """There are more sessions than can be judged at once."""


def read(owner: OriginOwner, accounts: Iterable[LinkedAccount]) -> tuple[Accounts, Sessions]:
    """These accounts, the sessions that bear on them, the accounts those bear on, and so on.

    What is near to the accounts is read first, and what moved since then; only where other accounts
    come into it, all that the owner has. Costs two or three queries, else six, and one more for
    each further 300 accounts.
    """
    given = {account.account_id: _account_facts(account) for account in accounts}
    sessions = ConnectSession.objects.of(owner).order_by()
    times = {moment for facts in given.values() for moment in _moments(facts)}
    named = _naming(sessions, given)
    try:
        near = _unnamed(sessions.bearing_on((), times=times, grace=FINISHED_WITHIN), named)
        if not near:
            return given, named
        if _connected(given, _moved_with(owner, near) | given, near) <= given.keys():
            return given, named | near
        every = _accounts_of(owner) | given
        rest = sessions.naming_none(but_for=times, grace=FINISHED_WITHIN)
        near |= _unnamed(rest, near)
    except TooManyError:
        return given, {pk: session for pk, session in named.items() if not session.names_none}
    names = _connected(given, every, near)
    others = _naming(sessions, names - given.keys())
    return {name: every[name] for name in names}, named | others | near


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
    moved after the first of them began, and those that one is settled with."""
    names = {session.account_id for session in sessions.values()} - {""}
    if len(names) > BATCH:
        return _accounts_of(owner)
    since = min(session.facts.began for session in sessions.values())
    moved = Q(stackone_created_at__gte=since) | Q(stackone_updated_at__gte=since)
    return _accounts_of(owner, moved | Q(event_at__gte=since) | Q(account_id__in=names))


def _connected(given: Accounts, every: Accounts, sessions: Sessions) -> set[str]:
    """The accounts that hang together with the given ones by sessions that name none.

    Those that were made or moved while one of a series of overlapping sessions was open, or that
    one of the series is settled with.
    """
    starts, ends = _overlapping(sessions)
    members: dict[int, set[str]] = defaultdict(set)
    series: dict[str, set[int]] = defaultdict(set)

    def join(moment: datetime, name: str) -> None:
        place = bisect_right(starts, moment) - 1
        if place >= 0 and moment <= ends[place]:
            members[place].add(name)
            series[name].add(place)

    for name, facts in every.items():
        for moment in _moments(facts):
            join(moment, name)
    for session in sessions.values():
        if session.account_id in every:
            join(session.facts.began, session.account_id)
    found, waiting = set(given), list(given)
    while waiting:
        for place in series.pop(waiting.pop(), ()):
            new = members.pop(place, set()) - found
            found |= new
            waiting += new
    return found


def _overlapping(sessions: Sessions) -> tuple[list[datetime], list[datetime]]:
    """When each series of overlapping sessions began and ended."""
    starts: list[datetime] = []
    ends: list[datetime] = []
    facts = [session.facts for session in sessions.values()]
    for began, end in sorted((f.began, f.expires_at + FINISHED_WITHIN) for f in facts):
        if ends and began <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(began)
            ends.append(end)
    return starts, ends


def _moments(account: AccountFacts) -> Iterator[datetime]:
    """When the account was made and when it last moved."""
    return (at for at in (account.created_at, account.changed_at) if at is not None)


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
