"""Linked accounts: find them, disconnect them; ``record`` is the door for StackOne's answers."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import models

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import is_identifier
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from stackone_connect.models import LinkedAccount, LinkedAccountQuerySet, OriginOwner
from stackone_connect.services import announcements
from stackone_connect.services.recording import Evidence, record
from stackone_connect.services.transactions import refuse_inside_transaction

__all__ = [
    "Evidence",
    "disconnect",
    "get",
    "history",
    "linked_accounts",
    "record",
    "retry_disconnects",
]

#: How long a disconnect that StackOne did not answer waits for its next try.
RETRY_AFTER = timedelta(minutes=1)
#: And one that StackOne refused.
REFUSED_AGAIN_AFTER = timedelta(hours=1)


def linked_accounts(
    *, organization: models.Model, provider: str | None = None, usable: bool = True
) -> LinkedAccountQuerySet:
    """The organization's linked accounts, for host code that goes on to ask for their data.

    ``usable`` (the default) leaves out those that are gone or that StackOne would refuse. Never
    calls StackOne; an organization that never connected anything has none.
    """
    found = LinkedAccount.objects.filter(
        owner__organization=tenancy.require_organization(organization).pk
    )
    if provider is not None:
        found = found.filter(provider=provider)
    return found.usable() if usable else found


def get(*, owner: OriginOwner | None, account_id: str) -> LinkedAccount:
    """One account of this owner; :class:`AccountNotFoundError` for any other, or for no owner."""
    if owner is not None and is_identifier(account_id):
        found = LinkedAccount.objects.of(owner).select_related("owner")
        account = found.filter(account_id=account_id).first()
        if account is not None:
            return account
    raise AccountNotFoundError


def history(*, owner: OriginOwner | None, disconnected: bool = False) -> LinkedAccountQuerySet:
    """The owner's accounts, newest first; with ``disconnected`` also those that are gone."""
    if owner is None:
        return LinkedAccount.objects.none()
    found = LinkedAccount.objects.of(owner)
    return found if disconnected else found.connected()


def disconnect(
    *, organization: models.Model, account_id: str, client: Client | None = None
) -> LinkedAccount:
    """Disconnect an account at StackOne, then here. Repeating it is harmless.

    The answered account is ``disconnected_at``, or, when StackOne does not answer, only
    ``disconnect_requested_at``: then it is not usable from now on, and
    ``stackone_process_webhooks`` tries again. Raises :class:`AccountNotFoundError`, and what else
    StackOne may answer. Blocks up to ``DEADLINE`` seconds; not to be called inside a transaction.
    """
    refuse_inside_transaction()
    owner = tenancy.find_owner(organization)
    account = get(owner=owner, account_id=account_id)
    if account.disconnected_at is None:
        try:
            _disconnect(account, client or clients.current(), again=False)
        except StackOneError as error:
            announcements.disconnect_failed(account, error)
            raise
        account.refresh_from_db()
    return account


def retry_disconnects(*, client: Client | None = None, limit: int = 100) -> int:
    """Try again what StackOne did not answer; how many accounts are gone now.

    Takes up to ``limit`` that are due. Stops where StackOne does not answer, or refuses our key;
    one account that it refuses to delete waits, and does not stand in the others' way.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    gone = 0
    due = LinkedAccount.objects.to_disconnect().select_related("owner")
    for key in list(due.order_by("next_disconnect_at").values_list("pk", flat=True)[:limit]):
        account = due.filter(pk=key).first()
        if account is None:
            continue  # somebody has connected it again, or has seen to it, in the meantime
        try:
            answered = _disconnect(account, client, again=True)
        except StackOneMisconfiguredError as error:
            announcements.disconnect_failed(account, error)
            break
        except StackOneError as error:
            _postpone(account, error, clock.now() + REFUSED_AGAIN_AFTER)
            continue
        if not answered:
            break
        gone += 1
    return gone


def _disconnect(account: LinkedAccount, client: Client, *, again: bool) -> bool:
    """Ask StackOne to delete the account; false when it did not answer and will be asked again.

    ``again`` is true when nobody has just wished it, so that the time of the wish stays.
    """
    now = clock.now()
    deadline = Deadline(conf.read().deadline)
    try:
        # Whose it is may have changed at StackOne: nobody deletes what is another's by now.
        snapshot = client.get_account(account.account_id, deadline=deadline)
        if snapshot.origin_owner_id != account.owner.origin_owner_id:
            record(owner=account.owner, asked_at=now, present=[snapshot])
            return True
        client.delete_account(account.account_id, deadline=deadline)
    except AccountNotFoundError:
        pass  # it is gone already
    except (StackOneUnavailableError, StackOneRateLimitedError) as error:
        if not again:
            connected = LinkedAccount.objects.filter(pk=account.pk, disconnected_at=None)
            connected.update(disconnect_requested_at=now)
        _postpone(account, error, now + RETRY_AFTER)
        return False
    # Asked for after the deletion: whatever was asked before it is older news.
    record(owner=account.owner, asked_at=clock.now(), missing=[account.account_id])
    logs.write(
        logging.INFO,
        "account.disconnected",
        organization=account.owner.organization_id,
        provider=account.provider,
        account=account.account_id,
    )
    return True


def _postpone(account: LinkedAccount, error: StackOneError, until: datetime) -> None:
    """Try again later, unless the wish was withdrawn meanwhile."""
    wished = LinkedAccount.objects.connected().exclude(disconnect_requested_at=None)
    wished.filter(pk=account.pk).update(next_disconnect_at=until)
    logs.write(
        logging.WARNING,
        "account.disconnect_postponed",
        code=error.code,
        organization=account.owner.organization_id,
        provider=account.provider,
        account=account.account_id,
    )
