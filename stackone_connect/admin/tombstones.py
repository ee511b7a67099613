"""Owner ids of offboarded organizations, and whether one may be used again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stackone_connect import conf
from stackone_connect.admin import audit
from stackone_connect.admin.base import ReadOnlyAdmin
from stackone_connect.conf.rules import DEFAULT_PROJECT
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import OwnerTombstone


@admin.register(OwnerTombstone)
class OwnerTombstoneAdmin(ReadOnlyAdmin[OwnerTombstone]):
    """One row per offboarded owner id. Deleting it lets any organization use the id."""

    list_display = ("short_digest", "created_at", "may_return")
    ordering = ("-created_at", "-pk")
    search_fields = ("digest__exact",)
    search_help_text = _("The exact id that the organization had at StackOne.")
    readonly_fields = ("may_return",)
    fields = ("digest", "created_at", "may_return")
    delete_confirmation_template = "admin/stackone_connect/delete_tombstone.html"
    delete_selected_confirmation_template = "admin/stackone_connect/delete_tombstones.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's own permission: staff may decide that the same customer returns."""
        return bool(request.user.has_perm("stackone_connect.delete_ownertombstone"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by owner id in each StackOne project; only a digest of it is stored."""
        if not search_term.strip():
            return queryset, False
        try:
            projects = {DEFAULT_PROJECT, *conf.projects()}
        except ConfigurationError:
            projects = {DEFAULT_PROJECT}
        term = search_term.strip()
        digests = [OwnerTombstone.digest_of(project, term) for project in projects]
        return queryset.filter(digest__in=digests), False

    def delete_model(self, request: HttpRequest, obj: OwnerTombstone) -> None:
        """Delete one and record who did."""
        super().delete_model(request, obj)
        audit.tombstones_deleted(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[OwnerTombstone]) -> None:
        """Delete several and record who did."""
        chosen = list(queryset)
        super().delete_queryset(request, queryset)
        audit.tombstones_deleted(request, chosen)

    @admin.display(description=_("digest"), ordering="digest")
    def short_digest(self, tombstone: OwnerTombstone) -> str:
        """The beginning of the digest."""
        return str(tombstone)

    @admin.display(description=_("may be used again by"))
    def may_return(self, tombstone: OwnerTombstone) -> Any:
        """Who may use the id again without a decision of staff."""
        if tombstone.organization_digest:
            return _("The organization that had it")
        return _("Nobody, until this entry is deleted")
