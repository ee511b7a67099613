"""The one writer of linked accounts and outcomes: StackOne's answers against our rows.

A batch is the normal case, and one account the smallest batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from stackone_connect import clock, conf
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt, Fetch
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.transactions import owner_lock, owners_lock, retried
from stackone_connect.services import _notifications, _outcomes
from stackone_connect.services._account_records import AccountRecords
from stackone_connect.services._outcomes import Completion


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was learned of a session together with an account: judged in the same transaction."""

    session: ConnectSession
    attempt: ConnectionAttempt | None = None
    claimed_account_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """How many accounts were not ours (of owners that we don't have, or of the other type), how
    many differed from our rows, and how many rows were disconnected; and the accounts of which
    nothing was written, since a later answer is on record."""

    foreign: int
    repaired: int
    disconnected: int
    outdated: Collection[str] = ()


@retried
def reconcile(
    *,
    project: str,
    fetch: Fetch,
    present: Collection[AccountSnapshot] = (),
    missing: Collection[str] = (),
    evidence: Sequence[Evidence] = (),
    event_dates: Mapping[str, datetime] | None = None,
    from_sweep: bool = False,
    deadline: Deadline | None = None,
) -> Reconciled:
    """Write down what StackOne answered about accounts of a project, and judge their sessions.

    ``fetch`` was taken before StackOne was asked: an answer asked for before the one on record is
    dropped. ``missing`` are ids that StackOne answered 404 for.
    ``evidence`` is what was learned of sessions at the same time, ``event_dates`` the dates of
    verified update events by account.

    An account is connected for the one owner that StackOne names, if we have that owner and the
    account is of our type; for any other owner its row is disconnected. Where it is for none of
    ours, an answer ``from_sweep`` changes nothing: a sweep asks for those one by one. Signals go
    out after commit. Of an owner that was erased meanwhile nothing is written. A session that was
    claimed reads afterwards as the facts have it.

    Waits for other workers that write of the same owners until ``deadline`` (default: ``DEADLINE``
    seconds from now), then raises :class:`UnavailableError`; nothing is written then, and calling
    it again is right. The number of queries does not depend on how many accounts there are, but for
    a few for each owner whose sessions are judged.
    """
    snapshots = {snapshot.account_id: snapshot for snapshot in present}
    is_ours = conf.project(project).is_ours
    owner_of = {s.account_id: s.origin_owner_id for s in snapshots.values() if is_ours(s.type)}
    named = {*snapshots, *missing, *(name for one in evidence for name in _accounts_named(one))}
    owners = _owners_of(project, set(owner_of.values()), named, evidence)
    if not owners:
        return Reconciled(foreign=len(snapshots), repaired=0, disconnected=0)
    completions: list[Completion] = []
    with owners_lock(owners.keys(), deadline=deadline) as locked:
        owners = {pk: owner for pk, owner in owners.items() if pk in locked}
        by_id = {owner.origin_owner_id: owner for owner in owners.values()}
        evidence = [one for one in evidence if one.session.owner_id in owners]
        for one in evidence:
            _write_evidence(one)
        rows = AccountRecords(fetch)
        rows.read(owners, named)
        for account_id, snapshot in snapshots.items():
            owner = by_id.get(owner_of.get(account_id, ""))
            if owner is not None or not from_sweep:
                rows.gone(account_id, but_for=owner)
            rows.present(snapshot, owner, (event_dates or {}).get(account_id))
        for account_id in missing:
            rows.gone(account_id)
        rows.save()
        if not from_sweep:
            for owner, accounts in _to_judge(rows, evidence, owners).items():
                completions += _judge(owner, accounts)
        _refresh_claimed(evidence)
    if from_sweep:
        completions = _judge_apart(rows.news)
    _notifications.emit(rows.emitted, completions)
    return Reconciled(
        foreign=rows.foreign,
        repaired=len(rows.news),
        disconnected=rows.disconnected,
        outdated=rows.outdated,
    )


