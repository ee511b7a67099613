"""What has to be judged together: accounts, and the sessions that bear on them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import datetime

from django.db.models import Q

from stackone_connect.entities import FINISHED_WITHIN
from stackone_connect.models import (
    ConnectSession,
    ConnectSessionQuerySet,
    LinkedAccount,
    OriginOwner,
)
from stackone_connect.models.judged import (
    BATCH,
    UNNAMED_COLUMNS,
    Accounts,
    Sessions,
    accounts_of,
    facts_of,
    sessions_naming,
    sessions_of,
)

#: With more sessions at once that name no account, nothing is guessed, and no guess taken back.
GUESSED_AMONG = 5_000
#: How often what is near to what was read is read, before all is.
STEPS = 2
#: Stretches of time that one query asks about; SQLite allows no condition of any length.
_STRETCHES = 20


class TooManyError(Exception):
    """There are more sessions than can be judged at once."""


def read(owner: OriginOwner, accounts: Iterable[LinkedAccount]) -> tuple[Accounts, Sessions]:
    """These accounts, the sessions that bear on them, the accounts those bear on, and so on.

    What is near is read first, then what is near to that; where it goes on and on, all that the
    owner has. Costs two or three queries, at most eleven, and one for each further 300 accounts.
    """
    given = {account.account_id: facts_of(account) for account in accounts}
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
        self.named = sessions_naming(self._sessions, given)
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
        times = {moment for name in names for moment in self._every[name].moments} - self._times
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
        self.named |= sessions_naming(self._sessions, names - self._names)
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
        self._every = accounts_of(self._owner) | self._given

    def _result(self, names: Iterable[str]) -> tuple[Accounts, Sessions]:
        return {name: self._every[name] for name in names}, self.named | self._near


def _unnamed(sessions: ConnectSessionQuerySet, known: Sessions) -> Sessions:
    """Those of these sessions and of the known ones that name no account; not too many of them."""
    found = {pk: session for pk, session in known.items() if session.names_none}
    found |= sessions_of(sessions[: GUESSED_AMONG + 1], UNNAMED_COLUMNS)
    if len(found) > GUESSED_AMONG:
        raise TooManyError
    return found


def _moved_with(owner: OriginOwner, sessions: Sessions) -> Accounts:
    """The owner's accounts that can hang together with these sessions: those that were made or
    moved while one of them was open, and those that one is settled with."""
    names = {session.account_id for session in sessions.values()} - {""}
    if len(names) > BATCH:
        return accounts_of(owner)
    moved = Q(account_id__in=names)
    for span in few(*overlapping(sessions)):
        for column in ("stackone_created_at", "stackone_updated_at", "event_at"):
            moved |= Q((f"{column}__range", span))
    return accounts_of(owner, moved)


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
        for moment in facts.moments:
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
