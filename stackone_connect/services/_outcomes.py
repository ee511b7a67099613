"""Bring sessions in line with what the facts prove: ``deduce_all``, read from and written to rows.

It runs under the owner's lock, so it reads few columns and writes many rows with one query.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.db.models.functions import Coalesce

from stackone_connect import clock, logs
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.entities import FINISHED_WITHIN, AccountFacts
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.judged import JudgedSession
from stackone_connect.prediction import deduce_all
from stackone_connect.services import _bearing

#: Sessions written with one query; old releases of SQLite take no more than 999 parameters.
BATCH = 900
#: Where each has an account of its own, three parameters for each.
BATCH_OF_GUESSES = 300


@dataclass(frozen=True)
class Completion:
    """A session that has just been found to have done something, for the first time."""

    session: ConnectSession
    account: LinkedAccount
    organization_id: object


@dataclass(frozen=True)
class _Change:
    """A session, and the account and the outcome that it is found to have."""

    session: JudgedSession
    account_id: str
    outcome: SessionOutcome


def judge(owner: OriginOwner, accounts: Sequence[LinkedAccount]) -> list[Completion]:
    """Settle the owner's sessions, under its lock.

    An account that was connected again is no longer to be disconnected.
    """
    completions, settled = settle(owner, accounts)
    for completion in completions:
        _label_by_session(completion)
    going = {row.account_id: row for row in settled if row.disconnect_requested_at is not None}
    if going:
        since = ConnectSession.objects.filter(
            owner=OuterRef("owner"),
            account_id=OuterRef("account_id"),
            status=SessionStatus.COMPLETED,
            created_at__gt=OuterRef("disconnect_requested_at"),
        )
        again = LinkedAccount.objects.of(owner).filter(Exists(since), account_id__in=going)
        for account_id in list(again.values_list("account_id", flat=True)):
            row = going[account_id]
            row.disconnect_requested_at = row.next_disconnect_at = None
            row.save(update_fields=["disconnect_requested_at", "next_disconnect_at"])
    return completions


def _label_by_session(completion: Completion) -> None:
    """An account that StackOne gives no label has the one of the session that made it."""
    session, account = completion.session, completion.account
    if session.outcome != SessionOutcome.UPDATE and session.label and not account.label:
        account.label = session.label
        account.save(update_fields=["label"])


def settle(
    owner: OriginOwner, accounts: Iterable[LinkedAccount]
) -> tuple[list[Completion], list[LinkedAccount]]:
    """Judge every session of the owner that these accounts may prove something about.

    Also what hangs together with them: an account that a session might have been guessed to be
    about instead is judged again, so that the answer does not depend on what was heard first.
    Call it under the owner's lock, after the facts were written. Returns the sessions that are
    completed for the first time, and the accounts that any session is settled with anew.
    """
    rows = {account.account_id: account for account in accounts}
    facts, sessions = _bearing.read(owner, rows.values())
    judged = [s for s in sessions.values() if not _is_past(s, facts.get(s.account_id))]
    outcomes = deduce_all(facts.values(), [session.facts for session in judged])
    changes, reopened = [], []
    for session in judged:
        account_id, outcome = outcomes.get(session.facts.id, ("", None))
        if outcome is None:
            if session.account_id in facts:
                reopened.append(session)
        elif (account_id, outcome) != (session.account_id, session.outcome):
            changes.append(_Change(session, account_id, outcome))
    _reopen(reopened)
    return _complete(owner, changes, rows) if changes else ([], [])


def _is_past(session: JudgedSession, account: AccountFacts | None) -> bool:
    """Whether the account that it updated by a guess moved again after the session was over.

    Only the last move is known, so such a move says nothing against what was settled in time.
    """
    if not session.names_none or account is None or account.changed_at is None:
        return False
    return (
        session.outcome == SessionOutcome.UPDATE
        and account.changed_at > session.facts.expires_at + FINISHED_WITHIN
    )


def _complete(
    owner: OriginOwner, changes: Sequence[_Change], rows: dict[str, LinkedAccount]
) -> tuple[list[Completion], list[LinkedAccount]]:
    """Write outcomes."""
    for change in changes:
        if change.session.outcome:
            _log_revision(change.session, change.outcome)
    for outcome in SessionOutcome:
        written = [change for change in changes if change.outcome == outcome]
        guesses = [change for change in written if change.session.names_none]
        named = [change for change in written if not change.session.names_none]
        for start in range(0, len(named), BATCH):
            _write_outcome(outcome, named[start : start + BATCH])
        for start in range(0, len(guesses), BATCH_OF_GUESSES):
            _write_outcome(outcome, guesses[start : start + BATCH_OF_GUESSES])
    first = ConnectSession.objects.of(owner).filter(
        status=SessionStatus.COMPLETED, notified_at=None
    )
    # Oldest first, so that signals are sent in the order of the sessions.
    sessions = list(first.order_by("created_at", "pk"))
    if sessions:
        first.update(notified_at=F("completed_at"))
    account_ids = {change.account_id for change in changes}
    rows = _with_rows(owner, account_ids | {session.account_id for session in sessions}, rows)
    completions = []
    for session in sessions:
        session.notified_at = session.completed_at
        account = rows[session.account_id]
        completions.append(Completion(session, account, owner.organization_id))
    return completions, [rows[account_id] for account_id in account_ids]


def _write_outcome(outcome: SessionOutcome, changes: Sequence[_Change]) -> None:
    """One query. A session that names its account has the name on its row already."""
    guesses = [
        When(pk=change.session.facts.id, then=Value(change.account_id))
        for change in changes
        if change.session.names_none
    ]
    claimed = F("claimed_account_id")
    rows = ConnectSession.objects.filter(pk__in=[change.session.facts.id for change in changes])
    rows.update(
        status=SessionStatus.COMPLETED,
        outcome=outcome,
        account_id=Case(
            *guesses,
            When(attempt_account_id="", then=claimed),
            default=F("attempt_account_id"),
            output_field=ConnectSession._meta.get_field("account_id"),
        ),
        completed_at=Coalesce(
            F("completed_at"),
            # With its own field: Django's takes no aware time under ``USE_TZ = False``.
            Value(clock.now(), output_field=ConnectSession._meta.get_field("completed_at")),
        ),
    )


def _reopen(sessions: Sequence[JudgedSession]) -> None:
    """Take outcomes back that later facts no longer bear out."""
    for session in sessions:
        _log_revision(session, None)
    for start in range(0, len(sessions), BATCH):
        batch = sessions[start : start + BATCH]
        ConnectSession.objects.filter(pk__in=[session.facts.id for session in batch]).update(
            status=SessionStatus.ISSUED, outcome="", account_id="", completed_at=None
        )


def _with_rows(
    owner: OriginOwner, account_ids: set[str], rows: dict[str, LinkedAccount]
) -> dict[str, LinkedAccount]:
    """The rows of these accounts: those that the caller has, and the others."""
    missing = account_ids - rows.keys()
    if not missing:
        return rows
    read = LinkedAccount.objects.of(owner).filter(account_id__in=missing)
    return rows | {row.account_id: row for row in read}


def _log_revision(session: JudgedSession, outcome: SessionOutcome | None) -> None:
    logs.write(
        logging.INFO,
        "connect_session.revised",
        outcome=outcome,
        before=session.outcome,
        session=session.facts.id,
        account=session.account_id,
    )
