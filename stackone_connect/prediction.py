"""What a session will do to StackOne's accounts, and what it did (pure).

``predict`` guesses before the hub opens; ``deduce`` judges afterwards, from facts alone: the same
facts give the same outcomes, whatever order they arrived in. Sources: guide; contract §3.1.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from stackone_connect.choices import AccountStatus, SessionOutcome, SessionPath

#: A move of the account this long after an attempt (or a claim) is still that session's work.
EXPLAINED_WITHIN = timedelta(seconds=5)
#: A hub that was opened in time may be finished this long after its session's ``expires_at``.
FINISHED_WITHIN = timedelta(hours=1)

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """What a prediction needs of a live account."""

    provider: str
    origin_owner_name: str
    categories: Collection[str]


def predict(
    *,
    account_id: str,
    multiple: bool | None,
    provider: str,
    categories: Collection[str],
    pinned_name: str,
    live_accounts: Iterable[KnownAccount],
    accounts_read: bool,
) -> SessionPath:
    """Which path a session will take.

    ``live_accounts`` are the owner's live accounts of our account type; ``accounts_read`` says
    whether StackOne has ever answered for this owner: without that, "none" proves nothing.
    """
    if account_id:
        return SessionPath.UPDATE
    if multiple:
        return SessionPath.MULTIPLE
    if provider:
        names = {a.origin_owner_name for a in live_accounts if a.provider == provider}
        if pinned_name in names:
            return SessionPath.UPDATE
        # Under another name only: StackOne's sources disagree on whether the name is in the key.
        in_doubt = bool(names)
    else:
        in_doubt = any(_may_share(categories, a.categories) for a in live_accounts)
    return SessionPath.CREATE if accounts_read and not in_doubt else SessionPath.UNDETERMINED


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What is known of an account; times are StackOne's.

    ``moved_at`` is the latest of ``created_at``, ``updated_at`` and the newest verified update
    event.
    """

    account_id: str
    provider: str
    categories: Collection[str]
    status: str
    created_at: datetime | None
    moved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known of an issued session.

    ``began`` is StackOne's ``created_at`` of it. ``attempted`` says whether StackOne knows of any
    connection attempt, ``attempt_account_id`` whose it was. ``claimed_*`` is what a completion call
    said (our clock), of an account confirmed to be this owner's. ``elsewhere`` is true when the
    session is settled with another account, so that it can't be guessed to be this one's.
    """

    id: Hashable
    began: datetime
    expires_at: datetime
    provider: str
    categories: Collection[str]
    requested_account_id: str
    multiple: bool
    attempted: bool
    attempt_account_id: str
    attempt_at: datetime | None
    claimed_account_id: str
    claimed_at: datetime | None
    elsewhere: bool = False


def deduce_all(
    accounts: Iterable[AccountFacts], sessions: Iterable[SessionFacts]
) -> dict[Hashable, tuple[str, SessionOutcome]]:
    """The account and the outcome of each session that these accounts prove something about.

    As :func:`deduce` for each account, with one thing more: a session that names no account is
    guessed to be one account's at most. Which one does not depend on what was heard first: accounts
    that were made while such a session was open come first, then those that only moved, each by
    StackOne's time. So the answer follows from the facts alone.
    """
    sessions = list(sessions)
    silent = [s for s in sessions if not (s.attempted or s.claimed_account_id)]

    def turn(account: AccountFacts) -> tuple[bool, bool, datetime, str]:
        is_older = not any(_open_at(s, account.created_at) for s in silent)
        time = account.moved_at if is_older else account.created_at
        return is_older, time is None, time or _EARLIEST, account.account_id

    settled: dict[Hashable, tuple[str, SessionOutcome]] = {}
    for account in sorted(accounts, key=turn):
        found = deduce(account, [replace(s, elsewhere=s.id in settled) for s in sessions])
        settled |= {name: (account.account_id, outcome) for name, outcome in found.items()}
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
    attempted = [s for s in sessions if s.attempt_account_id == account.account_id]
    claimed = [
        s
        for s in sessions
        if not s.attempt_account_id and s.claimed_account_id == account.account_id
    ]
    silent = [s for s in sessions if not (s.attempted or s.claimed_account_id or s.elsewhere)]
    moved_by = attempted
    if not any(_explains(account, s.began, s.attempt_at) for s in attempted):
        moved_by = attempted + claimed + _guess(account, silent, claimed)
    outcomes: dict[Hashable, SessionOutcome] = {
        s.id: SessionOutcome.UPDATE
        for s in moved_by
        if account.moved_at is not None and s.began < account.moved_at
    }
    maker = _maker(account, attempted, claimed, silent)
    if maker is not None:
        outcomes[maker.id] = SessionOutcome.MULTIPLE if maker.multiple else SessionOutcome.CREATE
    return outcomes


def _maker(
    account: AccountFacts,
    attempted: list[SessionFacts],
    claimed: list[SessionFacts],
    silent: list[SessionFacts],
) -> SessionFacts | None:
    """The session that made the account: the first to touch it. Any attempt beats claims.

    The creation is a change of its own, whatever moved the account later; so the one session that
    was open for it made it, where nobody names the account.
    """
    by_attempt = [s for s in attempted if _able_to_make(account, s)]
    if by_attempt:
        return min(by_attempt, key=lambda s: (s.attempt_at or s.began, s.began, str(s.id)))
    by_claim = [s for s in claimed if _able_to_make(account, s)]
    if by_claim:
        return min(by_claim, key=lambda s: (s.claimed_at or s.began, s.began, str(s.id)))
    candidates = [
        s
        for s in silent
        if _able_to_make(account, s) and _open_at(s, account.created_at) and _matches(account, s)
    ]
    return candidates[0] if len(candidates) == 1 else None


def _guess(
    account: AccountFacts,
    silent: list[SessionFacts],
    claimed: list[SessionFacts],
) -> list[SessionFacts]:
    """The one open session that could have moved the account, if no claim explains the move."""
    if any(_explains(account, s.began, s.claimed_at) for s in claimed):
        return []
    candidates = [s for s in silent if _may_have_moved(account, s)]
    return candidates if len(candidates) == 1 else []


def _may_have_moved(account: AccountFacts, session: SessionFacts) -> bool:
    """Whether the session could be behind the account's last move."""
    if not _open_at(session, account.moved_at):
        return False
    if _older(account, session):
        # An account that fell into ``error`` moved too; and ``multiple`` leaves older ones alone.
        if account.status != AccountStatus.ACTIVE or session.multiple:
            return False
        if session.began == account.moved_at:
            return False
    return _matches(account, session)


