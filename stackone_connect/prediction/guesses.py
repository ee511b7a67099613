"""The sessions that no evidence names an account for: which of them could be behind a change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from stackone_connect.choices import AccountStatus
from stackone_connect.entities import FINISHED_WITHIN, AccountFacts, SessionFacts

#: The end of a span that holds no moment.
NEVER = datetime.min.replace(tzinfo=UTC)
#: Instead of a category: of sessions that asked for none, and of all, whatever they asked for.
_NONE, _EVERY = object(), object()
#: Whether ``multiple`` was asked, the provider (blank for none), and a category.
_Key = tuple[bool, str, Hashable]


class Guesses:
    """Finds the one session that could have made or moved an account, where there is only one.

    Judging must not cost sessions times accounts. So the sessions are sorted once, by what they
    asked for and by when they were open, and each question costs a logarithm.
    """

    def __init__(self, sessions: Iterable[SessionFacts]) -> None:
        self._sessions = sorted(sessions, key=lambda s: s.began)
        self._ends = [s.expires_at + FINISHED_WITHIN for s in self._sessions]
        self._open = Spans([s.began for s in self._sessions], self._ends)
        self._for_account: dict[str, list[int]] = defaultdict(list)
        self._asking: dict[_Key, list[int]] = defaultdict(list)
        self._spans: dict[_Key, Spans] = {}
        for number, session in enumerate(self._sessions):
            self._for_account[session.requested_account_id].append(number)
            for key in _keys(session):
                self._asking[key].append(number)
        self._numbers = {session.id: n for n, session in enumerate(self._sessions)}

    def any_open_at(self, moment: datetime | None) -> bool:
        """Whether any of all the sessions was open then, whatever it asked for."""
        return moment is not None and any(True for _ in self._open.at(moment))

    def settle(self, session_id: Hashable) -> None:
        """Guess this session for no other account; one that is no guess is not known here."""
        number = self._numbers.get(session_id)
        if number is None or self._ends[number] == NEVER:
            return
        self._ends[number] = NEVER
        for key in _keys(self._sessions[number]):
            if key in self._spans:
                self._spans[key].discard(bisect_left(self._asking[key], number))

    def maker_of(self, account: AccountFacts) -> SessionFacts | None:
        """The only session that could have made the account."""
        made = account.created_at
        if made is None:
            return None
        return _only(
            session
            for multiple in (False, True)
            for session in self._open_for(account, made, multiple=multiple)
        )

    def mover_of(self, account: AccountFacts) -> SessionFacts | None:
        """The only session that could be behind the account's last move.

        None while the account is not active: one that fell into ``error`` moved by itself.
        """
        if account.changed_at is None or account.status != AccountStatus.ACTIVE:
            return None
        return _only(self._movers(account, account.changed_at))

    def _movers(self, account: AccountFacts, moved: datetime) -> Iterator[SessionFacts]:
        made = account.created_at
        for number in self._for_account.get(account.account_id, ()):
            session = self._sessions[number]
            if not session.began <= moved <= self._ends[number]:
                continue
            if account.is_older_than(session) and (session.multiple or session.began == moved):
                continue
            yield session
        # One that began in the very instant of the move did not cause it, unless it made the
        # account in that instant.
        also_then = made is not None and made >= moved
        yield from self._open_for(account, moved, multiple=False, also_begun_then=also_then)
        if made is not None:
            # ``multiple`` leaves accounts alone that are older than the session.
            yield from self._open_for(account, moved, multiple=True, begun_by=made)

    def _open_for(
        self,
        account: AccountFacts,
        moment: datetime,
        *,
        multiple: bool,
        begun_by: datetime | None = None,
        also_begun_then: bool = True,
    ) -> Iterator[SessionFacts]:
        """Sessions that were open then and whose request could be this account.

        One may come more than once: it asked for several of the account's categories. At most two
        of each index are of use, so that a caller who stops at the second pays little.
        """
        categories: set[Hashable] = {_NONE, *account.categories} if account.categories else {_EVERY}
        for provider in {"", account.provider}:
            for category in categories:
                key = (multiple, provider, category)
                if key not in self._asking:
                    continue
                asking = self._asking[key]
                for place in self._spans_of(key).at(moment, begun_by=begun_by):
                    session = self._sessions[asking[place]]
                    if session.began == moment and not also_begun_then:
                        break
                    yield session

    def _spans_of(self, key: _Key) -> Spans:
        """The spans of the sessions that asked for this; made when first needed."""
        if key not in self._spans:
            asking = self._asking[key]
            begins = [self._sessions[number].began for number in asking]
            self._spans[key] = Spans(begins, [self._ends[number] for number in asking])
        return self._spans[key]


def _keys(session: SessionFacts) -> Iterator[_Key]:
    """Where a session that asked for no account is looked for."""
    if session.requested_account_id:
        return
    categories: set[Hashable] = set(session.categories) or {_NONE}
    for category in (*categories, _EVERY):
        yield session.multiple, session.provider, category


def _only(sessions: Iterable[SessionFacts]) -> SessionFacts | None:
    """The one that there is, or ``None`` for none and for several."""
    found: SessionFacts | None = None
    for session in sessions:
        if found is not None and session.id != found.id:
            return None
        found = session
    return found


class Spans:
    """Spans of time, sorted by when they begin, each found by its place.

    A tree over the latest end among neighbours: every question below costs a logarithm, however
    many spans began before the moment and are over by then.
    """

    __slots__ = ("_begins", "_latest", "_size")

    def __init__(self, begins: Sequence[datetime], ends: Sequence[datetime]) -> None:
        """The begin and the end of each span, both inclusive, sorted by the begin."""
        self._begins = begins
        self._size = size = 1 << max(len(begins) - 1, 0).bit_length()
        level = [*ends, *[NEVER] * (size - len(ends))]
        latest = level
        while len(level) > 1:
            level = list(map(max, level[::2], level[1::2]))
            latest = level + latest
        self._latest = [NEVER, *latest]

    def discard(self, place: int) -> None:
        """Leave this span out from now on."""
        latest = self._latest
        node = self._size + place
        latest[node] = NEVER
        while node > 1:
            node //= 2
            latest[node] = max(latest[2 * node], latest[2 * node + 1])

    def at(self, moment: datetime, *, begun_by: datetime | None = None) -> Iterator[int]:
        """The places of the spans that hold ``moment``, by their begin; one step of work for each.

        With ``begun_by`` only those that began at that time or before.
        """
        last = moment if begun_by is None else min(moment, begun_by)
        end = bisect_right(self._begins, last)
        place = self._next(0, moment)
        while place < end:
            yield place
            place = self._next(place + 1, moment)

    def _next(self, place: int, moment: datetime) -> int:
        """The first place from this one on whose span ends at or after the moment."""
        latest, size = self._latest, self._size
        if place >= size:
            return size
        node = size + place
        while True:
            while node % 2 == 0:
                node //= 2
            if latest[node] >= moment:
                while node < size:
                    node *= 2
                    if latest[node] < moment:
                        node += 1
                return node - size
            node += 1
            if node & -node == node:  # nothing to the right of it
                return size
