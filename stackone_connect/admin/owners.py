"""Origin owners: the id and name of each organization at StackOne, and whether they still agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stackone_connect import tenancy
from stackone_connect.admin import bounded, organization_page, owner_pages, scope
from stackone_connect.admin.base import ReadOnlyAdmin
from stackone_connect.admin.display import address, badge, organization_link
from stackone_connect.admin.filters import OrganizationFilter
from stackone_connect.admin.lists import BoundedAdmin
from stackone_connect.decorators import outside_transactions
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner


@admin.register(OriginOwner)
class OriginOwnerAdmin(ReadOnlyAdmin[OriginOwner]):
    """One row per organization that has connected an account."""

    project_path = "project"
    list_display = (
        "origin_owner_name",
        "origin_owner_id",
        "organization_link",
        "agreement",
        "account_count",
        "pinned_at",
    )
    list_filter = (OrganizationFilter,)
    list_select_related = ("organization",)
    # Ids differ by case, too; all rows are compared, and that is half the work.
    search_fields = ("origin_owner_name", "origin_owner_id__contains")
    search_help_text = _(
        "A part of the organization's name or id; or of an account's id, label or provider, of a "
        "person, or of an error code that it has."
    )
    ordering = ("origin_owner_name", "pk")
    sortable_by = ("origin_owner_name",)
    readonly_fields = ("organization_link", "agreement", "elsewhere")
    fieldsets = (
        (
            _("At StackOne"),
            {
                "fields": (
                    "organization_link",
                    "origin_owner_id",
                    "origin_owner_name",
                    "agreement",
                    "elsewhere",
                    "pinned_at",
                    "accounts_read_at",
                )
            },
        ),
    )

    change_form_template = "admin/stackone_connect/owner.html"

    def has_repin_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Renaming at StackOne takes Django's change permission."""
        return bool(request.user.has_perm("stackone_connect.change_originowner"))

    def has_issue_link_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A link lets anybody who has it connect an account, so it has its own permission."""
        return bool(request.user.has_perm("stackone_connect.issue_link"))

    def has_ask_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Asking StackOne changes nothing there: whoever may view the accounts may do it."""
        return scope.may_view(self.admin_site, request, LinkedAccount)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: owners go with their organization, or by ``services.owners.offboard``.

        Another model's delete page also asks, about owners that protect the row. They are not
        deleted, but without a yes here the page would name a missing permission as the reason
        instead of the connected accounts.
        """
        match = request.resolver_match
        page_of = getattr(match.func, "model_admin", None) if match is not None else None
        return obj is not None and page_of is not None and page_of.model is not OriginOwner

    def get_urls(self) -> list[URLPattern]:
        """Our pages beside Django's own."""
        name = "stackone_connect_originowner"
        return [
            path("<int:pk>/repin/", self._page(owner_pages.repin), name=f"{name}_repin"),
            path("<int:pk>/ask/", self._page(owner_pages.ask), name=f"{name}_ask"),
            path("<int:pk>/link/", self._page(owner_pages.link), name=f"{name}_link"),
            path(
                "<int:pk>/link/<path:account_id>/",
                self._page(owner_pages.link),
                name=f"{name}_reconnect",
            ),
            *super().get_urls(),
        ]

    def render_change_form(  # noqa: PLR0917 - Django's own signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: OriginOwner | None = None,
    ) -> HttpResponse:
        """Django's page with the verdict, the accounts and the timeline above its fields."""
        self.say_wrong_settings(request)
        if obj is not None:
            context["title"], context["subtitle"] = obj.origin_owner_name, None
            context |= organization_page.context(self, request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _page(self, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A view behind the admin's sign-in, for an owner that this user may see."""

        def view(request: HttpRequest, pk: int, **named: Any) -> HttpResponse:
            owner = self.get_object(request, str(pk))
            if owner is None or not self.has_view_permission(request, owner):
                raise Http404
            request.current_app = self.admin_site.name
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
            }
            return page(self, request, owner, context, **named)

        return outside_transactions(self.admin_site.admin_view(view))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Without the number of accounts for a user who may not view them."""
        columns = super().get_list_display(request)
        if not scope.may_view(self.admin_site, request, LinkedAccount):
            return [column for column in columns if column != "account_count"]
        return columns

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also by what the owner has: its accounts and sessions, as far as this user sees them."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip() or "\x00" in search_term:
            return found, may_repeat
        keys: set[int] = set()
        for model in (LinkedAccount, ConnectSession):
            records = scope.visible(self.admin_site, request, model)
            if records is not None:
                keys |= self._owners_of(request, records, search_term)
        return (found | queryset.filter(pk__in=keys) if keys else found), may_repeat

    def _owners_of(self, request: HttpRequest, records: QuerySet[Any], term: str) -> set[int]:
        """The owners of the records that a term finds, but not those that it names itself."""
        searched = self.admin_site.get_model_admin(records.model)
        if isinstance(searched, BoundedAdmin):
            records = searched.search_but_organizations(request, records, term)
        else:
            records, _repeats = searched.get_search_results(request, records, term)
        return set(records.order_by().values_list("owner", flat=True)[: bounded.NEWEST])

    def get_queryset(self, request: HttpRequest) -> QuerySet[OriginOwner]:
        """With the organization, whose name of today is compared."""
        return super().get_queryset(request).select_related("organization")

    def complete(self, request: HttpRequest, rows: Sequence[OriginOwner]) -> None:
        """Count the connected accounts of the owners of a page, in one query."""
        accounts = scope.visible(self.admin_site, request, LinkedAccount)
        if accounts is None:
            return
        connected = accounts.filter(owner__in=rows, disconnected_at=None).order_by()
        counts = dict(connected.values_list("owner").annotate(Count("pk", distinct=True)))
        for owner in rows:
            owner.connected = counts.get(owner.pk, 0)  # type: ignore[attr-defined]  # for the list

    @admin.display(description=_("organization"))
    def organization_link(self, owner: OriginOwner) -> str:
        """A link to the host's row, or that it is deleted."""
        return organization_link(
            owner, request=getattr(owner, "viewed_by", None), site=self.admin_site
        )

    @admin.display(description=_("agrees with today's name"))
    def agreement(self, owner: OriginOwner) -> str:
        """Whether the pinned name is still the organization's name."""
        if tenancy.organization_of(owner) is None:
            return "-"
        try:
            today = owner_pages.today(owner)
        except owner_pages.UnknownNameError as error:
            return badge(_("Unknown: OWNER_NAME raises %(error)s") % {"error": error}, "bad")
        if today is None:
            return badge(_("Yes"), "good")
        return badge(_("No: it is called %(name)s today") % {"name": today}, "bad")

    @admin.display(description=_("connected accounts"))
    def account_count(self, owner: OriginOwner) -> Any:
        """How many accounts StackOne holds for it."""
        return getattr(owner, "connected", None)

    @admin.display(description=_("see also"))
    def elsewhere(self, owner: OriginOwner) -> str:
        """Links to the owner's sessions and accounts, where this user may see them."""
        request = getattr(owner, "viewed_by", None)
        found = [
            (address(self.admin_site, model, "changelist"), owner.pk, label)
            for model, label in (
                (ConnectSession, pgettext_lazy("connect sessions", "Sessions")),
                (LinkedAccount, _("Linked accounts")),
            )
            if request is None or scope.may_view(self.admin_site, request, model)
        ]
        links = format_html_join(
            " · ", '<a href="{}?owner__id__exact={}">{}</a>', [row for row in found if row[0]]
        )
        return links or "-"