def _open_at(session: SessionFacts, moment: datetime | None) -> bool:
    """Whether something that happened then can be the session's work."""
    return moment is not None and (session.began <= moment <= session.expires_at + FINISHED_WITHIN)


def _matches(account: AccountFacts, session: SessionFacts) -> bool:
    """Whether what the session asked for could be this account."""
    if session.requested_account_id:
        return session.requested_account_id == account.account_id
    return session.provider in ("", account.provider) and _may_share(
        session.categories, account.categories
    )


def _able_to_make(account: AccountFacts, session: SessionFacts) -> bool:
    return not session.requested_account_id and not _older(account, session)


def _older(account: AccountFacts, session: SessionFacts) -> bool:
    """Whether the account is older than the session, so that the session can't have made it."""
    return account.created_at is None or account.created_at < session.began


def _explains(account: AccountFacts, began: datetime, at: datetime | None) -> bool:
    """Whether what a session did at ``at`` explains the account's last move."""
    moved_at = account.moved_at
    return at is not None and moved_at is not None and began <= moved_at <= at + EXPLAINED_WITHIN


def _may_share(asked: Collection[str], known: Collection[str]) -> bool:
    """Whether two sets of categories may overlap; an empty one is unknown, so it may."""
    return not asked or not known or not set(asked).isdisjoint(known)
