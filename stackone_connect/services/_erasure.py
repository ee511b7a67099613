"""Erase what we keep of an owner, and remember that its id was given up."""

from __future__ import annotations

from datetime import timedelta

from django.db import models, router, transaction

from stackone_connect import clock
from stackone_connect.choices import SessionStatus
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    OwnerTombstone,
    WebhookEvent,
)

#: How long after its end a hub that was opened in time may still finish (StackOne notes §3.5).
STILL_OPEN = timedelta(hours=1)


def erase(owner: OriginOwner) -> None:
    """Delete the owner with its sessions, accounts and events, whatever they are.

    To be called inside a transaction, in which nobody else adds a row to the owner.
    """
    rows = OriginOwner.objects.using(router.db_for_write(OriginOwner, instance=owner))
    list(rows.select_for_update().filter(pk=owner.pk).values_list("pk"))
    WebhookEvent.objects.naming(
        project=owner.project, origin_owner_id=owner.origin_owner_id
    ).delete()
    # Before its owner was known, an event may have named the account alone.
    account_ids = LinkedAccount.objects.of(owner).values_list("account_id", flat=True)
    WebhookEvent.objects.filter(
        project=owner.project, origin_owner_id="", account_id__in=list(account_ids)
    ).delete()
    LinkedAccount.objects.of(owner).delete()
    ConnectSession.objects.of(owner).delete()
    owner.delete()


def leave_tombstone(owner: OriginOwner) -> None:
    """Note that the owner's id is given up. Its organization may use it again while it exists."""
    organization = owner.organization_id
    OwnerTombstone.objects.update_or_create(
        digest=OwnerTombstone.digest_of(owner.project, owner.origin_owner_id),
        defaults={
            "organization_digest": (
                "" if organization is None else OwnerTombstone.digest_of(organization)
            )
        },
    )


def organization_was_deleted(*, key: object, using: str) -> None:
    """Forget a deleted organization: erase owners that are without one and hold nothing.

    Runs in the host's own transaction and calls nobody. An owner that StackOne still holds accounts
    of stays for :func:`~stackone_connect.services.owners.finish_deletions`.
    """
    with transaction.atomic(using=using):
        digest = OwnerTombstone.digest_of(key)
        OwnerTombstone.objects.using(using).filter(organization_digest=digest).update(
            organization_digest=""
        )
        owners = OriginOwner.objects.using(using).without_organization()
        for owner in owners.exclude(pk__in=owners.with_connected_accounts().values("pk")):
            if _left_something(owner):
                leave_tombstone(owner)
            erase(owner)


def _left_something(owner: OriginOwner) -> bool:
    """Whether an account was ever linked, or a link that was issued may still link one."""
    live = models.Q(
        status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED],
        expires_at__gt=clock.now() - STILL_OPEN,
    )
    return (
        LinkedAccount.objects.of(owner).exists()
        or ConnectSession.objects.of(owner).filter(live).exists()
    )
