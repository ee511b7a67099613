"""An organization's owner, and what of its live accounts a session's path depends on: one query.

An owner with thousands of accounts costs no more than one with a few.
"""

from __future__ import annotations

from functools import lru_cache

from django.db import connections, models
from django.db.models import (
    CharField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from stackone_connect import conf
from stackone_connect.entities import LiveAccount
from stackone_connect.models.accounts import LinkedAccount
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.statements import Parameter, Select

_OWNER = [field.attname for field in OriginOwner._meta.concrete_fields]
#: The types, as they are stored, of the accounts of each project that are ours.
_Types = tuple[tuple[str, tuple[str, ...]], ...]


def with_owner(
    *, organization: models.Model, provider: str = "", any_one: bool = False
) -> tuple[OriginOwner | None, list[LiveAccount]]:
    """The owner, and its live accounts of our type as far as they matter.

    With a ``provider`` one account of that provider, of the owner's own name where any has it;
    else the accounts by their categories alone, those that do not differ once, or with ``any_one``
    at most one where there may be many.
    """
    alias = OriginOwner.objects.all().db
    types = tuple((project.name, project.our_types) for project in conf.projects().values())
    values = {"organization": organization.pk, "provider": provider}
    if provider:
        rows = _with_name(alias, types).read(alias, values)
    else:
        rows = _with_categories(alias, types, is_one_enough=any_one).read(alias, values)
    if not rows:
        return None, []
    owner = OriginOwner.from_db(alias, _OWNER, rows[0][: len(_OWNER)])
    our_types = conf.project(owner.project).our_types
    found = [row[len(_OWNER) :] for row in rows]
    if provider:
        [[name]] = found
        live = LiveAccount(provider=provider, origin_owner_name=name or "")
        return owner, [live] if name is not None else []
    return owner, [LiveAccount(categories=told) for kind, told in found if kind in our_types]


@lru_cache
def _with_name(alias: str, types: _Types) -> Select:
    """With the owner's name of the first account of the provider that is found: to look at all of
    them takes as long as there are many."""
    provider = Parameter("provider", LinkedAccount._meta.get_field("provider"))
    ours = Q()
    for project, of_it in types:
        ours |= Q(of_project=project, type__in=of_it)
    accounts = (
        LinkedAccount.objects.alias(
            of_project=ExpressionWrapper(OuterRef("project"), CharField()),
        )
        .filter(ours, owner=OuterRef("pk"), provider=provider, disconnected_at=None)
        .order_by()
    )
    of_its_name = accounts.alias(exactly=_exactly(F("origin_owner_name"), alias)).filter(
        exactly=_exactly(OuterRef("origin_owner_name"), alias)
    )
    own = of_its_name.values("origin_owner_name")[:1]
    another = accounts.values("origin_owner_name")[:1]
    name = Coalesce(Subquery(own), Subquery(another))
    return Select(_owner(alias).values_list(*_OWNER, name), alias)


def _exactly(name: F, alias: str) -> F | Func:
    """A name as it is compared character by character: MariaDB and MySQL take some that differ, in
    case or in an accent, for equal."""
    if connections[alias].vendor != "mysql":
        return name
    return Func(name, function="HEX", output_field=CharField())


@lru_cache
def _with_categories(alias: str, types: _Types, *, is_one_enough: bool) -> Select:
    """With the type and the categories of its accounts."""
    kinds = {kind for _, of_it in types for kind in of_it}
    condition = Q(accounts__disconnected_at=None, accounts__type__in=sorted(kinds))
    rows = _owner(alias).annotate(live=FilteredRelation("accounts", condition=condition))
    rows = rows.values_list(*_OWNER, "live__type", "live__categories")
    # Of several projects, one account may be of another's type.
    one = is_one_enough and len(types) == 1
    return Select(rows[:1] if one else rows.distinct(), alias)


def _owner(alias: str) -> QuerySet[OriginOwner]:
    key = OriginOwner._meta.get_field("organization").target_field
    return OriginOwner.objects.using(alias).filter(organization=Parameter("organization", key))
