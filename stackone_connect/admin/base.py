"""What the admin pages share: read-only, bounded in cost, small badges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from stackone_connect.choices import AccountStatus
from stackone_connect.models import LinkedAccount

_Model = TypeVar("_Model", bound=Model)

if TYPE_CHECKING:

    class _ModelAdmin(admin.ModelAdmin[_Model]):
        """Django's, with its model."""

    _Paginator = Paginator[Any]

else:
    _Paginator = Paginator

    class _ModelAdmin(admin.ModelAdmin):
        """Django's, which can't be subscripted while it runs."""

        def __class_getitem__(cls, _model):
            return cls


class BoundedPaginator(_Paginator):
    """Counts no further than a person pages, so that a long history costs what a short one does."""

    LIMIT = 5_000

    @cached_property
    def count(self) -> int:
        """How many rows there are, or the limit."""
        rows: Any = self.object_list
        return int(rows.order_by()[: self.LIMIT].count())


class ReadOnlyAdmin(_ModelAdmin[_Model]):
    """Rows that the app writes from StackOne's answers: looked at here, never edited.

    Who may look follows Django's view permission. To narrow the rows, override
    ``get_queryset``; nothing here reads past it.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole history
    list_per_page = 50
    paginator = BoundedPaginator

    class Media:
        css = {"all": ["stackone_connect/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are made by what happens, not by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """StackOne's answers are not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is kept; retention is a command's work."""
        return False


def badge(text: object, kind: str = "quiet") -> SafeString | str:
    """A small label: ``good``, ``bad``, ``waiting`` or ``quiet``."""
    return format_html('<span class="stackone-badge {}">{}</span>', kind, text) if text else "-"


def pretty_json(value: object) -> SafeString:
    """JSON to be read by a person."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre class="stackone-json">{}</pre>', text)


def link(obj: Model | None, text: object = None) -> SafeString | str:
    """A link to a row's own admin page, or its name where that page is not registered."""
    if obj is None:
        return "-"
    meta = obj._meta
    try:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])
    except NoReverseMatch:
        return str(text or obj)
    return format_html('<a href="{}">{}</a>', url, text or obj)


def health(account: LinkedAccount) -> SafeString | str:
    """StackOne's word for an account's health, or that it is gone."""
    if account.disconnected_at is not None:
        return badge(_("Disconnected"))
    if account.disconnect_requested_at is not None:
        return badge(_("Being disconnected"), "waiting")
    if account.needs_reconnect:
        return badge(_("Needs reconnecting"), "bad")
    known = dict(AccountStatus.choices)
    kind = "good" if account.status == AccountStatus.ACTIVE else "waiting"
    return badge(known.get(account.status, account.status), kind)
