"""Filters for the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stackone_connect.admin import scope
from stackone_connect.choices import EXPIRED, AccountStatus, AccountType, SessionStatus

#: Values are taken from this many of the newest rows; a DISTINCT over the history is slow.
RECENT = 1_000


class EffectiveStatusFilter(admin.SimpleListFilter):
    """By effective status, ``expired`` included."""

    title = _("status")
    parameter_name = "effective_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The stored statuses and the derived one."""
        return [*SessionStatus.choices, (EXPIRED, _("Expired"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """The sessions that have this status now."""
        known = (*SessionStatus.values, EXPIRED)
        rows: QuerySet[Any] = queryset
        return queryset.reading(self.value()) if self.value() in known else rows


class _RecentValueFilter(admin.SimpleListFilter):
    """By the value of a column, among those that the newest rows have."""

    #: All columns that are read, so that the filters of a page read the rows once.
    columns: tuple[str, ...] = ("provider",)
    #: What people read for the values that are known.
    names: Mapping[str, Any] = MappingProxyType({})
    parameter_name: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The values in use, and the one that is chosen."""
        known: dict[Any, Any] = vars(request).setdefault("stackone_recent", {})
        newest = known.get(model_admin)
        if newest is None:
            rows = model_admin.get_queryset(request).order_by("-created_at", "-pk")
            newest = known[model_admin] = list(rows.values(*self.columns)[:RECENT])
        values = {row[self.parameter_name] for row in newest} | {self.value() or ""}
        return [(value, self.names.get(value, value)) for value in sorted(values) if value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of that value."""
        chosen = self.value()
        return queryset.filter(**{self.parameter_name: chosen}) if chosen else queryset


class ProviderFilter(_RecentValueFilter):
    """By provider."""

    title = _("provider")
    parameter_name = "provider"


class _AccountFilter(_RecentValueFilter):
    columns = ("provider", "status", "type")


class AccountProviderFilter(_AccountFilter, ProviderFilter):
    """By provider."""


class AccountStatusFilter(_AccountFilter):
    """By StackOne's status."""

    title = _("status")
    parameter_name = "status"
    names = dict(AccountStatus.choices)


class AccountTypeFilter(_AccountFilter):
    """By StackOne's type."""

    title = _("type")
    parameter_name = "type"
    names = dict(AccountType.choices)


class ProjectFilter(admin.SimpleListFilter):
    """By the StackOne project, where the settings name several."""

    title = _("StackOne project")
    parameter_name = "project"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.path = model_admin.project_path
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The projects of the settings."""
        return [(name, name) for name in scope.projects()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of that project."""
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class OrganizationFilter(admin.SimpleListFilter):
    """By whether the host has deleted the organization."""

    title = _("organization")
    parameter_name = "organization_is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Existing or deleted."""
        return [("there", _("Exists")), ("deleted", _("Deleted, being disconnected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The owners with an organization, or those without."""
        wanted = {"there": False, "deleted": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(organization__isnull=wanted)
