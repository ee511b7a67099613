"""The door, for a sweep: many owners' accounts in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stackone_connect.choices import SessionStatus
from stackone_connect.entities import AccountSnapshot
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import announcements, outcomes
from stackone_connect.services.recording import DESCRIBED_COLUMNS, Changes, describe
from stackone_connect.services.transactions import owners_lock


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many accounts were of owners that we don't have, and how many differed from our rows."""

    foreign: int
    repaired: int


def record_many(*, present: Sequence[AccountSnapshot], asked_at: datetime) -> Tally:
    """Write down a batch of StackOne's answers, as ``record`` does for one owner.

    Costs up to seven queries however long the batch is, and a few more for each owner that has
    sessions and accounts that are new or changed. An account that has moved here from
    another owner is made here; the other's row is found absent by the sweep.
    """
    named = {snapshot.origin_owner_id for snapshot in present}
    changes = Changes()
    with owners_lock(named):
        ours = _with_rows(present)
        news, level = [], []
        for row, snapshot in ours:
            is_news = describe(row, snapshot, asked_at, changes)
            if is_news:
                news.append(row)
            elif is_news is not None:
                level.append(row.pk)
        LinkedAccount.objects.filter(pk__in=level).update(asked_at=asked_at)
        LinkedAccount.objects.bulk_create(
            news,
            update_conflicts=True,
            unique_fields=["owner", "account_id"],
            update_fields=DESCRIBED_COLUMNS,
        )
        completions = _settle(news)
    announcements.announce(changes.told, completions)
    return Tally(foreign=len(present) - len(ours), repaired=len(news))


def _with_rows(
    present: Sequence[AccountSnapshot],
) -> list[tuple[LinkedAccount, AccountSnapshot]]:
    """The snapshots of owners that we have, each with its row, new or known."""
    by_key = {(s.origin_owner_id, s.account_id): s for s in present}
    known = LinkedAccount.objects.filter(
        account_id__in={account_id for _, account_id in by_key},
        owner__origin_owner_id__in={owner_id for owner_id, _ in by_key},
    ).select_related("owner")
    paired = []
    for row in known:
        snapshot = by_key.pop((row.owner.origin_owner_id, row.account_id), None)
        if snapshot is not None:
            paired.append((row, snapshot))
    if by_key:
        wanted = {owner_id for owner_id, _ in by_key}
        owners = {
            owner.origin_owner_id: owner
            for owner in OriginOwner.objects.filter(origin_owner_id__in=wanted)
        }
        paired += [
            (LinkedAccount(owner=owners[owner_id], account_id=account_id), snapshot)
            for (owner_id, account_id), snapshot in by_key.items()
            if owner_id in owners
        ]
    return paired


def _settle(news: Iterable[LinkedAccount]) -> list[outcomes.Completion]:
    """Judge the sessions of the owners that have any, owner by owner."""
    rows: dict[OriginOwner, list[LinkedAccount]] = {}
    for row in news:
        rows.setdefault(row.owner, []).append(row)
    with_sessions = set(
        ConnectSession.objects.filter(
            owner__in=rows, status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED]
        ).values_list("owner", flat=True)
    )
    return [
        completion
        for owner, own in rows.items()
        if owner.pk in with_sessions
        for completion in outcomes.settle(owner, own)
    ]
