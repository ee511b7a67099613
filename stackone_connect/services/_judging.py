"""Sessions judged owner by owner, after the accounts of many owners were written.

Until an account is judged, its row says so: a process that is killed in between, or that has waited
for an owner's lock in vain, leaves it to the next event, sync or poll.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import FINISHED_WITHIN
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.judged import facts_of
from stackone_connect.models.transactions import owner_lock, retried, update
from stackone_connect.services import _outcomes
from stackone_connect.services._outcomes import Completion

#: Accounts whose sessions are asked for at once: each is looked for in three columns and by its
#: times, so that a query of many would be a long one.
_AT_ONCE = 150
#: Accounts left unjudged that one poll judges, once nobody else can still be about to.
_LEFT_AT_ONCE = 1_000
_LEFT_FOR = timedelta(minutes=1)


def with_sessions(keys: Collection[int]) -> set[int]:
    """Those of these owners that have any session: accounts of the others need no judging."""
    sessions = ConnectSession.objects.filter(owner=OuterRef("pk"))
    return _keys(OriginOwner.objects.filter(Exists(sessions), pk__in=keys))


def judge_left(
    owner: OriginOwner | None = None, *, deadline: Deadline | None = None
) -> list[Completion]:
    """Judge what a sync has written and not judged, of one owner or of all."""
    rows = LinkedAccount.objects.unjudged().filter(fetched_at__lt=clock.now() - _LEFT_FOR)
    if owner is not None:
        rows = rows.of(owner)
    left = rows.select_related("owner").order_by("owner", "pk")[:_LEFT_AT_ONCE]
    return judge_apart(left, deadline=deadline)


def judge_apart(
    unjudged: Iterable[LinkedAccount], *, deadline: Deadline | None = None
) -> list[Completion]:
    """Judge owner by owner: what one has to be judged keeps no other waiting.

    What can't be judged, because others write of the owner, stays unjudged: until the ``deadline``
    of somebody who waits, else for ``DEADLINE`` seconds each.
    """
    to_judge: dict[OriginOwner, list[LinkedAccount]] = defaultdict(list)
    for row in unjudged:
        to_judge[row.owner].append(row)
    concerned = _owners_with_sessions(to_judge)
    _note_judged(
        row for owner, rows in to_judge.items() for row in rows if owner.pk not in concerned
    )
    completions: list[Completion] = []
    for owner, accounts in to_judge.items():
        if owner.pk in concerned:
            with suppress(UnavailableError, OriginOwner.DoesNotExist):
                completions += _judge_locked(owner, [row.pk for row in accounts], deadline=deadline)
    return completions


def _note_judged(rows: Iterable[LinkedAccount]) -> None:
    """Without a lock: of a row that was written anew meanwhile, nothing is noted."""
    by_number: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_number[row.fetched_number].append(row.pk)
    for number, keys in by_number.items():
        same = LinkedAccount.objects.filter(pk__in=keys, fetched_number=number)
        with suppress(UnavailableError):
            update(same, is_judged=True)


def _owners_with_sessions(
    accounts: Mapping[OriginOwner, Sequence[LinkedAccount]],
) -> set[int]:
    """The keys of those owners of whose sessions any could be about one of the accounts."""
    found: set[int] = set()
    batch: dict[int, Sequence[LinkedAccount]] = {}
    for owner, rows in accounts.items():
        if sum(map(len, batch.values())) + len(rows) > _AT_ONCE:
            found |= _concerned(batch)
            batch = {}
        batch[owner.pk] = rows
    return found | _concerned(batch)


def _concerned(accounts: Mapping[int, Sequence[LinkedAccount]]) -> set[int]:
    rows = [row for of_owner in accounts.values() for row in of_owner]
    if len(rows) > _AT_ONCE:
        return set(accounts)  # of one owner
    times = {moment for row in rows for moment in facts_of(row).moments}
    bearing = ConnectSession.objects.filter(owner=OuterRef("pk")).bearing_on(
        {row.account_id for row in rows}, times=times, grace=FINISHED_WITHIN
    )
    owners = OriginOwner.objects.filter(Exists(bearing), pk__in=accounts)
    return _keys(owners) if rows else set()


def _keys(owners: QuerySet[OriginOwner]) -> set[int]:
    return set(owners.values_list("pk", flat=True))


@retried
def _judge_locked(
    owner: OriginOwner, keys: Sequence[int], *, deadline: Deadline | None
) -> list[Completion]:
    with owner_lock(owner, deadline=deadline):
        # Read again: they may have been written anew since, and be judged already.
        rows = LinkedAccount.objects.of(owner).unjudged().filter(pk__in=keys)
        accounts = list(rows.connected())
        for account in accounts:
            account.owner = owner
        completions = _outcomes.judge(owner, accounts) if accounts else []
        rows.update(is_judged=True)
        return completions
