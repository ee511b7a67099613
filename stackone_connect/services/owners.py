"""What is done for an origin owner as a whole."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from stackone_connect import clock, conf, logs
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import StackOneError
from stackone_connect.models import OriginOwner
from stackone_connect.services import accounts
from stackone_connect.services.transactions import owner_lock

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


def _newest_live_name(snapshots: list[AccountSnapshot]) -> str:
    named = [
        s
        for s in snapshots
        if s.type in ("", conf.read().account_type) and s.origin_owner_name.strip()
    ]
    earliest = datetime.min.replace(tzinfo=UTC)
    newest = max(named, key=lambda s: s.created_at or earliest, default=None)
    return newest.origin_owner_name if newest else ""
