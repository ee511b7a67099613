"""Give an account the name that people know it by: at StackOne where it takes one, and here."""

from __future__ import annotations

import logging
from typing import Any

from stackone_connect import conf, logs
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import AccountNotFoundError, StackOneRejectedError
from stackone_connect.models import LinkedAccount
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock, retried
from stackone_connect.services import _completing
from stackone_connect.services._reconcile import reconcile


def set_label(account: LinkedAccount, label: str, *, client: Client) -> None:
    """Label an account that StackOne confirms to be this owner's; afterwards it reads so.

    All StackOne's sources declare the label of a PATCH to be an object and that of an account a
    text (StackOne notes §1.4), so a refusal is no failure: the label is kept here.
    """
    owner = account.owner
    deadline = Deadline(conf.read().deadline)
    _completing.confirm_ownership(
        owner=owner, account_id=account.account_id, client=client, deadline=deadline
    )
    try:
        snapshot = client.label_account(account.account_id, label=label, deadline=deadline)
    except StackOneRejectedError as error:
        logs.write(
            logging.WARNING,
            "account.label_kept_here",
            organization=owner.organization_id,
            provider=account.provider,
            account=account.account_id,
            request_id=error.request_id,
        )
    except AccountNotFoundError:
        # Gone between the two calls.
        _record(account, deadline, missing=[account.account_id])
        raise
    else:
        _record(account, deadline, present=[snapshot])
    _write(account, label, deadline=deadline)
    account.refresh_from_db()


@retried
def _write(account: LinkedAccount, label: str, *, deadline: Deadline) -> None:
    # Under the lock: a reconciliation writes the label that it has read under it.
    with owner_lock(account.owner, deadline=deadline):
        LinkedAccount.objects.filter(pk=account.pk).update(label=label)


def _record(account: LinkedAccount, deadline: Deadline, **found: Any) -> None:
    # As if asked after the change: whatever was asked before it is older.
    fetch = FetchNumber.take()
    reconcile(project=account.owner.project, fetch=fetch, deadline=deadline, **found)
