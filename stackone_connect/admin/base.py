"""What the admin pages share: read-only, bounded in cost, never more than the host allows."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stackone_connect import conf
from stackone_connect.admin import bounded, scope
from stackone_connect.admin.display import link
from stackone_connect.admin.filters import ProjectFilter
from stackone_connect.admin.lists import BoundedAdmin
from stackone_connect.exceptions import ConfigurationError

_Model = TypeVar("_Model", bound=Model)


class ReadOnlyAdmin(BoundedAdmin[_Model]):
    """Rows that the app writes from StackOne's responses; they are shown here, never edited.

    Django's view permission applies. To narrow the rows, override ``get_queryset``: every page
    here uses it. A tenant's own admin (django-tenants) shows that
    tenant's rows only.
    """

    #: The lookup of a row's StackOne project; shown where there are several.
    project_path = ""

    class Media:
        css = {"all": ["stackone_connect/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are never added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """StackOne's data is not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is kept; ``stackone_prune`` deletes what is too old."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[_Model]:
        """All rows, or those of the tenant whose schema is active."""
        return scope.of_tenant(super().get_queryset(request))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> _Model | None:
        """The row, with the request that views it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.viewed_by = request  # type: ignore[attr-defined]  # for link_to()
        return row

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; an impossible value is handled as Django handles a wrong filter.

        Django detects most of them, but not what only the database refuses: a NUL on PostgreSQL,
        a year out of range, an invalid pattern. Of psycopg2, three values for two places are a
        ``TypeError``; of Django, one for the two of a range is an ``IndexError``.
        """
        try:
            with transaction.atomic(using=self.get_queryset(request).db):
                return super().get_changelist_instance(request)
        except (DatabaseError, ValueError, TypeError, IndexError, OverflowError, re.error) as error:
            if not set(request.GET) - {ERROR_FLAG}:
                raise
            raise IncorrectLookupParameters from error

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's list, with an error message while the settings are invalid."""
        self.say_wrong_settings(request)
        return super().changelist_view(request, extra_context)

    def say_wrong_settings(self, request: HttpRequest) -> None:
        """Say why less is shown than there is."""
        try:
            conf.read()
        except ConfigurationError as error:
            why = {"why": error}
            messages.error(request, gettext("The settings can't be used: %(why)s") % why)

    def response_action(
        self, request: HttpRequest, queryset: Any, *place: Any, **named: Any
    ) -> HttpResponse | None:
        """Run the action on rows that are there: on as many as the list has counted at most, also
        where all are chosen; an invalid key selects no row."""
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if request.POST.get("select_across") == "1":
            counted = queryset.values_list("pk", flat=True)[: bounded.COUNTED]
            queryset = queryset.filter(pk__in=list(counted))
        elif keys and not self._are_there(queryset, keys):
            messages.error(request, gettext("There are no such rows."))
            return None
        return super().response_action(request, queryset, *place, **named)

    def _are_there(self, rows: QuerySet[_Model], keys: list[str]) -> bool:
        try:
            return rows.filter(pk__in=[self.opts.pk.clean(key, None) for key in keys]).exists()
        except ValidationError:
            return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not through reverse relations: their rows are shown by their own admin only."""
        try:
            field = self.opts.get_field(lookup.split("__", maxsplit=1)[0])
        except FieldDoesNotExist:
            pass
        else:
            if field.auto_created and not field.concrete:
                return False
        return super().lookup_allowed(lookup, value, request)

    def get_list_display(self, request: HttpRequest) -> Any:
        """With the StackOne project where there are several."""
        return self._with_project(super().get_list_display(request), "stackone_project")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the StackOne project where there are several."""
        return self._with_project(super().get_readonly_fields(request, obj), "stackone_project")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the StackOne project, at the end of the first set, where there are several."""
        (name, first), *others = super().get_fieldsets(request, obj)
        fields = self._with_project(first["fields"], "stackone_project")
        return [(name, {**first, "fields": fields}), *others]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """With the StackOne project where there are several."""
        return self._with_project(super().get_list_filter(request), ProjectFilter)

    def _with_project(self, given: Any, more: Any) -> list[Any]:
        return [*given, more] if self.project_path and scope.projects() else list(given)

    @admin.display(description=_("StackOne project"))
    def stackone_project(self, row: _Model) -> str:
        """The name of the StackOne project that the row belongs to."""
        value: Any = row
        for name in self.project_path.split("__"):
            value = getattr(value, name)
        return str(value)

    def link_to(self, row: Model, other: Model | None, text: object = None) -> SafeString | str:
        """A link from a row to another one, for the user who views it."""
        request = getattr(row, "viewed_by", None)
        return link(other, text, request=request, site=self.admin_site)
