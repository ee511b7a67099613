"""Connect sessions: the request, who made it, and its result."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from stackone_connect.admin import labels, overview, related
from stackone_connect.admin.base import ReadOnlyAdmin
from stackone_connect.admin.display import badge, noted
from stackone_connect.admin.filters import EffectiveStatusFilter, ProviderFilter
from stackone_connect.admin.history import ids_named
from stackone_connect.admin.lists import OWNER_COLUMNS
from stackone_connect.choices import EXPIRED, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount

_NAMING = ("account_id", "requested_account_id", "attempt_account_id", "claimed_account_id")
_KINDS = {
    SessionStatus.COMPLETED.value: "good",
    SessionStatus.FAILED.value: "bad",
    SessionStatus.PENDING.value: "waiting",
    SessionStatus.ISSUED.value: "waiting",
}


@admin.register(ConnectSession)
class ConnectSessionAdmin(ReadOnlyAdmin[ConnectSession]):
    """All sessions, newest first."""

    project_path = "owner__project"
    newest_by = "created_at"
    indexed_fields = ("owner", "effective_status", "project")
    sortable_by = ("created_at",)

    list_display = (
        "created_at",
        "owner_link",
        "provider",
        "requested_by_name",
        "status_and_attempt",
    )
    list_filter = (
        EffectiveStatusFilter,
        "path",
        "outcome",
        ProviderFilter,
        ("created_at", admin.DateFieldListFilter),
    )
    list_select_related = ("owner",)
    search_fields = (
        "id",
        *OWNER_COLUMNS,
        "requested_by_name",
        "provider",
        "stackone_id",
        "account_id",
        "requested_account_id",
        "attempt_account_id",
        "error_code",
        "attempt_code",
    )
    search_help_text = _(
        "The session's own id, StackOne's session id or an account id; else the organization's "
        "name or id at StackOne; else, among the newest sessions, a part of any of these, of a "
        "person, a provider or an error code."
    )
    readonly_fields = (
        "owner_link",
        "status_badge",
        "request_in_full",
        "requested_account",
        "resulting_account",
        "attempt",
        "attempted_account",
        "claimed_account",
        "error",
        "events",
    )
    fieldsets = (
        (None, {"fields": ("id", "owner_link", "requested_by_name", "created_at")}),
        (_("Request"), {"fields": ("provider", "requested_account", "request_in_full")}),
        (
            _("Result"),
            {
                "fields": (
                    "status_badge",
                    "path",
                    "outcome",
                    "resulting_account",
                    "completed_at",
                    "error",
                    "duration_ms",
                )
            },
        ),
        (
            _("Facts from StackOne and the browser"),
            {
                "fields": (
                    "stackone_id",
                    "stackone_created_at",
                    "expires_at",
                    "attempt",
                    "attempted_account",
                    "attempt_at",
                    "claimed_account",
                    "claimed_at",
                    "events",
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
        """Two weeks of sessions and the current problems, as far as this user may see them."""
        shown = overview.gather(self.admin_site, request)
        if shown is None:
            raise PermissionDenied
        self.say_wrong_settings(request)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            **shown,
        }
        return TemplateResponse(request, "admin/stackone_connect/overview.html", context)

    def exact_matches(self, term: str) -> Iterator[Q]:
        """The session's own id, StackOne's session id or an account's id.

        An index finds sessions by an account of an owner only.
        """
        with suppress(ValueError):
            yield Q(pk=uuid.UUID(term))
        owners = list(LinkedAccount.objects.filter(account_id=term).values_list("owner", flat=True))
        named = Q(stackone_id=term)
        for column in _NAMING:
            named |= Q(**{"owner__in": owners, column: term})
        yield named

    @admin.display(description=_("organization"))
    def owner_link(self, session: ConnectSession) -> str:
        """A link to the owner."""
        return self.link_to(session, session.owner, session.owner.origin_owner_name)

    @admin.display(description=_("status"))
    def status_badge(self, session: ConnectSession) -> str:
        """The effective status, ``expired`` included."""
        status = session.effective_status()
        text = _("Expired") if status == EXPIRED else SessionStatus(status).label
        return badge(text, _KINDS.get(status, "quiet"))

    @admin.display(description=_("attempt"))
    def attempt(self, session: ConnectSession) -> str:
        """How the newest attempt at the provider went."""
        return labels.attempt(session) or "-"

    @admin.display(description=_("status and attempt"))
    def status_and_attempt(self, session: ConnectSession) -> str:
        """The status, and what came of it: its outcome, what went wrong, or how far it got."""
        note = session.get_outcome_display() or labels.attempt(session)
        if session.error_code:
            note = labels.error(session.error_code)
        return noted(self.status_badge(session), note)

    @admin.display(description=_("error"))
    def error(self, session: ConnectSession) -> str:
        """Why it failed."""
        return labels.error(session.error_code) if session.error_code else "-"

    @admin.display(description=_("sent to StackOne"))
    def request_in_full(self, session: ConnectSession) -> str:
        """What StackOne was asked for."""
        return labels.request(session.sent)

    @admin.display(description=_("account asked for"))
    def requested_account(self, session: ConnectSession) -> str:
        """A link to the account that was to be reconnected."""
        return related.account(self, session, session.owner, session.requested_account_id)

    @admin.display(description=_("resulting account"))
    def resulting_account(self, session: ConnectSession) -> str:
        """A link to the account that came of it."""
        return related.account(self, session, session.owner, session.account_id)

    @admin.display(description=_("attempt's account"))
    def attempted_account(self, session: ConnectSession) -> str:
        """A link to the account that the attempt names."""
        return related.account(self, session, session.owner, session.attempt_account_id)

    @admin.display(description=_("account claimed"))
    def claimed_account(self, session: ConnectSession) -> str:
        """A link to the account that the browser named."""
        return related.account(self, session, session.owner, session.claimed_account_id)

    @admin.display(description=_("events of its account"))
    def events(self, session: ConnectSession) -> str:
        """The newest events that name an account of the session."""
        ids = set(ids_named(session))
        return related.events(self, session, session.owner.project, ids)
