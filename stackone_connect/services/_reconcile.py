"""The one writer of linked accounts and outcomes: StackOne's answers against our rows.

A batch is the normal case, and one account the smallest batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from stackone_connect import clock, conf
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt, Fetch
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.transactions import owners_lock, retried
from stackone_connect.services import _judging, _notifications, _outcomes
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
def reconcile(  # noqa: PLR0913 - all by keyword
    *,
    project: str,
    fetch: Fetch,
    present: Collection[AccountSnapshot] = (),
    missing: Collection[str] = (),
    evidence: Sequence[Evidence] = (),
    event_dates: Mapping[str, datetime] | None = None,
    from_sweep: bool = False,
    judges_unchanged: bool = False,
    owner_keys: Mapping[str, int] | None = None,
    deadline: Deadline | None = None,
) -> Reconciled:
    """Write down what StackOne answered about accounts of a project, and judge their sessions.

    ``fetch`` was taken before StackOne was asked: an answer asked for before the one on record is
    dropped. ``missing`` are ids that StackOne answered 404 for.
    ``evidence`` is what was learned of sessions at the same time, ``event_dates`` the dates of
    verified update events by account. ``owner_keys`` are the keys of those owners that we have of
    all that StackOne named, where the caller knows them: then they are not asked for.

    An account is connected for the one owner that StackOne names, if we have that owner and the
    account is of our type; for any other owner its row is disconnected. Where it is for none of
    ours, an answer ``from_sweep`` changes nothing: a sweep asks for those one by one. Sessions are
    judged by the accounts that say anything new; by all of them where there is ``evidence``, and
    where ``judges_unchanged`` asks for it. Those of a sweep are judged afterwards, owner by owner.
    Signals go out after commit. Of an owner that was erased meanwhile nothing is written. A session
    that was claimed reads afterwards as the facts have it.

    Waits for other workers that write of the same owners until ``deadline`` (default: ``DEADLINE``
    seconds from now), then raises :class:`UnavailableError`; nothing is written then, and calling
    it again is right. The number of queries does not depend on how many accounts there are, but for
    a few for each owner whose sessions are judged.
    """
    batch = _Batch(
        project=project,
        fetch=fetch,
        snapshots={snapshot.account_id: snapshot for snapshot in present},
        missing=missing,
        evidence=evidence,
        event_dates=event_dates or {},
        from_sweep=from_sweep,
        judges_unchanged=judges_unchanged,
    )
    keys = batch.named_owners(owner_keys) or batch.holders()
    if not keys:
        return Reconciled(foreign=len(batch.snapshots), repaired=0, disconnected=0)
    while others := batch.write(keys, deadline):
        # They have rows of the accounts, of which the answers say otherwise.
        keys |= others
    if batch.records.unjudged:
        batch.completions += _judging.judge_apart(batch.records.unjudged)
    _notifications.emit(batch.records.emitted, batch.completions)
    return Reconciled(
        foreign=batch.records.foreign,
        repaired=len(batch.records.news),
        disconnected=batch.records.disconnected,
        outdated=batch.records.outdated,
    )


@dataclass(kw_only=True)
class _Batch:
    """What StackOne answered about some accounts, and what becomes of it."""

    project: str
    fetch: Fetch
    snapshots: Mapping[str, AccountSnapshot]
    missing: Collection[str]
    evidence: Sequence[Evidence]
    event_dates: Mapping[str, datetime]
    from_sweep: bool
    judges_unchanged: bool
    records: AccountRecords = field(init=False)
    completions: list[Completion] = field(default_factory=list)

    def __post_init__(self) -> None:
        is_ours = conf.project(self.project).is_ours
        found = self.snapshots.values()
        #: The owner that StackOne names, of each account that is of our type.
        self.owner_of = {s.account_id: s.origin_owner_id for s in found if is_ours(s.type)}
        proven = {name for one in self.evidence for name in _accounts_named(one)}
        self.named = {*self.snapshots, *self.missing, *proven}
        #: The owners of sessions that something was learned of.
        self.asked = {one.session.owner_id for one in self.evidence}

    def named_owners(self, owner_keys: Mapping[str, int] | None) -> set[int]:
        """The keys of the owners that StackOne and the evidence name, as far as we have them."""
        names = set(self.owner_of.values())
        if owner_keys is None:
            rows = OriginOwner.objects.filter(project=self.project)
            named = Q(origin_owner_id__in=names) | Q(pk__in=self.asked)
            return set(rows.filter(named).values_list("pk", flat=True))
        keys = {owner_keys[name] for name in names if name in owner_keys}
        return keys | self.asked

    def holders(self) -> set[int]:
        """The keys of the owners that have rows of the accounts."""
        rows = LinkedAccount.objects.filter(owner__project=self.project)
        return set(rows.filter(account_id__in=self.named).values_list("owner", flat=True))

    def write(self, keys: set[int], deadline: Deadline | None) -> set[int]:
        """Write it down under the lock of these owners. Where others have rows of the accounts:
        those, and nothing was written."""
        with owners_lock(keys, deadline=deadline) as locked:
            evidence = [one for one in self.evidence if one.session.owner_id in locked]
            apart = _judging.with_sessions(locked) if self.from_sweep else None
            self.records = rows = AccountRecords(self.fetch, apart)
            if others := rows.read(self.project, self.named, keys=locked):
                return others
            owners = rows.owners_by_name
            for account_id, snapshot in self.snapshots.items():
                owner = owners.get(self.owner_of.get(account_id, ""))
                if owner is not None or not self.from_sweep:
                    rows.gone(account_id, but_for=owner)
                rows.present(snapshot, owner, self.event_dates.get(account_id))
            for account_id in self.missing:
                rows.gone(account_id)
            rows.save()
            settled = _settled_with(evidence)
            for one in evidence:
                _write_evidence(one)
            if not self.from_sweep:
                # What was learned of a session may say something of each account.
                every = self.judges_unchanged or bool(evidence)
                to_judge = rows.seen if every else rows.to_judge()
                for owner, accounts in self._to_judge(to_judge, evidence, settled).items():
                    self.completions += _outcomes.judge(owner, accounts)
            _refresh_claimed(evidence)
        return set()

    def _to_judge(
        self,
        accounts: Iterable[LinkedAccount],
        evidence: Iterable[Evidence],
        settled: Mapping[Hashable, str],
    ) -> dict[OriginOwner, list[LinkedAccount]]:
        """These and all other accounts whose sessions may read otherwise now, by owner.

        That an account is gone proves nothing about a session.
        """
        to_judge: dict[OriginOwner, dict[str, LinkedAccount]] = defaultdict(dict)
        for row in accounts:
            to_judge[row.owner][row.account_id] = row
        for one in evidence:
            owner = self.records.owners[one.session.owner_id]
            for account_id in _accounts_named(one):
                known = self.records.by_account[account_id].get(owner.pk)
                if known is not None:
                    to_judge[owner][account_id] = known
            guessed = settled.get(one.session.pk)
            if guessed is not None and guessed not in self.named:
                for known in LinkedAccount.objects.of(owner).filter(account_id=guessed):
                    to_judge[owner][guessed] = known
        return {owner: list(rows.values()) for owner, rows in to_judge.items()}


def _settled_with(evidence: Collection[Evidence]) -> dict[Hashable, str]:
    """The accounts that the sessions are settled with as it stands: another worker may have guessed
    one since they were read."""
    if not evidence:
        return {}
    rows = ConnectSession.objects.filter(pk__in=[one.session.pk for one in evidence])
    return dict(rows.exclude(account_id="").values_list("pk", "account_id"))


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
