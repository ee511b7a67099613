"""What the parts of the page show, read from the services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db import models

from stackone_connect.models import LinkedAccount, LinkedAccountQuerySet
from stackone_connect.pages import wording
from stackone_connect.pages.wording import AccountItem, ActivityLine
from stackone_connect.rules import is_identifier
from stackone_connect.services import accounts, connectors
from stackone_connect.services.activity import Activity

#: Accounts on one page.
PER_PAGE = 20


def account_page(connected: LinkedAccountQuerySet, number: str) -> Page[LinkedAccount]:
    """One page of the connected accounts, those that need reconnecting first.

    A number that is none is the first page, one beyond the end the last.
    """
    return Paginator(connected.broken_first(), PER_PAGE).get_page(number)


def items_of(
    organization: models.Model,
    connected: LinkedAccountQuerySet,
    shown: Iterable[LinkedAccount],
) -> list[AccountItem]:
    """Some of the ``connected`` accounts as rows, each with a name that tells it apart."""
    known = connectors.known(organization=organization)
    shown = list(shown)
    counted = connected.filter(provider__in={account.provider for account in shown})
    several = counted.order_by().values("provider").annotate(number=models.Count("pk"))
    twins = set(several.filter(number__gt=1).values_list("provider", flat=True))
    return [wording.account_item(account, known, twins=twins) for account in shown]


def item_of(organization: models.Model, account: LinkedAccount) -> AccountItem:
    """One account as a row."""
    return items_of(organization, accounts.history(organization=organization), [account])[0]


def activity_lines(organization: models.Model, found: Iterable[Activity]) -> list[ActivityLine]:
    """What happened, as sentences."""
    known = connectors.known(organization=organization)
    return [wording.activity_line(one, known) for one in found]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A system of which accounts are connected already."""

    provider: str
    name: str
    number: int


def taken(organization: models.Model, categories: Sequence[str]) -> list[Taken]:
    """The systems that are connected already, by name.

    Only those that may be in one of the ``categories``, where there are any.
    """
    known = connectors.known(organization=organization)
    number: Counter[str] = Counter()
    names: dict[str, str] = {}
    for account in accounts.history(organization=organization):
        if not categories or not account.categories or set(categories) & set(account.categories):
            said = account.provider_name
            number[account.provider] += 1
            names[account.provider] = wording.provider_name(account.provider, known, said=said)
    found = [Taken(provider=key, name=names[key], number=number[key]) for key in number]
    return sorted(found, key=lambda one: one.name.casefold())


def just_changed(organization: models.Model, account_id: str) -> AccountItem | None:
    """The account that something was just done to, as it stands now; also one that is gone."""
    if not is_identifier(account_id):
        return None
    found = accounts.history(organization=organization, disconnected=True)
    account = found.filter(account_id=account_id).first()
    return item_of(organization, account) if account is not None else None
