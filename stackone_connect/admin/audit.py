"""An audit trail of the admin: Django's history of the row, and a line in our log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import ModelAdmin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from stackone_connect import logs, tenancy
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from stackone_connect.services.sessions import IssuedSession


def repinned(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    owner: OriginOwner,
    *,
    before: str,
    code: str = "",
) -> None:
    """Record a repin, or a failed one (``code``): some accounts may have the new name already."""
    after = owner.origin_owner_name
    message = _("Repinned the name from “%(before)s” to “%(after)s”.")
    if code:
        message = _("Tried to repin the name “%(before)s”; it ended in %(code)s.")
    names = {"before": before, "after": after, "code": code}
    model_admin.log_change(request, owner, message % names)
    logs.write(
        logging.WARNING if code else logging.INFO,
        "admin.repin_failed" if code else "admin.repinned",
        organization=owner.organization_id,
        owner=owner.pk,
        code=code,
        by=_by(request),
    )


def link_issued(
    model_admin: ModelAdmin[Any], request: HttpRequest, owner: OriginOwner, issued: IssuedSession
) -> None:
    """Record that a link was issued. The link itself is never written down."""
    session = issued.session
    message = _("Issued a link to connect an account (session %(session)s).")
    if session.requested_account_id:
        message = _("Issued a link to reconnect account %(account)s (session %(session)s).")
    values = {"session": session.pk, "account": session.requested_account_id}
    model_admin.log_change(request, owner, message % values)
    logs.write(
        logging.INFO,
        "admin.link_issued",
        organization=owner.organization_id,
        owner=owner.pk,
        session=session.pk,
        account=session.requested_account_id,
        by=_by(request),
    )


def events_replayed(request: HttpRequest, events: Sequence[WebhookEvent]) -> None:
    """Record that events were made due again, all of them in one query."""
    if not events:
        return
    user: Any = request.user
    LogEntry.objects.log_actions(
        user.pk,
        events,
        CHANGE,
        change_message=_("Made due again."),
    )
    logs.write(logging.INFO, "admin.events_replayed", count=len(events), by=_by(request))


def tombstones_deleted(request: HttpRequest, tombstones: Sequence[OwnerTombstone]) -> None:
    """Record that owner ids may be used again. Django writes the history itself."""
    for tombstone in tombstones:
        logs.write(logging.INFO, "admin.tombstone_deleted", digest=str(tombstone), by=_by(request))


def _by(request: HttpRequest) -> str:
    return tenancy.requester_of(request.user).name
