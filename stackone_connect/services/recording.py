"""The one door: what StackOne answered about accounts is written down here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was learned of a session together with an account: judged in the same transaction."""

    session: ConnectSession
    attempt: ConnectionAttempt | None = None
    claimed_account_id: str = ""


def record(
    *,
    owner: OriginOwner,
    asked_at: datetime,
    present: Sequence[AccountSnapshot] = (),
    missing: Collection[str] = (),
    evidence: Evidence | None = None,
) -> None:
    """Write down what StackOne answered about an owner's accounts, and judge its sessions.

    ``asked_at`` is when StackOne was asked (our clock, before the call): an answer asked for before
    the one on record is dropped. ``missing`` are ids that StackOne answered 404 for. An account
    that StackOne says belongs to another owner is disconnected here, and made there if we have
    that owner. Signals go out after commit. Holds no transaction around anything but rows.
    """
    own = [s for s in present if s.origin_owner_id == owner.origin_owner_id]
    moved_away = [s for s in present if s.origin_owner_id != owner.origin_owner_id]
    gone = {*missing, *(s.account_id for s in moved_away)}
    _write(owner, asked_at, present=own, gone=gone, evidence=evidence)
    for snapshot in moved_away:
        now_with = OriginOwner.objects.filter(origin_owner_id=snapshot.origin_owner_id).first()
        if now_with is not None:
            _write(now_with, asked_at, present=[snapshot])


@dataclass
class _Changes:
    """What a recording changed, to be told after commit."""

    told: list[tuple[Signal, LinkedAccount]] = field(default_factory=list)
    touched: list[LinkedAccount] = field(default_factory=list)


def _write(
    owner: OriginOwner,
    asked_at: datetime,
    *,
    present: Sequence[AccountSnapshot],
    gone: Collection[str] = (),
    evidence: Evidence | None = None,
) -> None:
    changes = _Changes()
    with owner_lock(owner):
        if evidence is not None:
            _write_evidence(evidence)
        named = {*(s.account_id for s in present), *gone}
        known = LinkedAccount.objects.of(owner).filter(account_id__in=named)
        rows = {row.account_id: row for row in known}
        for snapshot in present:
            row = rows.get(snapshot.account_id)
            row = row or LinkedAccount(owner=owner, account_id=snapshot.account_id)
            _write_present(row, snapshot, asked_at, changes)
        for row in (rows[name] for name in gone if name in rows):
            _write_gone(row, asked_at, changes)
        completions = outcomes.settle(owner, changes.touched)
    announcements.announce(owner, changes.told, completions)


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
    if facts:
        rows.update(**facts)
    claimed = evidence.claimed_account_id
    if claimed:
        # Not over a completion that another worker has just written.
        rows.filter(account_id__in=["", claimed]).exclude(claimed_account_id=claimed).update(
            claimed_account_id=claimed, claimed_at=clock.now()
        )


def _write_present(
    row: LinkedAccount, snapshot: AccountSnapshot, asked_at: datetime, changes: _Changes
) -> None:
    # Touched even when the answer is dropped: a claim may have come with it.
    changes.touched.append(row)
    was_known = row.pk is not None
    if was_known and asked_at < row.asked_at:
        return
    was_connected = was_known and row.disconnected_at is None
    needed_reconnect = was_known and row.needs_reconnect
    before = _described(row)
    _describe(row, snapshot, asked_at)
    row.save()
    if not was_connected:
        changes.told.append((signals.account_linked, row))
    elif _described(row) != before:
        changes.told.append((signals.account_updated, row))
    if row.needs_reconnect and not needed_reconnect:
        changes.told.append((signals.account_needs_reconnect, row))


def _write_gone(row: LinkedAccount, asked_at: datetime, changes: _Changes) -> None:
    changes.touched.append(row)
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


def _describe(row: LinkedAccount, snapshot: AccountSnapshot, asked_at: datetime) -> None:
    for name in _DESCRIPTION:
        setattr(row, name, getattr(snapshot, name))
    row.stackone_created_at = snapshot.created_at or row.stackone_created_at
    row.stackone_updated_at = snapshot.updated_at or row.stackone_updated_at
    row.disconnected_at = None
    row.asked_at = asked_at


def _described(row: LinkedAccount) -> tuple[object, ...]:
    described = tuple(getattr(row, name) for name in _DESCRIPTION)
    return (*described, row.stackone_created_at, row.stackone_updated_at)
