"""From a session, an account or an event to the records that it has to do with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from stackone_connect import conf
from stackone_connect.admin import labels, scope, stories
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent

if TYPE_CHECKING:
    from stackone_connect.admin.base import ReadOnlyAdmin

_Record = TypeVar("_Record", bound=Model)

#: How many records of a kind a page names.
NEWEST = 10
_NAMING = ("account_id", "requested_account_id", "attempt_account_id", "claimed_account_id")


def account(
    model_admin: ReadOnlyAdmin[Any], record: Model, owner: OriginOwner | None, account_id: str
) -> SafeString | str:
    """A link to an owner's account, from another record; its id where this user sees none."""
    accounts = _visible(model_admin, record, LinkedAccount)
    if not account_id or owner is None or accounts is None:
        return account_id or "-"
    known: dict[str, LinkedAccount | None] = record.__dict__.setdefault("_accounts_named", {})
    if account_id not in known:
        known[account_id] = accounts.filter(owner=owner, account_id=account_id).first()
    found = known[account_id]
    if found is None:
        return account_id
    return model_admin.link_to(record, found, f"{labels.account(found)} ({account_id})")


def owner_of(model_admin: ReadOnlyAdmin[Any], event: WebhookEvent) -> OriginOwner | None:
    """The owner that an event names, if this user may see it."""
    known: dict[str, OriginOwner | None] = event.__dict__.setdefault("_owner_named", {})
    if "owner" not in known:
        owners = _visible(model_admin, event, OriginOwner)
        named = {"project": event.project, "origin_owner_id": event.origin_owner_id}
        known["owner"] = owners.filter(**named).first() if owners is not None else None
    return known["owner"]


def sessions(
    model_admin: ReadOnlyAdmin[Any],
    record: Model,
    owner: OriginOwner | None,
    account_ids: set[str],
) -> SafeString | str:
    """The newest sessions of an owner that name one of the accounts, and what came of them."""
    found = _visible(model_admin, record, ConnectSession)
    if found is None or owner is None or not account_ids:
        return "-"
    named = Q()
    for name in _NAMING:
        named |= Q(**{f"{name}__in": account_ids})
    newest = found.filter(named, owner=owner).order_by("-created_at", "-pk")[:NEWEST]
    lifetime = browser_lifetime()
    return _listed(
        format_html(
            _("{when} · {who}: {what}"),
            when=model_admin.link_to(record, session, _date(session.created_at)),
            who=session.requested_by_name,
            what=stories.of(session, lifetime=lifetime).happened,
        )
        for session in newest
    )


def events(
    model_admin: ReadOnlyAdmin[Any], record: Model, project: str, account_ids: set[str]
) -> SafeString | str:
    """The newest events that name one of the accounts."""
    found = _visible(model_admin, record, WebhookEvent)
    if found is None or not account_ids:
        return "-"
    named = found.filter(project=project, account_id__in=account_ids)
    return _listed(
        format_html(
            "{} · {}, {}",
            model_admin.link_to(record, event, _date(event.received_at)),
            event.event,
            event.get_state_display(),
        )
        for event in named.order_by("-received_at", "-pk")[:NEWEST]
    )


def browser_lifetime() -> int:
    """Seconds that a browser may ask for; while the settings are invalid no session is a link."""
    try:
        return conf.read().session_lifetime
    except ConfigurationError:
        return stories.NO_LINKS


def _visible(
    model_admin: ReadOnlyAdmin[Any], record: Model, model: type[_Record]
) -> QuerySet[_Record] | None:
    """The rows of a model that the user who views the record may see."""
    request = getattr(record, "viewed_by", None)
    return None if request is None else scope.visible(model_admin.admin_site, request, model)


def _listed(items: Any) -> SafeString | str:
    shown = format_html_join("", "<li>{}</li>", ((item,) for item in items))
    return format_html('<ul class="stackone-related">{}</ul>', shown) if shown else "-"


def _date(at: datetime) -> str:
    local = at.astimezone(timezone.get_current_timezone())
    return formats.date_format(local, "DATETIME_FORMAT")
