"""Linked accounts, as StackOne last described them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stackone_connect.admin import labels, related, scope, verdict
from stackone_connect.admin.base import ReadOnlyAdmin
from stackone_connect.admin.display import health, noted
from stackone_connect.admin.filters import (
    AccountProviderFilter,
    AccountStatusFilter,
    AccountTypeFilter,
)
from stackone_connect.admin.lists import OWNER_COLUMNS
from stackone_connect.choices import AccountType
from stackone_connect.models import LinkedAccount


@admin.register(LinkedAccount)
class LinkedAccountAdmin(ReadOnlyAdmin[LinkedAccount]):
    """Every account of our type that was ever linked, also those that are gone."""

    project_path = "owner__project"
    newest_by = "created_at"
    indexed_fields = ("owner", "status", "project")

    list_display = (
        "name",
        "owner_link",
        "status_and_reason",
        "origin_username",
        "stackone_created_at",
    )
    list_filter = (
        AccountProviderFilter,
        AccountStatusFilter,
        AccountTypeFilter,
        ("disconnected_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("owner",)
    search_fields = (
        "account_id",
        *OWNER_COLUMNS,
        "provider",
        "provider_name",
        "label",
        "origin_username",
        "status",
    )
    search_help_text = _(
        "Account id; else the organization's name or id at StackOne; else, among the newest "
        "accounts, a part of any of these, of the label, the provider, the status or a person."
    )
    readonly_fields = (
        "owner_link",
        "type_name",
        "status_badge",
        "reasons",
        "uses",
        "sessions",
        "events",
    )
    fields = (
        "account_id",
        "owner_link",
        "provider",
        "provider_name",
        "type_name",
        "status_badge",
        "reasons",
        "label",
        "uses",
        "origin_owner_name",
        "origin_username",
        "stackone_created_at",
        "stackone_updated_at",
        "disconnected_at",
        "created_at",
        "fetched_at",
        "sessions",
        "events",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkedAccount]:
        """Accounts of the other type belong to another environment."""
        return scope.of_our_types(super().get_queryset(request))

    def finds_by_index(self, lookups: Mapping[str, Any]) -> bool:
        """Also the connected ones, which are most, and whatever else is asked of a status."""
        if "status" in lookups:
            return True
        rest = [item for item in lookups.items() if item != ("disconnected_at__isempty", ["1"])]
        return super().finds_by_index(dict(rest))

    def exact_matches(self, term: str) -> Iterator[Q]:
        """The account's id."""
        yield Q(account_id=term)

    @admin.display(description=_("organization"))
    def owner_link(self, account: LinkedAccount) -> str:
        """A link to the owner."""
        return self.link_to(account, account.owner, account.owner.origin_owner_name)

    @admin.display(description=_("account"))
    def name(self, account: LinkedAccount) -> str:
        """The name that people know it by, provider and label, and its id."""
        return noted(labels.account(account), account.account_id)

    @admin.display(description=_("status and reason"))
    def status_and_reason(self, account: LinkedAccount) -> str:
        """The status at StackOne, and why it does not work."""
        note = labels.reason(account) if verdict.is_troubled(account) else ""
        return noted(self.status_badge(account), note)

    @admin.display(description=_("status"))
    def status_badge(self, account: LinkedAccount) -> str:
        """The status at StackOne, or that it is disconnected."""
        return health(account)

    @admin.display(description=_("type"))
    def type_name(self, account: LinkedAccount) -> str:
        """Whether it is for production or a test."""
        return str(dict(AccountType.choices).get(account.type, account.type)) or "-"

    @admin.display(description=_("reason"))
    def reasons(self, account: LinkedAccount) -> str:
        """Why it does not work."""
        return (labels.reason(account) if verdict.is_troubled(account) else "") or "-"

    @admin.display(description=_("categories"))
    def uses(self, account: LinkedAccount) -> str:
        """The categories as people call them."""
        return labels.categories(account.categories) or "-"

    @admin.display(description=_("sessions"))
    def sessions(self, account: LinkedAccount) -> str:
        """The newest sessions that name it."""
        return related.sessions(self, account, account.owner, {account.account_id})

    @admin.display(description=_("events"))
    def events(self, account: LinkedAccount) -> str:
        """The newest events that name it."""
        return related.events(self, account, account.owner.project, {account.account_id})
