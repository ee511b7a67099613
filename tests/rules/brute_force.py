"""The rules of the judgement as they are written down, each session held against each account.

Slow and plain: what the product answers is compared with it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from stackone_connect.choices import SessionOutcome
from stackone_connect.entities import (
    EXPLAINED_WITHIN,
    FINISHED_WITHIN,
    AccountFacts,
    SessionFacts,
)

EARLIEST = datetime.min.replace(tzinfo=UTC)


def judge_all(
    accounts: Iterable[AccountFacts], sessions: list[SessionFacts]
) -> dict[Hashable, tuple[str, SessionOutcome]]:
    silent = [s for s in sessions if is_silent(s)]

    def turn(account: AccountFacts) -> tuple[bool, bool, datetime, str]:
        moved_only = not any(open_at(s, account.created_at) for s in silent)
        time = account.changed_at if moved_only else account.created_at
        return moved_only, time is None, time or EARLIEST, account.account_id

    settled: dict[Hashable, tuple[str, SessionOutcome]] = {}
    for account in sorted(accounts, key=turn):
        left = [replace(s, elsewhere=s.id in settled) for s in sessions]
        found = judge(account, left)
        settled |= {name: (account.account_id, outcome) for name, outcome in found.items()}
    return settled


def judge(account: AccountFacts, sessions: list[SessionFacts]) -> dict[Hashable, SessionOutcome]:
    name = account.account_id
    attempted = [s for s in sessions if s.attempt_account_id == name]
    claimed = [s for s in sessions if not s.attempt_account_id and s.claimed_account_id == name]
    silent = [s for s in sessions if is_silent(s) and not s.elsewhere]
    movers = attempted
    if not any(explains(account, s, s.attempt_at) for s in attempted):
        movers = attempted + claimed
        if not any(explains(account, s, s.claimed_at) for s in claimed):
            movers = movers + only([s for s in silent if may_have_moved(account, s)])
    outcomes = {
        s.id: SessionOutcome.UPDATE
        for s in movers
        if account.changed_at is not None and s.began < account.changed_at
    }
    for maker in makers(account, attempted, claimed, silent):
        outcomes[maker.id] = SessionOutcome.MULTIPLE if maker.multiple else SessionOutcome.CREATE
    return outcomes


def makers(
    account: AccountFacts,
    attempted: list[SessionFacts],
    claimed: list[SessionFacts],
    silent: list[SessionFacts],
) -> list[SessionFacts]:
    def able(session: SessionFacts) -> bool:
        return not session.requested_account_id and not is_older(account, session)

    by_attempt = sorted(
        filter(able, attempted), key=lambda s: (s.attempt_at or s.began, s.began, str(s.id))
    )
    by_claim = sorted(
        filter(able, claimed), key=lambda s: (s.claimed_at or s.began, s.began, str(s.id))
    )
    if by_attempt or by_claim:
        return (by_attempt or by_claim)[:1]
    return only(
        [s for s in silent if able(s) and open_at(s, account.created_at) and matches(account, s)]
    )


def may_have_moved(account: AccountFacts, session: SessionFacts) -> bool:
    if account.status != "active" or not open_at(session, account.changed_at):
        return False
    if is_older(account, session) and (session.multiple or session.began == account.changed_at):
        return False
    return matches(account, session)


def is_silent(session: SessionFacts) -> bool:
    return not (session.attempted or session.attempt_account_id or session.claimed_account_id)


def is_older(account: AccountFacts, session: SessionFacts) -> bool:
    return account.created_at is None or account.created_at < session.began


def open_at(session: SessionFacts, moment: datetime | None) -> bool:
    return moment is not None and session.began <= moment <= session.expires_at + FINISHED_WITHIN


def explains(account: AccountFacts, session: SessionFacts, at: datetime | None) -> bool:
    moved = account.changed_at
    return bool(at and moved and session.began <= moved <= at + EXPLAINED_WITHIN)


def matches(account: AccountFacts, session: SessionFacts) -> bool:
    if session.requested_account_id:
        return session.requested_account_id == account.account_id
    return session.provider in ("", account.provider) and may_share(
        session.categories, account.categories
    )


def may_share(asked: Collection[str], known: Collection[str]) -> bool:
    return not asked or not known or not set(asked).isdisjoint(known)


def only(sessions: list[SessionFacts]) -> list[SessionFacts]:
    return sessions if len(sessions) == 1 else []
