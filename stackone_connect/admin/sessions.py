"""Connect sessions: what was asked, by whom, and what came of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from stackone_connect.admin import overview
from stackone_connect.admin.base import ReadOnlyAdmin, badge, link, pretty_json
from stackone_connect.admin.filters import ProviderFilter, ReadsAsFilter
from stackone_connect.choices import EXPIRED, SessionStatus
from stackone_connect.models import ConnectSession

_KINDS = {
    SessionStatus.COMPLETED.value: "good",
    SessionStatus.FAILED.value: "bad",
    SessionStatus.PENDING.value: "waiting",
    SessionStatus.ISSUED.value: "waiting",
}


@admin.register(ConnectSession)
class ConnectSessionAdmin(ReadOnlyAdmin[ConnectSession]):
    """Every session ever asked for, newest first."""

    list_display = (
        "created_at",
        "owner_link",
        "provider",
        "path",
        "outcome",
        "status_badge",
        "error_code",
        "requested_by_name",
    )
    list_filter = (
        ReadsAsFilter,
        "path",
        "outcome",
        ProviderFilter,
        ("created_at", admin.DateFieldListFilter),
    )
    list_select_related = ("owner",)
    search_fields = (
        "owner__origin_owner_name",
        "owner__origin_owner_id__exact",
        "requested_by_name",
        "stackone_id__exact",
        "account_id__exact",
        "requested_account_id__exact",
        "error_code__exact",
    )
    search_help_text = _(
        "Organization's name or id at StackOne, user name, StackOne's session id, account id, "
        "error code, or the session's own id."
    )
    readonly_fields = ("owner_link", "status_badge", "sent_to_stackone")
    fieldsets = (
        (None, {"fields": ("id", "owner_link", "requested_by_name", "created_at")}),
        (_("What was asked"), {"fields": ("provider", "requested_account_id", "sent_to_stackone")}),
        (
            _("What came of it"),
            {
                "fields": (
                    "status_badge",
                    "path",
                    "outcome",
                    "account_id",
                    "completed_at",
                    "error_code",
                    "duration_ms",
                )
            },
        ),
        (
            _("What StackOne and the browser said"),
            {
                "fields": (
                    "stackone_id",
                    "stackone_created_at",
                    "expires_at",
                    "attempt_status",
                    "attempt_code",
                    "attempt_account_id",
                    "attempt_at",
                    "claimed_account_id",
                    "claimed_at",
                )
            },
        ),
    )

    change_list_template = "admin/stackone_connect/sessions.html"

    def get_urls(self) -> list[URLPattern]:
        """The overview beside Django's own pages."""
        page = self.admin_site.admin_view(self.overview)
        return [path("overview/", page, name="stackone_connect_overview"), *super().get_urls()]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Two weeks of sessions and what is wrong, for whoever may see sessions and accounts."""
        may_see = [f"stackone_connect.view_{name}" for name in ("connectsession", "linkedaccount")]
        if not request.user.has_perms(may_see):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "opts": self.opts, **overview.gather()}
        return TemplateResponse(request, "admin/stackone_connect/overview.html", context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A session's own id is found as such; everything else by the search fields."""
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("organization"), ordering="owner__origin_owner_name")
    def owner_link(self, session: ConnectSession) -> str:
        """The owner, to click on."""
        return link(session.owner, session.owner.origin_owner_name)

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, session: ConnectSession) -> str:
        """The status as it reads now."""
        reads_as = session.reads_as()
        words = _("Expired") if reads_as == EXPIRED else SessionStatus(reads_as).label
        return badge(words, _KINDS.get(reads_as, "quiet"))

    @admin.display(description=_("sent to StackOne"))
    def sent_to_stackone(self, session: ConnectSession) -> str:
        """The body StackOne got."""
        return pretty_json(session.sent)
