"""Linked accounts: find them, label them, disconnect them."""

from __future__ import annotations

from django.db import models

from stackone_connect import client as clients
from stackone_connect import payloads, tenancy
from stackone_connect.client import Client
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.models import LinkedAccount, LinkedAccountQuerySet, OriginOwner
from stackone_connect.rules import is_identifier
from stackone_connect.services import _disconnecting, _labelling
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._disconnecting import retry_disconnects

__all__ = [
    "disconnect",
    "get",
    "history",
    "linked_accounts",
    "organization_of",
    "retry_disconnects",
    "set_label",
]


def linked_accounts(
    *, organization: models.Model, provider: str | None = None, usable: bool = True
) -> LinkedAccountQuerySet:
    """The organization's linked accounts, for host code that goes on to ask for their data.

    ``usable`` (the default) leaves out those that are gone or that StackOne would refuse. Never
    calls StackOne; an organization that never connected anything has none.
    """
    found = LinkedAccount.objects.of_our_types().filter(
        owner__organization=tenancy.require_organization(organization).pk
    )
    if provider is not None:
        found = found.filter(provider=provider)
    return found.usable() if usable else found


def organization_of(*, account_id: str, project: str | None = None) -> models.Model:
    """The organization that an account is linked for, for host code that has only the id.

    ``project`` names the StackOne project where there are several and an id might be in more than
    one. Never calls StackOne. Raises :class:`AccountNotFoundError` for an account that we don't
    have, that is gone, or whose organization was deleted.
    """
    found = LinkedAccount.objects.of_our_types().connected().filter(account_id=account_id)
    if project is not None:
        found = found.filter(owner__project=project)
    account = found.select_related("owner").first() if is_identifier(account_id) else None
    organization = tenancy.organization_of(account.owner) if account is not None else None
    if organization is None:
        raise AccountNotFoundError
    return organization


def get(*, organization: models.Model, account_id: str) -> LinkedAccount:
    """One account of the organization, also one that is gone; :class:`AccountNotFoundError` for
    any other id."""
    return _get(tenancy.find_owner(organization), account_id)


def history(*, organization: models.Model, disconnected: bool = False) -> LinkedAccountQuerySet:
    """The organization's accounts, newest first; with ``disconnected`` also those that are gone."""
    owner = tenancy.find_owner(organization)
    if owner is None:
        return LinkedAccount.objects.none()
    found = LinkedAccount.objects.ours(owner)
    return found if disconnected else found.connected()


@calls_stackone
def disconnect(
    *, organization: models.Model, account_id: str, client: Client | None = None
) -> LinkedAccount:
    """Disconnect an account at StackOne, then here. Repeating it is harmless.

    The returned account is ``disconnected_at``, or, when StackOne does not answer, only
    ``disconnect_requested_at``: then it is not usable from now on, and ``stackone_process`` tries
    again. Raises :class:`AccountNotFoundError`, and what else StackOne may answer. Blocks up to
    ``DEADLINE`` seconds; not to be called inside a transaction.
    """
    account = _get(tenancy.find_owner(organization), account_id)
    if account.disconnected_at is None:
        client = client or clients.current(account.owner.project)
        _disconnecting.disconnect(account, client=client)
    return account


@calls_stackone
def set_label(
    *, organization: models.Model, account_id: str, label: str, client: Client | None = None
) -> LinkedAccount:
    """Give an account the name that people know it by, at StackOne and here; empty takes it back.

    StackOne is asked first whose the account is. Where StackOne refuses or ignores the label, it
    is kept here alone, until the label changes at StackOne. Raises :class:`InvalidRequestError` for
    a label that is none, :class:`AccountNotFoundError`, also for an account that is gone, and the
    errors under :class:`StackOneError` but for the refusal. Blocks up to ``DEADLINE`` seconds; not
    to be called inside a transaction.
    """
    label = payloads.clean_label(label)
    account = _get(tenancy.find_owner(organization), account_id)
    client = client or clients.current(account.owner.project)
    _labelling.set_label(account, label, client=client)
    return account


def _get(owner: OriginOwner | None, account_id: str) -> LinkedAccount:
    if owner is not None and is_identifier(account_id):
        found = LinkedAccount.objects.ours(owner).select_related("owner")
        account = found.filter(account_id=account_id).first()
        if account is not None:
            return account
    raise AccountNotFoundError
