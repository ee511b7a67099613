"""The rows of accounts, read under their owners' lock, and whether any session is about them.

An account by itself is what an event and a completion are about, so its statement is compiled once.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Func, IntegerField, Q, Subquery

from stackone_connect.entities import FINISHED_WITHIN
from stackone_connect.models.accounts import LinkedAccount
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.sessions import ConnectSession, ConnectSessionQuerySet
from stackone_connect.models.statements import Parameter, Select
from stackone_connect.models.transactions import database

#: With more accounts at once it costs less to read their sessions than to ask if there are any.
MOST_ASKED = 50
#: When one account was made, when it moved, and when an event says that it did.
_TIMES = 3

_ACCOUNT = [field.attname for field in LinkedAccount._meta.concrete_fields]
_OWNER = [field.attname for field in OriginOwner._meta.concrete_fields]


def of_project(
    project: str, account_ids: Collection[str], *, keys: Collection[int], times: Set[datetime]
) -> tuple[list[LinkedAccount], bool]:
    """Those of whatever owner of a StackOne project, with their owners; and whether any session of
    the owners with these ``keys`` names one of the accounts, or names none and was open at one of
    the ``times``.

    Where no row is found, it is not known of any session, and ``True``.
    """
    if len(account_ids) == len(keys) == 1 and 0 < len(times) <= _TIMES:
        [account_id], [key] = account_ids, keys
        return _of_one(project, account_id, key, times)
    rows = LinkedAccount.objects.filter(account_id__in=account_ids, owner__project=project)
    if len(account_ids) > MOST_ASKED:
        return _with_owners(list(rows)), True
    sessions = ConnectSession.objects.filter(owner__in=keys).order_by()
    bearing = sessions.bearing_on(account_ids, times=times, grace=FINISHED_WITHIN)
    found: list[Any] = list(rows.select_related("owner").annotate(bears=_number(bearing)))
    return found, any(row.bears for row in found) or not found


def _with_owners(rows: list[LinkedAccount]) -> list[LinkedAccount]:
    """With each owner read once, however many of these accounts it has."""
    owners = OriginOwner.objects.in_bulk({row.owner_id for row in rows})
    for row in rows:
        row.owner = owners[row.owner_id]
    return rows


def _number(sessions: ConnectSessionQuerySet) -> Subquery:
    """How many there are: few. That there is one, PostgreSQL would look for among all sessions."""
    number = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(sessions.order_by().annotate(number=number).values("number"))


def _of_one(
    project: str, account_id: str, key: int, times: Set[datetime]
) -> tuple[list[LinkedAccount], bool]:
    alias = database()
    values: dict[str, object] = {"project": project, "account_id": account_id, "key": key}
    moments = [*times, *times, *times]
    for number in range(_TIMES):
        values[f"until {number}"] = moments[number]
        values[f"since {number}"] = moments[number] - FINISHED_WITHIN
    read = _select(alias).read(alias, values)
    return [_row(columns, alias) for columns in read], not read or bool(read[0][-1])


def _row(columns: list[Any], alias: str) -> LinkedAccount:
    row = LinkedAccount.from_db(alias, _ACCOUNT, columns[: len(_ACCOUNT)])
    row.owner = OriginOwner.from_db(alias, _OWNER, columns[len(_ACCOUNT) : -1])
    return row


@lru_cache
def _select(alias: str) -> Select:
    account_id = Parameter("account_id", LinkedAccount._meta.get_field("account_id"))
    project = Parameter("project", OriginOwner._meta.get_field("project"))
    key = Parameter("key", OriginOwner._meta.pk)
    began = ConnectSession._meta.get_field("stackone_created_at")
    ended = ConnectSession._meta.get_field("stackone_expires_at")
    was_open = Q()
    for number in range(_TIMES):
        was_open |= Q(
            stackone_created_at__lte=Parameter(f"until {number}", began),
            stackone_expires_at__gte=Parameter(f"since {number}", ended),
        )
    sessions = ConnectSession.objects.filter(owner=key).order_by()
    names: Any = [account_id]
    naming = sessions.bearing_on(names, times=(), grace=FINISHED_WITHIN)
    naming_none = sessions.naming_none(but_for=(), grace=FINISHED_WITHIN)
    bears = _number(naming) + _number(naming_none.filter(was_open))
    rows = LinkedAccount.objects.filter(account_id=account_id, owner__project=project).order_by()
    columns = (*_ACCOUNT, *(f"owner__{name}" for name in _OWNER))
    return Select(rows.annotate(bears=bears).values_list(*columns, "bears"), alias)
