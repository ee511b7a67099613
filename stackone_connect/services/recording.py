"""The one door: what StackOne answered about accounts is written down here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.dispatch import Signal

from stackone_connect import clock, signals
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
)
from stackone_connect.services import announcements, outcomes
from stackone_connect.services.transactions import owner_lock

#: The fields that a snapshot and a row have in common.
_DESCRIPTION = (
    "provider",
    "provider_name",
    "type",
    "status",
    "status_reasons",
    "origin_owner_name",
    "origin_username",
    "label",
    "categories",
)

#: The columns that change when StackOne says something else of an account.
DESCRIBED_COLUMNS = (
    *_DESCRIPTION,
    "stackone_created_at",
    "stackone_updated_at",
    "disconnected_at",
    "asked_at",
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was learned of a session together with an account: judged in the same transaction."""

    session: ConnectSession
    attempt: ConnectionAttempt | None = None
    claimed_account_id: str = ""

    def account_ids(self) -> set[str]:
        """The accounts that must be judged again with it."""
        named = self.attempt.account_id if self.attempt else ""
        return {named, self.claimed_account_id, self.session.account_id}


def record(
    *,
    owner: OriginOwner,
    asked_at: datetime,
    present: Sequence[AccountSnapshot] = (),
    missing: Collection[str] = (),
    evidence: Sequence[Evidence] = (),
    event_dates: Mapping[str, datetime] | None = None,
) -> None:
    """Write down what StackOne answered about an owner's accounts, and judge its sessions.

    ``asked_at`` is when StackOne was asked (our clock, before the call): an answer asked for before
    the one on record is dropped. ``missing`` are ids that StackOne answered 404 for. An account
    that StackOne says belongs to another owner is disconnected here, and made there if we have
    that owner. ``evidence`` is what was learned of sessions at the same time, ``event_dates`` the
    dates of verified update events by account. Signals go out after commit.
    """
    own = [s for s in present if s.origin_owner_id == owner.origin_owner_id]
    moved_away = [s for s in present if s.origin_owner_id != owner.origin_owner_id]
    gone = {*missing, *(s.account_id for s in moved_away)}
    _write(owner, asked_at, present=own, gone=gone, evidence=evidence, event_dates=event_dates)
    for snapshot in moved_away:
        now_with = OriginOwner.objects.filter(origin_owner_id=snapshot.origin_owner_id).first()
        if now_with is not None:
            _write(now_with, asked_at, present=[snapshot])


@dataclass
class Changes:
    """What a recording changed, to be told after commit."""

    told: list[tuple[Signal, LinkedAccount]] = field(default_factory=list)

    def note(self, row: LinkedAccount, *, was_connected: bool, needed_reconnect: bool) -> None:
        """A row that now says something else than before."""
        if not was_connected:
            self.told.append((signals.account_linked, row))
        else:
            self.told.append((signals.account_updated, row))
        if row.needs_reconnect and not needed_reconnect:
            self.told.append((signals.account_needs_reconnect, row))


def _write(
    owner: OriginOwner,
    asked_at: datetime,
    *,
    present: Sequence[AccountSnapshot],
    gone: Collection[str] = (),
    evidence: Sequence[Evidence] = (),
    event_dates: Mapping[str, datetime] | None = None,
) -> None:
    changes = Changes()
    with owner_lock(owner):
        for one in evidence:
            _write_evidence(one)
        bearing = {name for one in evidence for name in one.account_ids() if name}
        named = {*(s.account_id for s in present), *gone, *bearing}
        known = LinkedAccount.objects.of(owner).filter(account_id__in=named)
        rows = {row.account_id: row for row in known}
        for snapshot in present:
            row = rows.get(snapshot.account_id)
            row = row or LinkedAccount(owner=owner, account_id=snapshot.account_id)
            rows[snapshot.account_id] = row
            _write_present(row, snapshot, asked_at, changes)
            _write_event_date(row, (event_dates or {}).get(snapshot.account_id))
        for row in (rows[name] for name in gone if name in rows):
            _write_gone(row, asked_at, changes)
        completions = outcomes.settle(owner, rows.values())
    announcements.announce(changes.told, completions)


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


def _write_present(
    row: LinkedAccount, snapshot: AccountSnapshot, asked_at: datetime, changes: Changes
) -> None:
    is_new = row.pk is None
    if describe(row, snapshot, asked_at, changes) is not None:
        # Not a wish to disconnect, which may be noted at this very moment.
        row.save(update_fields=None if is_new else DESCRIBED_COLUMNS)


def describe(
    row: LinkedAccount, snapshot: AccountSnapshot, asked_at: datetime, changes: Changes
) -> bool | None:
    """Put on the row what StackOne says of it, unsaved; whether it says anything new.

    ``None`` when newer news is on the row already: then it is left as it is.
    """
    was_known = row.pk is not None
    if was_known and asked_at < row.asked_at:
        return None
    was_connected = was_known and row.disconnected_at is None
    needed_reconnect = was_known and row.needs_reconnect
    before = _described(row)
    for name in _DESCRIPTION:
        setattr(row, name, getattr(snapshot, name))
    row.stackone_created_at = snapshot.created_at or row.stackone_created_at
    row.stackone_updated_at = snapshot.updated_at or row.stackone_updated_at
    row.disconnected_at = None
    row.asked_at = asked_at
    is_news = not was_connected or _described(row) != before
    if is_news:
        changes.note(row, was_connected=was_connected, needed_reconnect=needed_reconnect)
    return is_news


def _write_event_date(row: LinkedAccount, event_date: datetime | None) -> None:
    if event_date is not None and (row.event_at is None or row.event_at < event_date):
        row.event_at = event_date
        row.save(update_fields=["event_at"])


def _write_gone(row: LinkedAccount, asked_at: datetime, changes: Changes) -> None:
    if asked_at < row.asked_at:
        return
    row.asked_at = asked_at
    if row.disconnected_at is None:
        row.disconnected_at = clock.now()
        changes.told.append((signals.account_disconnected, row))
    row.disconnect_requested_at = row.next_disconnect_at = None
    row.save(
        update_fields=[
            "asked_at",
            "disconnected_at",
            "disconnect_requested_at",
            "next_disconnect_at",
        ]
    )


def _described(row: LinkedAccount) -> tuple[object, ...]:
    described = tuple(getattr(row, name) for name in _DESCRIPTION)
    return (*described, row.stackone_created_at, row.stackone_updated_at)
