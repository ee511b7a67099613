"""What sessions did: the outcomes that follow from facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import UTC, datetime
from functools import cached_property

from stackone_connect.choices import SessionOutcome
from stackone_connect.entities import AccountFacts, SessionFacts
from stackone_connect.prediction.guesses import Guesses

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def deduce_all(
    accounts: Iterable[AccountFacts], sessions: Iterable[SessionFacts]
) -> dict[Hashable, tuple[str, SessionOutcome]]:
    """The account and the outcome of each session that these accounts prove something about.

    As :func:`deduce` for each account, with one thing more: a session that names no account is
    guessed to be one account's at most. Which one does not depend on what was heard first: accounts
    that were made while such a session was open come first, then those that only moved, each by
    StackOne's time. So the answer follows from the facts alone.

    Costs no more than sorting the accounts and the sessions.
    """
    judge = _Judge(sessions)

    def turn(account: AccountFacts) -> tuple[bool, bool, datetime, str]:
        is_older = not judge.guesses.any_open_at(account.created_at)
        time = account.changed_at if is_older else account.created_at
        return is_older, time is None, time or _EARLIEST, account.account_id

    settled: dict[Hashable, tuple[str, SessionOutcome]] = {}
    in_turn = list(accounts)
    are_several = len(in_turn) > 1
    if are_several:
        in_turn.sort(key=turn)
    for account in in_turn:
        for session_id, outcome in judge.outcomes_of(account).items():
            settled[session_id] = (account.account_id, outcome)
            if are_several:
                judge.guesses.settle(session_id)
    return settled


def deduce(
    account: AccountFacts, sessions: Iterable[SessionFacts]
) -> dict[Hashable, SessionOutcome]:
    """The outcome of each session of the owner that this account proves something about.

    ``sessions`` are the owner's issued sessions; those that are not in the answer prove nothing
    here and stay without outcome. A session is the account's because StackOne's attempt names it,
    else because a completion call did, else because it is the only one that could have been.

    Known limit: StackOne may move ``updated_at`` by itself, and the hub's form path leaves no
    attempt; then an abandoned session can read ``update``.
    """
    sessions = list(sessions)
    judge = _Judge(sessions)
    for session in sessions:
        if session.elsewhere:
            judge.guesses.settle(session.id)
    return judge.outcomes_of(account)


class _Judge:
    """The sessions of an owner, sorted by the account that each is about."""

    def __init__(self, sessions: Iterable[SessionFacts]) -> None:
        self._attempted: dict[str, list[SessionFacts]] = defaultdict(list)
        self._claimed: dict[str, list[SessionFacts]] = defaultdict(list)
        self._naming_none: list[SessionFacts] = []
        for session in sessions:
            if session.attempt_account_id:
                self._attempted[session.attempt_account_id].append(session)
            elif session.claimed_account_id:
                self._claimed[session.claimed_account_id].append(session)
            elif not session.attempted:
                self._naming_none.append(session)

    @cached_property
    def guesses(self) -> Guesses:
        """The sessions that name no account; sorted only where one may have to be guessed."""
        return Guesses(self._naming_none)

    def outcomes_of(self, account: AccountFacts) -> dict[Hashable, SessionOutcome]:
        """As :func:`deduce`, without the sessions that are settled with other accounts."""
        attempted = self._attempted.get(account.account_id, [])
        claimed = self._claimed.get(account.account_id, [])
        outcomes: dict[Hashable, SessionOutcome] = {
            session.id: SessionOutcome.UPDATE
            for session in self._movers(account, attempted, claimed)
            if account.changed_at is not None and session.began < account.changed_at
        }
        maker = self._maker(account, attempted, claimed)
        if maker is not None:
            made = SessionOutcome.MULTIPLE if maker.multiple else SessionOutcome.CREATE
            outcomes[maker.id] = made
        return outcomes

    def _movers(
        self, account: AccountFacts, attempted: list[SessionFacts], claimed: list[SessionFacts]
    ) -> list[SessionFacts]:
        """The sessions that may have moved the account: a claim or a guess needs a move that no
        attempt explains, and a guess one that no claim explains either."""
        if any(account.explained_by(s, s.attempt_at) for s in attempted):
            return attempted
        if any(account.explained_by(s, s.claimed_at) for s in claimed):
            return attempted + claimed
        guessed = self.guesses.mover_of(account)
        return attempted + claimed + ([guessed] if guessed else [])

    def _maker(
        self, account: AccountFacts, attempted: list[SessionFacts], claimed: list[SessionFacts]
    ) -> SessionFacts | None:
        """The session that made the account: the first to touch it. Any attempt beats claims.

        The creation is a change of its own, whatever moved the account later; so the one session
        that was open for it made it, where nobody names the account.
        """
        by_attempt = [s for s in attempted if _able_to_make(account, s)]
        if by_attempt:
            return min(by_attempt, key=lambda s: (s.attempt_at or s.began, s.began, str(s.id)))
        by_claim = [s for s in claimed if _able_to_make(account, s)]
        if by_claim:
            return min(by_claim, key=lambda s: (s.claimed_at or s.began, s.began, str(s.id)))
        return self.guesses.maker_of(account)


def _able_to_make(account: AccountFacts, session: SessionFacts) -> bool:
    return not session.requested_account_id and not account.is_older_than(session)
