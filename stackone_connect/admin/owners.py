"""Origin owners: how StackOne knows each organization, and whether the two still agree."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from stackone_connect import tenancy
from stackone_connect.admin.base import ReadOnlyAdmin, badge, link
from stackone_connect.models import OriginOwner


@admin.register(OriginOwner)
class OriginOwnerAdmin(ReadOnlyAdmin[OriginOwner]):
    """One row per organization that ever connected something."""

    list_display = (
        "origin_owner_name",
        "origin_owner_id",
        "organization_link",
        "agreement",
        "account_count",
        "pinned_at",
    )
    list_select_related = ("organization",)
    search_fields = ("origin_owner_name", "origin_owner_id__exact")
    search_help_text = _("The organization's name or id at StackOne.")
    ordering = ("origin_owner_name", "pk")
    readonly_fields = ("organization_link", "agreement", "elsewhere")
    fields = (
        "organization_link",
        "origin_owner_id",
        "origin_owner_name",
        "agreement",
        "elsewhere",
        "pinned_at",
        "accounts_read_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OriginOwner]:
        """With the number of connected accounts, counted for the page in the same query."""
        connected = Count("accounts", filter=Q(accounts__disconnected_at=None))
        return super().get_queryset(request).annotate(connected=connected)

    @admin.display(description=_("organization"))
    def organization_link(self, owner: OriginOwner) -> str:
        """The host's own row."""
        return link(owner.organization)

    @admin.display(description=_("agrees with today's name"))
    def agreement(self, owner: OriginOwner) -> str:
        """Whether the pinned name is still the organization's."""
        today = tenancy.drift(owner)
        if today is None:
            return badge(_("Yes"), "good")
        return badge(_("No: it is called %(name)s today") % {"name": today}, "bad")

    @admin.display(description=_("connected accounts"), ordering="connected")
    def account_count(self, owner: OriginOwner) -> Any:
        """How many accounts StackOne holds for it."""
        return getattr(owner, "connected", None)

    @admin.display(description=_("see also"))
    def elsewhere(self, owner: OriginOwner) -> str:
        """The owner's sessions and accounts."""
        return format_html(
            '<a href="{}?owner__id__exact={}">{}</a> · <a href="{}?owner__id__exact={}">{}</a>',
            reverse("admin:stackone_connect_connectsession_changelist"),
            owner.pk,
            _("Sessions"),
            reverse("admin:stackone_connect_linkedaccount_changelist"),
            owner.pk,
            _("Linked accounts"),
        )
