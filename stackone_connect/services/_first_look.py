"""The accounts that StackOne already has for an owner that was just pinned."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from stackone_connect import clock, logs
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import StackOneError
from stackone_connect.models import OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import transact, update
from stackone_connect.services._reconcile import reconcile

#: Seconds that issuing waits for the first look; a customer is waiting.
LOOK_SECONDS = 4
#: A look that failed is not tried again sooner.
LOOK_AGAIN_AFTER = timedelta(minutes=1)


def take(*, owner: OriginOwner, client: Client, deadline: Deadline) -> bool:
    """Ask StackOne for the accounts it already has, take them in, and pin the name they carry.

    An organization may have connected before this app came. Its accounts are known under the name
    used then, and StackOne matches by name, so the newest live account's name is pinned. Should
    StackOne not answer within 4 s, the next session asks again, a minute later at the earliest.
    Returns whether StackOne answered.
    """
    failed_at = owner.look_failed_at
    if failed_at is not None and failed_at > clock.now() - LOOK_AGAIN_AFTER:
        return False
    fetch = FetchNumber.take()
    try:
        found = list(
            client.accounts_of(owner.origin_owner_id, deadline=deadline.at_most(LOOK_SECONDS))
        )
    except StackOneError as error:
        owner.look_failed_at = clock.now()
        transact(partial(owner.save, update_fields=["look_failed_at"]), deadline=deadline)
        logs.write(
            logging.WARNING,
            "origin_owner.look_failed",
            code=error.code,
            organization=owner.organization_id,
            request_id=error.request_id,
        )
        return False
    # Never another owner's or of the other type, whatever filter StackOne honoured.
    own = [s for s in found if owner.owns(s)]
    reconcile(project=owner.project, fetch=fetch, present=own, deadline=deadline)
    name = _newest_live_name(own) or owner.origin_owner_name
    update(
        OriginOwner.objects.filter(pk=owner.pk, accounts_read_at=None),
        deadline=deadline,
        origin_owner_name=name,
        accounts_read_at=fetch.at,
    )
    return True


def _newest_live_name(snapshots: list[AccountSnapshot]) -> str:
    named = [s for s in snapshots if s.origin_owner_name.strip()]
    earliest = datetime.min.replace(tzinfo=UTC)
    newest = max(named, key=lambda s: s.created_at or earliest, default=None)
    return newest.origin_owner_name if newest else ""
