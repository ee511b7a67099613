"""Linked accounts, as StackOne last described them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from stackone_connect.admin.base import ReadOnlyAdmin, health, link, pretty_json
from stackone_connect.admin.filters import ProviderFilter
from stackone_connect.models import LinkedAccount


@admin.register(LinkedAccount)
class LinkedAccountAdmin(ReadOnlyAdmin[LinkedAccount]):
    """Every account ever linked, also those that are gone."""

    list_display = (
        "account_id",
        "owner_link",
        "provider",
        "status_badge",
        "label",
        "type",
        "stackone_created_at",
        "stackone_updated_at",
    )
    list_filter = (
        ProviderFilter,
        "status",
        "type",
        ("disconnected_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("owner",)
    search_fields = (
        "account_id__exact",
        "owner__origin_owner_name",
        "owner__origin_owner_id__exact",
        "label",
        "origin_username",
    )
    search_help_text = _("Account id, organization's name or id at StackOne, label or user name.")
    readonly_fields = ("owner_link", "status_badge", "reasons")
    fields = (
        "account_id",
        "owner_link",
        "provider",
        "provider_name",
        "type",
        "status_badge",
        "reasons",
        "label",
        "categories",
        "origin_owner_name",
        "origin_username",
        "stackone_created_at",
        "stackone_updated_at",
        "disconnected_at",
        "created_at",
        "asked_at",
    )

    @admin.display(description=_("organization"), ordering="owner__origin_owner_name")
    def owner_link(self, account: LinkedAccount) -> str:
        """The owner, to click on."""
        return link(account.owner, account.owner.origin_owner_name)

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, account: LinkedAccount) -> str:
        """StackOne's word for its health, or that it is gone."""
        return health(account)

    @admin.display(description=_("status reasons"))
    def reasons(self, account: LinkedAccount) -> str:
        """Why, in StackOne's words."""
        return pretty_json(account.status_reasons) if account.status_reasons else "-"