def _owners_of(
    project: str, named: set[str], account_ids: set[str], evidence: Sequence[Evidence]
) -> dict[int, OriginOwner]:
    """The owners that the answers are about: StackOne's, and those that have rows of them."""
    rows = OriginOwner.objects.filter(project=project)
    theirs = rows.filter(accounts__account_id__in=account_ids)
    asked = {one.session.owner_id for one in evidence}
    named_ones = rows.filter(Q(origin_owner_id__in=named) | Q(pk__in=asked))
    return {owner.pk: owner for owner in named_ones.union(theirs)}


def _accounts_named(evidence: Evidence) -> set[str]:
    """The accounts that must be judged again with it."""
    attempted = evidence.attempt.account_id if evidence.attempt else ""
    return {attempted, evidence.claimed_account_id, evidence.session.account_id} - {""}


def _write_evidence(evidence: Evidence) -> None:
    session, attempt = evidence.session, evidence.attempt
    facts: dict[str, object] = {}
    if attempt is not None:
        facts |= {
            "attempt_status": attempt.status or "unknown",
            "attempt_code": attempt.code,
            "attempt_account_id": attempt.account_id,
            "attempt_at": attempt.at,
        }
    rows = ConnectSession.objects.filter(pk=session.pk)
    if attempt is not None and attempt.account_id:
        rows.update(**facts)
    elif facts:
        # A later try that came to nothing does not undo an earlier one that linked an account.
        rows.filter(attempt_account_id="").update(**facts)
    claimed = evidence.claimed_account_id
    if claimed:
        # Not over a completion that another worker has just written, but over a guess.
        guessed = Q(attempt_account_id="", claimed_account_id="")
        open_to_it = rows.filter(guessed | Q(account_id__in=["", claimed]))
        open_to_it.exclude(claimed_account_id=claimed).update(
            claimed_account_id=claimed, claimed_at=clock.now()
        )


def _refresh_claimed(evidence: Iterable[Evidence]) -> None:
    for one in evidence:
        if one.claimed_account_id:
            one.session.refresh_from_db()


def _to_judge(
    rows: AccountRecords, evidence: Iterable[Evidence], owners: Mapping[int, OriginOwner]
) -> dict[OriginOwner, list[LinkedAccount]]:
    """The accounts whose sessions may read otherwise now, by owner.

    That an account is gone proves nothing about a session.
    """
    to_judge: dict[OriginOwner, dict[str, LinkedAccount]] = defaultdict(dict)
    for row in rows.seen:
        to_judge[row.owner][row.account_id] = row
    for one in evidence:
        owner = owners[one.session.owner_id]
        for account_id in _accounts_named(one):
            known = rows.by_account[account_id].get(owner.pk)
            if known is not None:
                to_judge[owner][account_id] = known
    return {owner: list(accounts.values()) for owner, accounts in to_judge.items()}


def _judge(owner: OriginOwner, accounts: Sequence[LinkedAccount]) -> list[Completion]:
    """Settle the owner's sessions, under its lock.

    An account that was connected again is no longer to be disconnected.
    """
    completions, settled = _outcomes.settle(owner, accounts)
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


def _judge_apart(news: Iterable[LinkedAccount]) -> list[Completion]:
    """Judge owner by owner: what one has to be judged keeps no other waiting.

    What can't be judged, because others write of the owner, is judged with its next news, or by
    polling.
    """
    to_judge: dict[OriginOwner, list[LinkedAccount]] = defaultdict(list)
    for row in news:
        to_judge[row.owner].append(row)
    issued = ConnectSession.objects.filter(
        owner__in=to_judge, status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED]
    )
    with_sessions = set(issued.values_list("owner", flat=True).distinct())
    completions: list[Completion] = []
    for owner, accounts in to_judge.items():
        if owner.pk in with_sessions:
            with suppress(UnavailableError, OriginOwner.DoesNotExist):
                completions += _judge_locked(owner, accounts)
    return completions


@retried
def _judge_locked(owner: OriginOwner, accounts: Sequence[LinkedAccount]) -> list[Completion]:
    with owner_lock(owner):
        return _judge(owner, accounts)
