"""The rows of accounts, read and written under their owners' lock, and whether any session is about
them.

An account by itself is what an event and a completion are about, so its statements are compiled
once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.models import F, Func, IntegerField, Q, QuerySet, Subquery

from stackone_connect.entities import FINISHED_WITHIN, News
from stackone_connect.models.accounts import LinkedAccount
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.sessions import ConnectSession, ConnectSessionQuerySet
from stackone_connect.models.statements import Parameter, Select
from stackone_connect.models.transactions import database

#: With more accounts at once it costs less to read their sessions than to ask if there are any.
MOST_ASKED = 50
#: Before any session.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)

_ACCOUNT = [field.attname for field in LinkedAccount._meta.concrete_fields]
_OWNER = [field.attname for field in OriginOwner._meta.concrete_fields]


def of_project(project: str, account_ids: Collection[str]) -> list[LinkedAccount]:
    """Those of whatever owner of a StackOne project, with their owners."""
    if len(account_ids) != 1:
        rows = LinkedAccount.objects.filter(account_id__in=account_ids, owner__project=project)
        are_few = len(account_ids) <= MOST_ASKED
        return list(rows.select_related("owner")) if are_few else _with_owners(list(rows))
    alias = database()
    [account_id] = account_ids
    read = _one(alias).read(alias, {"project": project, "account_id": account_id})
    return [_row(columns, alias) for columns in read]


def _with_owners(rows: list[LinkedAccount]) -> list[LinkedAccount]:
    """With each owner read once, however many of these accounts it has."""
    owners = OriginOwner.objects.in_bulk({row.owner_id for row in rows})
    for row in rows:
        row.owner = owners[row.owner_id]
    return rows


def _row(columns: list[Any], alias: str) -> LinkedAccount:
    row = LinkedAccount.from_db(alias, _ACCOUNT, columns[: len(_ACCOUNT)])
    row.owner = OriginOwner.from_db(alias, _OWNER, columns[len(_ACCOUNT) :])
    return row


@lru_cache
def _one(alias: str) -> Select:
    account_id = Parameter("account_id", LinkedAccount._meta.get_field("account_id"))
    project = Parameter("project", OriginOwner._meta.get_field("project"))
    rows = LinkedAccount.objects.filter(account_id=account_id, owner__project=project).order_by()
    columns = (*_ACCOUNT, *(f"owner__{name}" for name in _OWNER))
    return Select(rows.values_list(*columns), alias)


def create(rows: Collection[LinkedAccount]) -> None:
    """Insert rows, which have their keys then on every database: MySQL returns none."""
    made = LinkedAccount.objects.bulk_create(rows)
    if not made or connections[database()].features.can_return_rows_from_bulk_insert:
        return
    found = LinkedAccount.objects.filter(
        owner__in={row.owner_id for row in made}, account_id__in=[row.account_id for row in made]
    )
    keys = {(owner, name): pk for owner, name, pk in found.values_list("owner", "account_id", "pk")}
    for row in made:
        row.pk = keys[row.owner_id, row.account_id]


def overwrite(rows: Collection[LinkedAccount], columns: Collection[str]) -> None:
    """Write these columns of many rows by one statement."""
    features = connections[database()].features
    # MariaDB and MySQL take every unique key, and this is the only one beside the primary key.
    target = ["owner", "account_id"] if features.supports_update_conflicts_with_target else None
    LinkedAccount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=target, update_fields=columns
    )


# --- Their sessions ------------------------------------------------------------------------------


def concern_sessions(rows: Sequence[LinkedAccount], news: Sequence[News]) -> bool:
    """Whether any session of their owners may read otherwise by what each of these rows says."""
    if len(rows) > MOST_ASKED:
        return True
    if len(rows) == 1:
        return _one_concerns(rows[0], news[0])
    since = min(said.since or _EVER for said in news)
    times = {time for said in news for time in said.times}
    sessions = ConnectSession.objects.filter(owner__in={row.owner_id for row in rows})
    named = sessions.bearing_on([row.account_id for row in rows], times=(), grace=FINISHED_WITHIN)
    near = sessions.bearing_on((), times=times, grace=FINISHED_WITHIN)
    owner = OriginOwner.objects.filter(pk=rows[0].owner_id)
    return any(_numbers(owner, _not_over(named, since), near).get())


def _one_concerns(row: LinkedAccount, said: News) -> bool:
    alias = database()
    first, last = min(said.times, default=_EVER), max(said.times, default=_EVER)
    values = {
        "key": row.owner_id,
        "account_id": row.account_id,
        "since": said.since or _EVER,
        "first": first,
        "before_first": first - FINISHED_WITHIN,
        "last": last,
        "before_last": last - FINISHED_WITHIN,
    }
    [counted] = _concerning(alias).read(alias, values)
    return any(counted)


@lru_cache
def _concerning(alias: str) -> Select:
    account_id: Any = Parameter("account_id", LinkedAccount._meta.get_field("account_id"))
    key = Parameter("key", OriginOwner._meta.pk)
    field = ConnectSession._meta.get_field("stackone_created_at")
    since: Any = Parameter("since", field)
    sessions = ConnectSession.objects.filter(owner=key)
    was_open = Q()
    for time in ("first", "last"):
        was_open |= Q(
            stackone_created_at__lte=Parameter(time, field),
            stackone_expires_at__gte=Parameter(f"before_{time}", field),
        )
    named = sessions.bearing_on([account_id], times=(), grace=FINISHED_WITHIN)
    near = sessions.naming_none(but_for=(), grace=FINISHED_WITHIN).filter(was_open)
    owner = OriginOwner.objects.filter(pk=key)
    return Select(_numbers(owner, _not_over(named, since), near), alias)


def _not_over(sessions: ConnectSessionQuerySet, since: datetime) -> ConnectSessionQuerySet:
    """Those that were open then or later, or of which anything was heard then or later."""
    return sessions.filter(
        Q(stackone_expires_at__gte=since) | Q(attempt_at__gte=since) | Q(claimed_at__gte=since)
    )


def _numbers(owner: QuerySet[OriginOwner], *sessions: ConnectSessionQuerySet) -> Any:
    """How many there are: few. That there is one, PostgreSQL would look for among all sessions."""
    number = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return owner.order_by().values_list(
        *(Subquery(each.order_by().annotate(number=number).values("number")) for each in sessions)
    )
