"""What is done for an origin owner as a whole."""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Q

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import AccountNotFoundError, ConfigurationError, StackOneError
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    WebhookEvent,
)
from stackone_connect.services import accounts
from stackone_connect.services.transactions import owner_lock, refuse_inside_transaction

#: Seconds that issuing waits for the first look; a customer is waiting.
LOOK_SECONDS = 4
#: A look that failed is not tried again sooner.
LOOK_AGAIN_AFTER = timedelta(minutes=1)


def first_look_due(owner: OriginOwner) -> bool:
    """Whether StackOne should be asked for the accounts it already has for this owner."""
    if owner.accounts_read_at is not None:
        return False
    return owner.look_failed_at is None or owner.look_failed_at <= clock.now() - LOOK_AGAIN_AFTER


def first_look(*, owner: OriginOwner, client: Client, deadline: Deadline) -> None:
    """Ask StackOne for the accounts it already has, take them in, and pin the name they carry.

    An organization may have connected before this app came. Its accounts are known under the name
    used then, and StackOne matches by name, so the newest live account's name is pinned. Should
    StackOne not answer within 4 s, the question stays open and this returns all the same.
    """
    asked_at = clock.now()
    try:
        found = list(
            client.accounts_of(owner.origin_owner_id, deadline=deadline.at_most(LOOK_SECONDS))
        )
    except StackOneError as error:
        owner.look_failed_at = clock.now()
        owner.save(update_fields=["look_failed_at"])
        logs.write(
            logging.WARNING,
            "origin_owner.look_failed",
            code=error.code,
            organization=owner.organization_id,
            request_id=error.request_id,
        )
        return
    # Never another owner's, whatever filter StackOne honoured.
    own = [s for s in found if s.origin_owner_id == owner.origin_owner_id]
    accounts.record(owner=owner, asked_at=asked_at, present=own)
    name = _newest_live_name(own) or owner.origin_owner_name
    with owner_lock(owner):
        OriginOwner.objects.filter(Q(pk=owner.pk), accounts_read_at=None).update(
            origin_owner_name=name, accounts_read_at=asked_at
        )
    owner.refresh_from_db()


def repin(*, owner: OriginOwner, name: str | None = None, client: Client | None = None) -> None:
    """Give the owner another name at StackOne, then here. Default: the organization's of today.

    StackOne matches accounts by name, so those it holds are renamed first; only when all are is the
    new name pinned. Should StackOne fail midway the error is raised, the old name stays pinned, and
    calling again goes on. A hub that is open at that moment still carries the old name.

    Each call to StackOne has a deadline of its own. Not to be called inside a transaction.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    name = tenancy.one_line(name or tenancy.name_of_today(owner))
    if not name:
        raise ConfigurationError(f"The name of organization {owner.organization_id} is blank.")
    # All of them before the first is renamed: the renaming must not use up the list's deadline.
    for account in list(client.accounts_of(owner.origin_owner_id, deadline=_deadline())):
        if account.origin_owner_name == name:
            continue
        asked_at = clock.now()
        try:
            renamed = client.rename_owner(
                account.account_id, origin_owner_name=name, deadline=_deadline()
            )
        except AccountNotFoundError:
            accounts.record(owner=owner, asked_at=asked_at, missing=[account.account_id])
        else:
            accounts.record(owner=owner, asked_at=asked_at, present=[renamed])
    before = owner.origin_owner_name
    owner.origin_owner_name = name
    owner.pinned_at = clock.now()
    owner.save(update_fields=["origin_owner_name", "pinned_at"])
    logs.write(
        logging.INFO,
        "origin_owner.repinned",
        organization=owner.organization_id,
        before=before,
        after=name,
    )


def offboard(*, organization: models.Model, client: Client | None = None) -> None:
    """Disconnect everything of the organization at StackOne, then erase all that we keep of it.

    Afterwards the organization can be deleted. Should StackOne fail, the error is raised and
    nothing is erased; calling again goes on. A hub that is still open can link an account until its
    session expires: end its users' access first.

    Each call to StackOne has a deadline of its own. Not to be called inside a transaction.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    owner = tenancy.find_owner(organization)
    if owner is None:
        return
    held = {a.account_id for a in client.accounts_of(owner.origin_owner_id, deadline=_deadline())}
    known = LinkedAccount.objects.of(owner).connected().values_list("account_id", flat=True)
    for account_id in sorted(held | set(known)):
        with contextlib.suppress(AccountNotFoundError):
            if account_id in held or _is_still_of(owner, account_id, client):
                client.delete_account(account_id, deadline=_deadline())
        accounts.record(owner=owner, asked_at=clock.now(), missing=[account_id])
    organization_id = owner.organization_id
    with owner_lock(owner):
        WebhookEvent.objects.filter(origin_owner_id=owner.origin_owner_id).delete()
        LinkedAccount.objects.of(owner).delete()
        ConnectSession.objects.of(owner).delete()
        owner.delete()
    logs.write(logging.INFO, "origin_owner.offboarded", organization=organization_id)


def _is_still_of(owner: OriginOwner, account_id: str, client: Client) -> bool:
    """Whether an account that StackOne does not list is the owner's, and not moved to another."""
    account = client.get_account(account_id, deadline=_deadline())
    return account.origin_owner_id == owner.origin_owner_id


def _deadline() -> Deadline:
    return Deadline(conf.read().deadline)


def _newest_live_name(snapshots: list[AccountSnapshot]) -> str:
    named = [
        s
        for s in snapshots
        if s.type in ("", conf.read().account_type) and s.origin_owner_name.strip()
    ]
    earliest = datetime.min.replace(tzinfo=UTC)
    newest = max(named, key=lambda s: s.created_at or earliest, default=None)
    return newest.origin_owner_name if newest else ""
