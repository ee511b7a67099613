"""How services use the database: no transaction around a call, one lock per owner around facts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction

from stackone_connect import clock
from stackone_connect.exceptions import TransactionOpenError
from stackone_connect.models import OriginOwner


def database() -> str:
    """The alias that our tables are written to."""
    return router.db_for_write(OriginOwner)


def refuse_inside_transaction() -> None:
    """Raise :class:`TransactionOpenError` where the caller holds a transaction on our database.

    The test runner's own, in which every ``TestCase`` runs, is excepted.
    """
    connection = connections[database()]
    if connection.in_atomic_block:
        # Django marks the blocks of its TestCase, for the same reason as durable blocks need it.
        held = [b for b in connection.atomic_blocks if not getattr(b, "_from_testcase", False)]
        inside = bool(held)
    else:
        inside = not connection.get_autocommit()
    if inside:
        raise TransactionOpenError(
            "This calls StackOne and must not run inside a database transaction. Call it outside "
            "of atomic(), or from transaction.on_commit()."
        )


@contextmanager
def owner_lock(owner: OriginOwner) -> Iterator[None]:
    """A durable transaction in which nobody else changes this owner's facts.

    Two workers that each learn one fact must see each other's before they judge. The lock is taken
    by an update, not by ``SELECT … FOR UPDATE``: it comes first in the transaction, so that SQLite
    takes its write lock at once, too.
    """
    with transaction.atomic(using=database(), durable=True):
        OriginOwner.objects.filter(pk=owner.pk).update(touched_at=clock.now())
        yield


@contextmanager
def owners_lock(origin_owner_ids: Collection[str]) -> Iterator[None]:
    """The same for several owners, by their ids at StackOne.

    Every caller takes them in one order: two that each held an owner that the other waits for would
    never end. An update locks in the order in which it happens to find rows, so it is left to
    databases without row locks, which have nothing to put in order.
    """
    owners = OriginOwner.objects.filter(origin_owner_id__in=origin_owner_ids)
    features = connections[database()].features
    with transaction.atomic(using=database(), durable=True):
        if features.has_select_for_update:
            # Like an update: rows that refer to these owners may be inserted meanwhile.
            locked = owners.select_for_update(no_key=features.has_select_for_no_key_update)
            list(locked.order_by("pk").values_list("pk"))
        else:
            owners.update(touched_at=clock.now())
        yield
