"""Disconnect accounts at StackOne. What was asked for is written down before StackOne is asked, so
that a process that ends in the middle leaves a request that is finished later."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneTransientError,
    UnavailableError,
)
from stackone_connect.models import LinkedAccount
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import update
from stackone_connect.services import _notifications
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._reconcile import reconcile

#: How long a disconnect that StackOne did not answer waits for its next try.
RETRY_AFTER = timedelta(minutes=1)
#: And one that StackOne refused.
REFUSED_AGAIN_AFTER = timedelta(hours=1)


def disconnect(account: LinkedAccount, *, client: Client) -> None:
    """Disconnect a connected account; afterwards it reads as it is on record.

    Where StackOne does not answer, the request stays noted for :func:`retry_disconnects`. Where it
    refuses, a request that was not noted before is withdrawn, and the error raised.
    """
    before = account.disconnect_requested_at
    row = LinkedAccount.objects.connected().filter(pk=account.pk)
    deadline = Deadline(conf.read().deadline)
    now = clock.now()
    # Another process that would take it up waits longer than this takes.
    update(
        row,
        deadline=deadline,
        disconnect_requested_at=now,
        next_disconnect_at=now + RETRY_AFTER,
    )
    try:
        _ask_to_delete(account, client, deadline)
    except StackOneError as error:
        update(
            row,
            deadline=deadline,
            disconnect_requested_at=before,
            next_disconnect_at=account.next_disconnect_at,
        )
        _notifications.disconnect_failed(account, error)
        raise
    account.refresh_from_db()


@calls_stackone
def retry_disconnects(*, client: Client | None = None, limit: int = 100) -> int:
    """Try again what StackOne did not answer; how many accounts are gone now.

    Takes up to ``limit`` that are due in each StackOne project. Ends for a project where StackOne
    does not answer, or refuses our key; one account that it refuses to delete waits, and does not
    stand in the others' way.
    """
    return sum(
        _retry_disconnects(project, client or clients.current(project), limit)
        for project in conf.projects()
    )


def _retry_disconnects(project: str, client: Client, limit: int) -> int:
    gone = 0
    due = LinkedAccount.objects.of_our_types().to_disconnect().filter(owner__project=project)
    due = due.select_related("owner")
    for key in list(due.order_by("next_disconnect_at", "pk").values_list("pk", flat=True)[:limit]):
        account = due.filter(pk=key).first()
        if account is None:
            continue  # somebody has connected it again, or has seen to it, in the meantime
        try:
            answered = _ask_to_delete(account, client, Deadline(conf.read().deadline))
        except StackOneMisconfiguredError as error:
            _notifications.disconnect_failed(account, error)
            break
        except StackOneError as error:
            _postpone(account, error, clock.now() + REFUSED_AGAIN_AFTER)
            continue
        except UnavailableError:
            continue  # it stays due; StackOne then says that the account is gone
        if not answered:
            break
        gone += 1
    return gone


def _ask_to_delete(account: LinkedAccount, client: Client, deadline: Deadline) -> bool:
    """Ask StackOne to delete the account; false when it did not answer and will be asked again."""
    owner = account.owner
    fetch = FetchNumber.take()
    try:
        # It may have moved since: nobody deletes what is another's, or another environment's.
        snapshot = client.get_account(account.account_id, deadline=deadline)
        if snapshot.account_id != account.account_id:
            raise StackOneBadAnswerError  # says nothing of this one
        if not owner.owns(snapshot):
            reconcile(project=owner.project, fetch=fetch, present=[snapshot], deadline=deadline)
            return True
        client.delete_account(account.account_id, deadline=deadline)
    except AccountNotFoundError:
        pass  # it is gone already
    except StackOneTransientError as error:
        _postpone(account, error, clock.now() + RETRY_AFTER)
        return False
    # As if asked after the deletion: whatever was asked before it is older.
    reconcile(
        project=owner.project,
        fetch=FetchNumber.take(),
        missing=[account.account_id],
        deadline=deadline,
    )
    logs.write(
        logging.INFO,
        "account.disconnected",
        organization=owner.organization_id,
        provider=account.provider,
        account=account.account_id,
    )
    return True


def _postpone(account: LinkedAccount, error: StackOneError, until: datetime) -> None:
    """Try again later, unless the request was withdrawn meanwhile."""
    requested = LinkedAccount.objects.connected().exclude(disconnect_requested_at=None)
    update(requested.filter(pk=account.pk), next_disconnect_at=until)
    logs.write(
        logging.WARNING,
        "account.disconnect_postponed",
        code=error.code,
        organization=account.owner.organization_id,
        provider=account.provider,
        account=account.account_id,
    )
