"""Filters for the lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stackone_connect.choices import EXPIRED, SessionStatus

#: How many of the newest rows say which providers there are; a DISTINCT over history is not free.
RECENT = 1_000


class ReadsAsFilter(admin.SimpleListFilter):
    """By the status that a session reads as, ``expired`` included."""

    title = _("status")
    parameter_name = "reads_as"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The stored statuses and the derived one."""
        return [*SessionStatus.choices, (EXPIRED, _("Expired"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """The sessions that read so now."""
        known = (*SessionStatus.values, EXPIRED)
        rows: QuerySet[Any] = queryset
        return queryset.reading(self.value()) if self.value() in known else rows


class ProviderFilter(admin.SimpleListFilter):
    """By provider, of those that the newest rows name."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Providers in use."""
        newest = model_admin.get_queryset(request).order_by("-created_at").values("provider")
        providers = {row["provider"] for row in newest[:RECENT]}
        return [(provider, provider) for provider in sorted(providers) if provider]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of that provider."""
        return queryset.filter(provider=self.value()) if self.value() else queryset
