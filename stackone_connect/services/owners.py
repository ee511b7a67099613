"""What is done for an origin owner as a whole."""

from __future__ import annotations

import contextlib
import logging
from copy import copy
from functools import partial

from django.db import models

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneOutError,
    StackOneRejectedError,
    UnavailableError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock, retried, transact
from stackone_connect.rules import one_line
from stackone_connect.services import _erasure
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._erasure import organization_was_deleted
from stackone_connect.services._reconcile import reconcile

__all__ = ["finish_deletions", "offboard", "organization_was_deleted", "repin"]

#: After so many owners in a row for whom StackOne served no call, a run ends.
CONSECUTIVE_FAILURES = 3


@calls_stackone
def repin(
    *, organization: models.Model, name: str | None = None, client: Client | None = None
) -> None:
    """Give the organization's owner another name at StackOne, then here. Default: today's name.

    StackOne matches accounts by name, so those it holds are renamed first; only when all are is the
    new name pinned. Should StackOne fail midway the error is raised, the old name stays pinned, and
    calling again goes on. A hub that is open at that moment still carries the old name.

    Each call to StackOne has a deadline of its own. Not to be called inside a transaction.
    """
    owner = tenancy.find_owner(organization)
    if owner is None:
        return
    client = client or clients.current(owner.project)
    name = one_line(name) or tenancy.name_of_today(owner)
    for account in _listed(owner, client):
        if account.origin_owner_name == name:
            continue
        try:
            renamed = client.rename_owner(
                account.account_id, origin_owner_name=name, deadline=_deadline()
            )
        except AccountNotFoundError:
            reconcile(project=owner.project, fetch=FetchNumber.take(), missing=[account.account_id])
        else:
            # As if asked after the change: whatever was asked before it is older.
            reconcile(project=owner.project, fetch=FetchNumber.take(), present=[renamed])
    before = owner.origin_owner_name
    owner.origin_owner_name = name
    owner.pinned_at = clock.now()
    transact(partial(owner.save, update_fields=["origin_owner_name", "pinned_at"]))
    logs.write(
        logging.INFO,
        "origin_owner.repinned",
        organization=owner.organization_id,
        before=before,
        after=name,
    )


@calls_stackone
def offboard(*, organization: models.Model, client: Client | None = None) -> None:
    """Disconnect everything of the organization at StackOne, then erase all that we keep of it.

    Afterwards the organization can be deleted. Accounts that are not of our type are left alone.
    Should StackOne fail, the error is raised and nothing is erased; calling again goes on. A hub
    that is still open can link an account until its session expires: end its users' access first.
    Should another organization come with the same owner id, it is refused until staff says that it
    is the same customer.

    An account that StackOne refuses to delete does not keep the others connected. Each call to
    StackOne has a deadline of its own. Not to be called inside a transaction.
    """
    owner = tenancy.find_owner(organization)
    if owner is not None:
        _offboard(owner, client or clients.current(owner.project))


@calls_stackone
def finish_deletions(*, client: Client | None = None) -> int:
    """Offboard the owners whose organization the host has deleted; how many are gone now.

    For a command or a timer. What StackOne refuses or fails to do for an owner is taken up the next
    time. Ends for a StackOne project after three in a row for whom it serves no call.
    """
    done = 0
    for project in conf.projects():
        left = OriginOwner.objects.without_organization().filter(project=project).order_by("pk")
        failures = 0
        for owner in list(left):
            if failures == CONSECUTIVE_FAILURES:
                break
            try:
                _offboard(owner, client or clients.current(project))
            except StackOneError as error:
                logs.write(
                    logging.WARNING,
                    "origin_owner.offboard_failed",
                    code=error.code,
                    organization=None,
                    owner=owner.pk,
                    request_id=error.request_id,
                )
                failures = failures + 1 if isinstance(error, StackOneOutError) else 0
                continue
            except UnavailableError:
                continue  # others write of this one; it is taken up the next time
            except (models.ProtectedError, models.RestrictedError) as error:
                # Rows of the host's own hold what we keep of this one; the others go on.
                why = type(error).__name__
                logs.write(logging.WARNING, "origin_owner.held", owner=owner.pk, error=why)
                continue
            failures = 0
            done += 1
    return done


def _offboard(owner: OriginOwner, client: Client) -> None:
    held = {account.account_id for account in _listed(owner, client)}
    known = LinkedAccount.objects.ours(owner).connected().values_list("account_id", flat=True)
    refused: list[StackOneError] = []
    for account_id in sorted(held | set(known)):
        try:
            _delete(owner, account_id, client, is_held=account_id in held)
        except (StackOneRejectedError, StackOneBadAnswerError) as error:
            refused.append(error)
    if refused:
        raise refused[0]
    organization_id = owner.organization_id
    # Another process may have erased it meanwhile.
    with contextlib.suppress(OriginOwner.DoesNotExist):
        _erase(owner)
    logs.write(logging.INFO, "origin_owner.offboarded", organization=organization_id)


@retried
def _erase(owner: OriginOwner) -> None:
    with owner_lock(owner):
        _erasure.leave_tombstone(owner)
        # A deleted object has lost its key, and this one may have to be deleted again.
        _erasure.erase(copy(owner))


def _delete(owner: OriginOwner, account_id: str, client: Client, *, is_held: bool) -> None:
    """Delete an account at StackOne; one that it does not list for the owner may have moved."""
    fetch = FetchNumber.take()
    try:
        if not is_held:
            snapshot = client.get_account(account_id, deadline=_deadline())
            if not owner.owns(snapshot):
                reconcile(project=owner.project, fetch=fetch, present=[snapshot])
                return
        client.delete_account(account_id, deadline=_deadline())
    except AccountNotFoundError:
        pass  # it is gone already
    reconcile(project=owner.project, fetch=FetchNumber.take(), missing=[account_id])


def _listed(owner: OriginOwner, client: Client) -> list[AccountSnapshot]:
    """What StackOne lists for the owner and is ours.

    All of it before anything is changed: the changes must not use up the list's deadline.
    """
    listed = client.accounts_of(owner.origin_owner_id, deadline=_deadline())
    return [account for account in listed if owner.owns(account)]


def _deadline() -> Deadline:
    return Deadline(conf.read().deadline)
