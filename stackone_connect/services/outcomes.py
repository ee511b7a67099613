"""Bring sessions level with what the facts prove: ``deduce_all``, read from and written to rows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from stackone_connect import clock, logs
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.prediction import FINISHED_WITHIN, AccountFacts, SessionFacts, deduce_all

#: Accounts whose sessions are looked for in one query; SQLite allows no condition of any length.
TOGETHER = 100
_NEVER = datetime.min.replace(year=2, tzinfo=UTC)


@dataclass(frozen=True)
class Completion:
    """A session that has just been found to have done something, for the first time."""

    session: ConnectSession
    account: LinkedAccount
    organization_id: object


def settle(owner: OriginOwner, accounts: Iterable[LinkedAccount]) -> list[Completion]:
    """Judge every session of the owner that these accounts may prove something about.

    Also what hangs together with them: an account that a session might have been guessed to be
    about instead is judged again, so that the answer does not depend on what was heard first.
    Call it under the owner's lock, after the facts were written. Answers the sessions to announce.
    """
    rows, sessions = _together(owner, accounts)
    kept = {s.pk for s in sessions if _past(s, rows.get(s.account_id))}
    outcomes = deduce_all(
        map(_account_facts, rows.values()),
        [_session_facts(s) for s in sessions if s.stackone_created_at and s.pk not in kept],
    )
    completions = []
    for session in sessions:
        if session.pk in outcomes:
            account_id, outcome = outcomes[session.pk]
            if _complete(session, outcome, rows[account_id]):
                completions.append(Completion(session, rows[account_id], owner.organization_id))
        elif session.account_id in rows and session.pk not in kept:
            _reopen(session)
    return completions


def _together(
    owner: OriginOwner, accounts: Iterable[LinkedAccount]
) -> tuple[dict[str, LinkedAccount], list[ConnectSession]]:
    """These accounts, the sessions that bear on them, the accounts those bear on, and so on.

    Ends soon: each round takes in accounts that are not in yet, and most owners have few.
    """
    rows = {account.account_id: account for account in accounts}
    sessions: dict[object, ConnectSession] = {}
    waiting = list(rows.values())
    while waiting:
        taken, waiting = waiting[:TOGETHER], waiting[TOGETHER:]
        moments = {at for row in taken for at in (row.stackone_created_at, row.moved_at) if at}
        names = [row.account_id for row in taken]
        bearing = ConnectSession.objects.of(owner).bearing_on(
            names, times=moments, grace=FINISHED_WITHIN
        )
        found = [s for s in bearing if s.pk not in sessions]
        sessions |= {s.pk: s for s in found}
        for row in _touched_by(owner, found):
            if row.account_id not in rows:
                rows[row.account_id] = row
                waiting.append(row)
    # Oldest first, so that what is told is told in the order of the sessions.
    return rows, sorted(sessions.values(), key=lambda s: (s.created_at, str(s.pk)))


def _touched_by(owner: OriginOwner, sessions: Iterable[ConnectSession]) -> Iterable[LinkedAccount]:
    """Accounts that these sessions name, or that moved while one that names none was open."""
    names: set[str] = set()
    spans = []
    for session in sessions:
        names |= {session.account_id, session.attempt_account_id, session.claimed_account_id}
        began, expires_at = session.stackone_created_at, session.expires_at
        if began and expires_at and not (session.attempt_status or session.claimed_account_id):
            spans.append((began, expires_at + FINISHED_WITHIN))
    if not spans and not any(names):
        return ()
    return LinkedAccount.objects.of(owner).named_or_moved(
        names,
        since=min((since for since, _ in spans), default=_NEVER),
        until=max((until for _, until in spans), default=_NEVER),
    )


def _past(session: ConnectSession, account: LinkedAccount | None) -> bool:
    """Whether the account that it updated by a guess moved again after the session was over.

    Only the last move is known, so such a move says nothing against what was settled in time.
    """
    if session.attempt_status or session.claimed_account_id or account is None:
        return False
    moved_at, expires_at = account.moved_at, session.expires_at
    return (
        session.outcome == SessionOutcome.UPDATE
        and moved_at is not None
        and expires_at is not None
        and moved_at > expires_at + FINISHED_WITHIN
    )


def _complete(session: ConnectSession, outcome: SessionOutcome, account: LinkedAccount) -> bool:
    """Write the outcome; true when the session had not been announced before."""
    before = (session.outcome, session.account_id)
    if before == (outcome, account.account_id):
        return False
    if before[0]:
        _log_revision(session, outcome)
    first = session.announced_at is None
    session.status = SessionStatus.COMPLETED
    session.outcome = outcome
    session.account_id = account.account_id
    session.completed_at = session.completed_at or clock.now()
    session.announced_at = session.announced_at or session.completed_at
    session.save(update_fields=["status", "outcome", "account_id", "completed_at", "announced_at"])
    _withdraw_disconnect(session, account)
    return first


def _withdraw_disconnect(session: ConnectSession, account: LinkedAccount) -> None:
    """Whoever connects an account again no longer wants it disconnected."""
    asked, began = account.disconnect_requested_at, session.stackone_created_at
    if asked is not None and began is not None and asked < began:
        account.disconnect_requested_at = account.next_disconnect_at = None
        account.save(update_fields=["disconnect_requested_at", "next_disconnect_at"])


def _reopen(session: ConnectSession) -> None:
    """Take an outcome back that later facts no longer bear out."""
    _log_revision(session, None)
    session.status = SessionStatus.ISSUED
    session.outcome = ""
    session.account_id = ""
    session.completed_at = None
    session.save(update_fields=["status", "outcome", "account_id", "completed_at"])


def _log_revision(session: ConnectSession, outcome: SessionOutcome | None) -> None:
    logs.write(
        logging.INFO,
        "connect_session.revised",
        outcome=outcome,
        before=session.outcome,
        session=session.pk,
        account=session.account_id,
    )


def _account_facts(account: LinkedAccount) -> AccountFacts:
    return AccountFacts(
        account_id=account.account_id,
        provider=account.provider,
        categories=account.categories,
        status=account.status,
        created_at=account.stackone_created_at,
        moved_at=account.moved_at,
    )


def _session_facts(session: ConnectSession) -> SessionFacts:
    assert session.stackone_created_at is not None  # noqa: S101 - the caller's filter, for mypy
    assert session.expires_at is not None  # noqa: S101 - set together with stackone_created_at
    return SessionFacts(
        id=session.pk,
        began=session.stackone_created_at,
        expires_at=session.expires_at,
        provider=session.provider,
        categories=session.categories,
        requested_account_id=session.requested_account_id,
        multiple=session.multiple,
        attempted=bool(session.attempt_status),
        attempt_account_id=session.attempt_account_id,
        attempt_at=session.attempt_at,
        claimed_account_id=session.claimed_account_id,
        claimed_at=session.claimed_at,
    )
