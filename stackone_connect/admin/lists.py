"""Lists and searches whose cost does not depend on how long the history is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from stackone_connect.admin.bounded import BoundedPaginator, Newest, OwnersMeant, first_found

_Model = TypeVar("_Model", bound=Model)

#: The search fields by which rows are found through their organization. Ids differ by case, too.
OWNER_COLUMNS = ("owner__origin_owner_name", "owner__origin_owner_id__contains")

if TYPE_CHECKING:

    class _ModelAdmin(admin.ModelAdmin[_Model]):
        """Django's, with its model."""

else:

    class _ModelAdmin(admin.ModelAdmin):
        """Django's, which can't be subscripted while it runs."""

        def __class_getitem__(cls, _model):
            return cls


class ViewedList(ChangeList):
    """Django's list, whose rows carry the request: a link is shown to users who may follow it."""

    model_admin: BoundedAdmin[Any]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """The rows that the filters leave, of the newest ones where no index finds them."""
        found: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        newest = self.model_admin.newest(request)
        given = self.get_filters_params()
        if newest is not None and not self.model_admin.finds_by_index(given):
            return newest.narrow(found)
        return found

    def get_ordering_field(self, field_name: Any) -> Any:
        """No other column than those that are offered: sorting a history takes seconds."""
        offered = self.sortable_by or ()
        return super().get_ordering_field(field_name) if field_name in offered else None

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The list's own order where no column is chosen that may be, and the key's direction as
        that of the column, as in the indexes."""
        ordering = list(super().get_ordering(request, queryset))
        if ORDER_VAR in self.params and ordering in (["pk"], ["-pk"]):
            del self.params[ORDER_VAR]
            return self.get_ordering(request, queryset)
        if ordering[-1] == "-pk" and not str(ordering[0]).startswith("-"):
            ordering[-1] = "pk"
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page here, where a database error is caught."""
        super().get_results(request)
        first = None if self.show_all else getattr(self.paginator, "first", None)
        rows: Any = list(self.result_list) if first is None else first[: self.list_per_page]
        for row in rows:
            row.viewed_by = request
        self.model_admin.complete(request, rows)
        self.result_list = rows


class BoundedAdmin(_ModelAdmin[_Model]):
    """Django's, whose lists look at all rows only where an index finds them."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole history
    list_per_page = 50
    paginator = BoundedPaginator
    sortable_by: ClassVar[tuple[str, ...]] = ()
    #: When a row was made, where there may be many rows.
    newest_by = ""
    #: The fields that an index finds rows by, or that leave out few.
    indexed_fields: ClassVar[tuple[str, ...]] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list whose rows carry the request."""
        return ViewedList

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *given: Any, **more: Any
    ) -> Any:
        """A paginator that reads the first page where that is the page to show."""
        paginator: Any = super().get_paginator(request, queryset, per_page, *given, **more)
        paginator.reads_first = request.GET.get(PAGE_VAR, "1") == "1"
        return paginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id, else by the organization, else by the search fields among the newest rows."""
        rows, found = self._search(request, queryset, search_term, by_organization=True)
        if found:
            return rows, False
        names = list(self.get_search_fields(request))
        keys = None
        if {*OWNER_COLUMNS} <= {*names}:
            keys = self.owners_meant(request, search_term).having_the_term
        if keys is None:
            return super().get_search_results(request, rows, search_term)
        # By the organizations' keys: no join of the rows with all organizations.
        others = [name for name in names if name not in OWNER_COLUMNS]
        matching, may_repeat = self._by(others, request, rows, search_term)
        return (matching | rows.filter(owner__in=keys) if keys else matching), may_repeat

    def search_but_organizations(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> QuerySet[Any]:
        """As :meth:`get_search_results`, but for what is found by its organization's name or id."""
        rows, found = self._search(request, queryset, search_term, by_organization=False)
        if found:
            return rows
        names = [name for name in self.get_search_fields(request) if "owner__" not in name]
        return self._by(names, request, rows, search_term)[0]

    def _by(
        self, names: list[str], request: HttpRequest, rows: QuerySet[Any], term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What Django finds by these search fields alone; it takes none at all for no search."""
        if not names:
            return rows.none(), False
        narrowed = copy(self)
        vars(narrowed)["get_search_fields"] = lambda _: names
        return admin.ModelAdmin.get_search_results(narrowed, request, rows, term)

    def _search(
        self, request: HttpRequest, queryset: QuerySet[Any], term: str, *, by_organization: bool
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of the whole history that a term is meant to find, and ``True``; else those that
        are to be looked through.

        No stored text has a NUL, and PostgreSQL rejects a query with one.
        """
        term, newest = term.strip(), self.newest(request)
        if "\x00" in term:
            return queryset.none(), True
        if not term or newest is None:
            return queryset, False
        owned = self.owner_matches(request, term) if by_organization else ()
        found = first_found(queryset, chain(self.exact_matches(term), owned))
        return (newest.narrow(queryset), False) if found is None else (found, True)

    def exact_matches(self, term: str) -> Iterator[Q]:
        """What a whole term may be the id of, each found by an index in the whole history."""
        yield from ()

    def owner_matches(self, request: HttpRequest, term: str) -> Iterator[Q]:
        """The rows of the organizations that a term may name, found in the same way."""
        if hasattr(self.model, "owner"):
            yield Q(owner__in=self.owners_meant(request, term).named)

    def owners_meant(self, request: HttpRequest, term: str) -> OwnersMeant:
        """The organizations that a term may name, read once for a page."""
        known: dict[str, OwnersMeant] = vars(request).setdefault("stackone_owners_meant", {})
        return known.setdefault(term.strip(), OwnersMeant(term))

    def newest(self, request: HttpRequest) -> Newest | None:
        """The newest rows; ``None`` for a model that never has many."""
        if not self.newest_by:
            return None
        known: dict[type[Model], Newest] = vars(request).setdefault("stackone_newest", {})
        if self.model not in known:
            known[self.model] = Newest(request, self.get_queryset(request), self.newest_by)
        return known[self.model]

    def finds_by_index(self, lookups: Mapping[str, Any]) -> bool:
        """Whether these filters cost no more over a long history than over a short one."""
        fields = {name.partition("__")[0] for name in lookups}
        return fields <= {*self.indexed_fields, self.newest_by}

    def complete(self, request: HttpRequest, rows: Sequence[_Model]) -> None:
        """Read what the rows of a page show beside their own columns."""
