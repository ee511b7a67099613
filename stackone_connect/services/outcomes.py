"""Bring sessions level with what the facts prove: ``deduce``, read from and written to rows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from stackone_connect import clock, logs
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.prediction import FINISHED_WITHIN, AccountFacts, SessionFacts, deduce


@dataclass(frozen=True)
class Completion:
    """A session that has just been found to have done something, for the first time."""

    session: ConnectSession
    account: LinkedAccount
    organization_id: object


def settle(owner: OriginOwner, accounts: Iterable[LinkedAccount]) -> list[Completion]:
    """Judge every session of the owner that these accounts may prove something about.

    Call it under the owner's lock, after the facts were written. Answers the sessions to announce.
    """
    return [done for account in accounts for done in _settle_account(owner, account)]


def _settle_account(owner: OriginOwner, account: LinkedAccount) -> list[Completion]:
    sessions = list(
        ConnectSession.objects.of(owner).bearing_on(
            account.account_id, made_at=account.stackone_created_at, moved_at=account.moved_at
        )
    )
    outcomes = deduce(
        _account_facts(account),
        [_session_facts(session, account) for session in sessions if session.stackone_created_at],
    )
    completions = []
    for session in sessions:
        outcome = outcomes.get(session.pk)
        if outcome is not None:
            if _complete(session, outcome, account):
                completions.append(Completion(session, account, owner.organization_id))
        elif session.account_id == account.account_id and not _past(session, account):
            _reopen(session)
    return completions


def _past(session: ConnectSession, account: LinkedAccount) -> bool:
    """Whether the account moved again after the session was over.

    Only the last move is known, so such a move says nothing against what was settled in time.
    """
    if session.attempt_status or session.claimed_account_id:
        return False
    moved_at, expires_at = account.moved_at, session.expires_at
    return (
        moved_at is not None and expires_at is not None and moved_at > expires_at + FINISHED_WITHIN
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


def _session_facts(session: ConnectSession, account: LinkedAccount) -> SessionFacts:
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
        elsewhere=session.account_id not in ("", account.account_id),
    )
