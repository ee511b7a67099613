"""What support does for an owner: repin its name, mint a link. Each explains itself, then asks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from stackone_connect import conf, tenancy
from stackone_connect.conf.rules import LINK_LIFETIME
from stackone_connect.exceptions import InvalidRequestError, StackOneConnectError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import owners, sessions


def may_repin(request: HttpRequest) -> bool:
    """Renaming at StackOne takes Django's change permission."""
    return bool(request.user.has_perm("stackone_connect.change_originowner"))


def may_issue_link(request: HttpRequest) -> bool:
    """Whoever has a link can connect an account, so it has a permission of its own."""
    return bool(request.user.has_perm("stackone_connect.issue_link"))


def repin(request: HttpRequest, owner: OriginOwner, context: dict[str, Any]) -> HttpResponse:
    """Say what repinning does; on POST do it."""
    if not may_repin(request):
        raise PermissionDenied
    if request.method == "POST":
        try:
            owners.repin(owner=owner)
        except StackOneConnectError as error:
            messages.error(request, _("Not repinned: %(why)s") % {"why": error.detail})
        else:
            messages.success(request, _("StackOne and this app use today's name from now on."))
        return HttpResponseRedirect(change_url(owner))
    connected = LinkedAccount.objects.of(owner).connected().count()
    context |= {"owner": owner, "today": tenancy.drift(owner), "connected": connected}
    return TemplateResponse(request, "admin/stackone_connect/repin.html", context)


def link(
    request: HttpRequest, owner: OriginOwner, account_id: str, context: dict[str, Any]
) -> HttpResponse:
    """Issue a session on POST and show its link, once and to nobody else.

    ``provider`` may be posted; it must be where the host offers some ``PROVIDERS`` only.
    """
    if not may_issue_link(request):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseRedirect(change_url(owner))
    lifetime = min(LINK_LIFETIME, conf.read().max_session_lifetime)
    try:
        issued = sessions.issue(
            organization=owner.organization,
            user=request.user,
            provider=request.POST.get("provider") or None,
            account_id=account_id or None,
            expires_in=lifetime,
        )
    except InvalidRequestError as error:
        why = " ".join(sentence for found in error.errors.values() for sentence in found)
        messages.error(request, _("No link: %(why)s") % {"why": why})
        return HttpResponseRedirect(change_url(owner))
    except StackOneConnectError as error:
        messages.error(request, _("No link: %(why)s") % {"why": error.detail})
        return HttpResponseRedirect(change_url(owner))
    context |= {"owner": owner, "issued": issued, "account_id": account_id}
    response = TemplateResponse(request, "admin/stackone_connect/link.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def change_url(owner: OriginOwner) -> str:
    """The owner's own page."""
    return reverse("admin:stackone_connect_originowner_change", args=[owner.pk])
