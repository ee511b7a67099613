"""Origin owners: how StackOne knows each organization, and whether the two still agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import connections, transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from stackone_connect import conf, tenancy
from stackone_connect.admin import owner_pages, timeline
from stackone_connect.admin.base import ReadOnlyAdmin, badge, link
from stackone_connect.models import LinkedAccount, OriginOwner


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

    change_form_template = "admin/stackone_connect/owner.html"

    def get_urls(self) -> list[URLPattern]:
        """Our two pages beside Django's own."""
        name = "stackone_connect_originowner"
        return [
            path("<int:pk>/repin/", self._page(owner_pages.repin), name=f"{name}_repin"),
            path(
                "<int:pk>/link/", self._page(owner_pages.link, account_id=""), name=f"{name}_link"
            ),
            path(
                "<int:pk>/link/<path:account_id>/",
                self._page(owner_pages.link),
                name=f"{name}_reconnect",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's page with the accounts, the timeline and what support can do."""
        owner = self.get_object(request, object_id)
        extra_context = dict(extra_context or {})
        if owner is not None and self.has_view_permission(request, owner):
            extra_context |= {
                "accounts": LinkedAccount.objects.of(owner).connected(),
                "timeline": timeline.of_owner(owner),
                "drift": tenancy.drift(owner),
                "may_repin": owner_pages.may_repin(request),
                "may_issue_link": owner_pages.may_issue_link(request),
                "providers": conf.read().providers,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def _page(self, page: Callable[..., HttpResponse], **fixed: Any) -> Callable[..., HttpResponse]:
        """A page of ours behind the admin's sign-in, for an owner this user may see."""

        def view(request: HttpRequest, pk: int, **named: Any) -> HttpResponse:
            owner = self.get_object(request, str(pk))
            if owner is None or not self.has_view_permission(request, owner):
                raise Http404
            context = {**self.admin_site.each_context(request), "opts": self.opts}
            return page(request, owner, context=context, **fixed, **named)

        wrapped: Any = self.admin_site.admin_view(view)
        for alias in connections:
            wrapped = transaction.non_atomic_requests(using=alias)(wrapped)
        return wrapped  # type: ignore[no-any-return]

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
