"""Sessions judged owner by owner, after the accounts of many owners were written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from django.db.models import Exists, OuterRef, QuerySet

from stackone_connect.entities import FINISHED_WITHIN
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.judged import facts_of
from stackone_connect.models.transactions import owner_lock, retried
from stackone_connect.services import _outcomes
from stackone_connect.services._outcomes import Completion

#: Accounts whose sessions are asked for at once. Old releases of SQLite take no more than 999
#: parameters, and each account is looked for in three columns and has an owner.
_AT_ONCE = 150


def judge_apart(news: Iterable[LinkedAccount]) -> list[Completion]:
    """Judge owner by owner: what one has to be judged keeps no other waiting.

    What can't be judged, because others write of the owner, is judged with its next news, or by
    polling.
    """
    to_judge: dict[OriginOwner, list[LinkedAccount]] = defaultdict(list)
    for row in news:
        to_judge[row.owner].append(row)
    # Asked first, since it costs little: accounts from before this app have no session.
    sessions = ConnectSession.objects.filter(owner=OuterRef("pk"))
    owners = OriginOwner.objects.filter(Exists(sessions), pk__in=[owner.pk for owner in to_judge])
    connecting = _keys(owners)
    to_judge = {owner: rows for owner, rows in to_judge.items() if owner.pk in connecting}
    with_sessions = _owners_with_sessions(to_judge)
    completions: list[Completion] = []
    for owner, accounts in to_judge.items():
        if owner.pk in with_sessions:
            with suppress(UnavailableError, OriginOwner.DoesNotExist):
                completions += _judge_locked(owner, accounts)
    return completions


def _owners_with_sessions(
    accounts: Mapping[OriginOwner, Sequence[LinkedAccount]],
) -> set[int]:
    """The keys of those owners of whose sessions any could be about one of the accounts."""
    found: set[int] = set()
    batch: dict[int, Sequence[LinkedAccount]] = {}
    for owner, rows in accounts.items():
        if sum(map(len, batch.values())) + len(rows) > _AT_ONCE:
            found |= _with_sessions(batch)
            batch = {}
        batch[owner.pk] = rows
    return found | _with_sessions(batch)


def _with_sessions(accounts: Mapping[int, Sequence[LinkedAccount]]) -> set[int]:
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
def _judge_locked(owner: OriginOwner, accounts: Sequence[LinkedAccount]) -> list[Completion]:
    with owner_lock(owner):
        return _outcomes.judge(owner, accounts)
