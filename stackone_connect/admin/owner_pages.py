"""What support does for an owner: repin its name, issue a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect import conf, tenancy
from stackone_connect.admin import audit, labels, scope
from stackone_connect.admin.display import WITHOUT_ORGANIZATION, address
from stackone_connect.clock import Deadline
from stackone_connect.conf.rules import LINK_LIFETIME
from stackone_connect.exceptions import (
    ConfigurationError,
    InvalidRequestError,
    StackOneConnectError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import owners, sessions, sync

if TYPE_CHECKING:
    from stackone_connect.admin.owners import OriginOwnerAdmin


class UnknownNameError(Exception):
    """The host's ``OWNER_NAME`` failed for the organization."""


def today(owner: OriginOwner) -> str | None:
    """Today's name where it is not the pinned one. Raises :class:`UnknownNameError`."""
    try:
        return tenancy.drift(owner)
    except Exception as error:
        raise UnknownNameError(type(error).__name__) from error


def repin(
    model_admin: OriginOwnerAdmin,
    request: HttpRequest,
    owner: OriginOwner,
    context: dict[str, Any],
) -> HttpResponse:
    """Explain repinning; on POST do it, unless the name is another now than the page has shown."""
    if not model_admin.has_repin_permission(request, owner):
        raise PermissionDenied
    try:
        name = today(owner)
    except UnknownNameError as error:
        why = _("OWNER_NAME raises %(error)s for this organization.") % {"error": error}
        return _not_repinned(model_admin, request, owner, why)
    organization = tenancy.organization_of(owner)
    if organization is None:
        return _not_repinned(model_admin, request, owner, WITHOUT_ORGANIZATION)
    if request.method == "POST" and name is not None and request.POST.get("name", name) == name:
        return _repin(model_admin, request, owner, organization, name=name)
    accounts = scope.visible(model_admin.admin_site, request, LinkedAccount)
    connected = None
    if accounts is not None:
        connected = accounts.filter(owner=owner, disconnected_at=None).count()
    context |= {"owner": owner, "today": name, "connected": connected}
    return TemplateResponse(request, "admin/stackone_connect/repin.html", context)


def _repin(
    model_admin: OriginOwnerAdmin,
    request: HttpRequest,
    owner: OriginOwner,
    organization: Model,
    *,
    name: str,
) -> HttpResponse:
    before = owner.origin_owner_name
    try:
        owners.repin(organization=organization, name=name)
    except ConfigurationError as error:
        return _not_repinned(model_admin, request, owner, error)
    except StackOneConnectError as error:
        audit.repinned(model_admin, request, owner, before=before, code=error.code)
        return _not_repinned(model_admin, request, owner, error.detail)
    owner.refresh_from_db()
    audit.repinned(model_admin, request, owner, before=before)
    messages.success(request, _("StackOne and this app now use today's name."))
    return HttpResponseRedirect(change_url(model_admin, owner))


def link(
    model_admin: OriginOwnerAdmin,
    request: HttpRequest,
    owner: OriginOwner,
    context: dict[str, Any],
    *,
    account_id: str = "",
) -> HttpResponse:
    """Issue a session on POST and show its link once.

    ``provider`` may be posted; it is required where the host sets ``PROVIDERS``.
    """
    if not model_admin.has_issue_link_permission(request, owner):
        raise PermissionDenied
    account = _account(model_admin, request, owner, account_id) if account_id else None
    if account_id and account is None:
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(change_url(model_admin, owner))
    if account is not None and account.disconnected_at is not None:
        why = _("%(name)s is disconnected.") % {"name": labels.account(account)}
        return _no_link(model_admin, request, owner, why)
    organization = tenancy.organization_of(owner)
    if organization is None:
        return _no_link(model_admin, request, owner, WITHOUT_ORGANIZATION)
    try:
        issued = sessions.issue(
            organization=organization,
            user=request.user,
            provider=request.POST.get("provider") or None,
            account_id=account_id or None,
            expires_in=min(LINK_LIFETIME, conf.read().max_session_lifetime),
        )
    except (StackOneConnectError, ImproperlyConfigured) as error:
        return _no_link(model_admin, request, owner, _reason(error))
    audit.link_issued(model_admin, request, owner, issued)
    name = labels.account(account) if account is not None else ""
    context |= {"owner": owner, "issued": issued, "account_id": account_id, "account_name": name}
    response = TemplateResponse(request, "admin/stackone_connect/link.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def ask(
    model_admin: OriginOwnerAdmin,
    request: HttpRequest,
    owner: OriginOwner,
    context: dict[str, Any],
) -> HttpResponse:
    """On POST, ask StackOne for the owner's accounts and open sessions, and say what differed."""
    if not model_admin.has_ask_permission(request, owner):
        raise PermissionDenied
    if request.method == "POST":
        _ask(request, tenancy.organization_of(owner))
    return HttpResponseRedirect(change_url(model_admin, owner))


def _ask(request: HttpRequest, organization: Model | None) -> None:
    failed = _("StackOne could not be asked: %(why)s")
    if organization is None:
        messages.error(request, failed % {"why": WITHOUT_ORGANIZATION})
        return
    try:
        deadline = Deadline(conf.read().deadline)
        report = sync.sync_organization(organization=organization, deadline=deadline)
    except (StackOneConnectError, ImproperlyConfigured) as error:
        messages.error(request, failed % {"why": _reason(error)})
    else:
        messages.success(request, _in_sync(report))


def _in_sync(report: sync.Report) -> str:
    count = report.seen - report.foreign
    found = ngettext(
        "StackOne was asked: it has %(n)d account.",
        "StackOne was asked: it has %(n)d accounts.",
        count,
    )
    changed = report.repaired + report.disconnected
    differed = ngettext("%(n)d was different here.", "%(n)d were different here.", changed)
    differed = differed % {"n": changed} if changed else _("Nothing was different here.")
    return f"{found % {'n': count}} {differed}"


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidRequestError):
        return " ".join(message for found in error.errors.values() for message in found)
    return error.detail if isinstance(error, StackOneConnectError) else str(error)


def _account(
    model_admin: OriginOwnerAdmin, request: HttpRequest, owner: OriginOwner, account_id: str
) -> LinkedAccount | None:
    """The account, if the accounts' own admin shows it: only those can be reconnected here."""
    accounts = scope.registered(model_admin.admin_site, request, LinkedAccount)
    if accounts is None or "\x00" in account_id:
        return None
    return accounts.filter(owner=owner, account_id=account_id).first()


def _not_repinned(
    model_admin: OriginOwnerAdmin, request: HttpRequest, owner: OriginOwner, why: object
) -> HttpResponse:
    messages.error(request, _("Not repinned: %(why)s") % {"why": why})
    return HttpResponseRedirect(change_url(model_admin, owner))


def _no_link(
    model_admin: OriginOwnerAdmin, request: HttpRequest, owner: OriginOwner, why: object
) -> HttpResponse:
    messages.error(request, _("No link: %(why)s") % {"why": why})
    return HttpResponseRedirect(change_url(model_admin, owner))


def change_url(model_admin: OriginOwnerAdmin, owner: OriginOwner) -> str:
    """The owner's own page."""
    return address(model_admin.admin_site, OriginOwner, "change", owner.pk) or ".."
