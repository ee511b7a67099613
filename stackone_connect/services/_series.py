"""Accounts that hang together by sessions that name none (pure)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from stackone_connect.entities import FINISHED_WITHIN, AccountFacts, SessionFacts

#: Stretches of time that one query asks about; SQLite allows no condition of any length.
_STRETCHES = 20


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


def connected(given: Accounts, every: Accounts, sessions: Sessions) -> set[str]:
    """The accounts that hang together with the given ones by sessions that name none.

    Those that were made or moved while one of a series of overlapping sessions was open, or that
    one of the series is settled with.
    """
    starts, ends = overlapping(sessions)
    members: dict[int, set[str]] = defaultdict(set)
    series: dict[str, set[int]] = defaultdict(set)

    def join(moment: datetime, name: str) -> None:
        place = bisect_right(starts, moment) - 1
        if place >= 0 and moment <= ends[place]:
            members[place].add(name)
            series[name].add(place)

    for name, facts in every.items():
        for moment in moments_of(facts):
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


def overlapping(sessions: Sessions) -> tuple[list[datetime], list[datetime]]:
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


def few(starts: list[datetime], ends: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Stretches in which all of these are, in their order; of many, the nearest are made one."""
    gaps = sorted(range(1, len(starts)), key=lambda n: starts[n] - ends[n - 1], reverse=True)
    cuts = sorted(gaps[: _STRETCHES - 1])
    return [
        (starts[first], ends[last - 1])
        for first, last in zip([0, *cuts], [*cuts, len(starts)], strict=True)
    ]


def moments_of(account: AccountFacts) -> set[datetime]:
    """When the account was made and when it last moved."""
    return {at for at in (account.created_at, account.changed_at) if at is not None}
