"""What becomes of an owner when the host deletes its organization (``ON_ORGANIZATION_DELETE``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Field, ProtectedError
from django.db.models.deletion import Collector
from django.utils.translation import gettext_lazy as _

from stackone_connect import conf
from stackone_connect.conf.rules import NAME, PROTECT
from stackone_connect.exceptions import ConfigurationError

if TYPE_CHECKING:
    from stackone_connect.models.owners import OriginOwner

_WHY_KEPT = _(
    "accounts are still connected at StackOne. Call "
    "stackone_connect.services.owners.offboard(organization=…) first, which disconnects them, or "
    "set %(setting)s = 'disconnect'"
)


def organization_deleted(
    collector: Collector, field: Field[Any, Any], owners: Iterable[OriginOwner], using: str
) -> None:
    """The ``on_delete`` of an owner's organization: refuse, or leave the owner without it.

    Deleting is the host's right: only accounts that are still connected stand in its way, and only
    under ``"protect"``. Those that somebody has asked to disconnect do not: they are seen to either
    way. The rows that stay behind are erased once nothing is connected, by ``services.owners``;
    here they are only let go of, because a page that asks for confirmation calls this as well.
    Settings that can't be used are no reason to fail: then any connected account protects.
    """
    if _protects():
        holding = [owner for owner in owners if _is_connected(owner, using)]
        if holding:
            # Django raises its own sentence with these rows in it, so the rows say the way on.
            why = _WHY_KEPT % {"setting": f"{NAME}['ON_ORGANIZATION_DELETE']"}
            for owner in holding:
                owner.why_kept = why
            raise ProtectedError(why, set(holding))
    collector.add_field_update(field, None, owners)  # type: ignore[arg-type]  # stubs lack iterables


def _protects() -> bool:
    try:
        return conf.read().on_organization_delete == PROTECT
    except ConfigurationError:
        return True


def _is_connected(owner: OriginOwner, using: str) -> bool:
    accounts = apps.get_model("stackone_connect", "LinkedAccount")._default_manager.using(using)
    kept = accounts.filter(owner=owner, disconnected_at=None, disconnect_requested_at=None)
    # Read apart from the owner, of which Django may have loaded the key only.
    types = apps.get_model("stackone_connect", "OriginOwner")._default_manager.using(using)
    name = types.filter(pk=owner.pk).values_list("project", flat=True).get()
    project = conf.usable_projects().get(name)
    if project is not None:
        kept = kept.filter(type__in=project.our_types)
    return bool(kept.exists())
