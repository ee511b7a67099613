"""What keeps the cost of a page the same however long the history is.

Filters and searches that an index serves look at all rows. The others look at the newest ones, and
the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext as _

from stackone_connect.models import OriginOwner

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

#: How many rows are counted and can be paged through.
COUNTED = 1_000
#: How many of the newest rows are looked through where no index finds them.
NEWEST = 1_000
#: Organizations of a name whose rows are looked for in the whole history.
OWNERS = 50

_OF_OWNER = frozenset({"owner", "owner_id", "owner__exact", "owner__id__exact", "owner__pk__exact"})


class BoundedPaginator(_Paginator):
    """Stops counting at ``COUNTED``: a long history costs no more than a short one.

    Where the first page is asked for and is not full, its rows are the count: what finds little in
    a long history is looked for once.
    """

    #: The rows of the first page, and one more, once they were read.
    first: list[Any] | None = None
    reads_first = False

    @cached_property
    def count(self) -> int:
        """How many rows there are, or the limit."""
        if self.reads_first:
            self.first = list(self.object_list[: self.per_page + 1])
            if len(self.first) <= self.per_page:
                return len(self.first)
        return count_up_to_limit(self.object_list)


def count_up_to_limit(rows: Any) -> int:
    """How many rows there are, or the limit."""
    return int(rows.order_by()[:COUNTED].count())


def number(counted: int) -> str:
    """What :func:`count_up_to_limit` counted, for people: ``1000+`` where it is the limit."""
    return f"{counted}+" if counted == COUNTED else str(counted)


def oldest_of_newest(rows: QuerySet[Any], column: str, *, most: int) -> datetime | None:
    """The time in this column that so many rows are newer than; ``None`` where there is none."""
    times = rows.order_by(f"-{column}", "-pk").values_list(column, flat=True)
    return next(iter(times[most : most + 1]), None)


class Newest:
    """The newest rows of a model's list, or of one organization's where the list is narrowed to it.

    ``column`` is when a row was made: an index begins with it, or has it behind the owner.
    """

    def __init__(self, request: HttpRequest, rows: QuerySet[Any], column: str) -> None:
        self._request = request
        self._column = column
        of_owner = {name: request.GET[name] for name in _OF_OWNER & request.GET.keys()}
        self._rows = rows.filter(**of_owner)

    @cached_property
    def since(self) -> datetime | None:
        """What they are newer than; ``None`` where there are no other rows."""
        return oldest_of_newest(self._rows, self._column, most=NEWEST)

    @property
    def condition(self) -> Q:
        """That a row is one of them."""
        return Q() if self.since is None else Q(**{f"{self._column}__gt": self.since})

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that are among the newest; the page says that there are older ones."""
        if self.since is not None and not hasattr(self._request, "says_newest"):
            self._request.says_newest = True  # type: ignore[attr-defined]  # once for each page
            text = _("Only the newest %(number)d rows were looked through.") % {"number": NEWEST}
            messages.info(self._request, text, fail_silently=True)
        return rows.filter(self.condition)


def first_found(rows: QuerySet[Any], conditions: Iterable[Q]) -> QuerySet[Any] | None:
    """The rows of the first condition that any row meets."""
    for condition in conditions:
        found = rows.filter(condition)
        if found.exists():
            return found
    return None


class OwnersMeant:
    """The organizations that a search may mean; asked for once, since all names are compared."""

    def __init__(self, term: str) -> None:
        self._words = list(_words(term))
        self._owners = OriginOwner.objects.order_by()

    @cached_property
    def named(self) -> list[int]:
        """The keys of those that StackOne has under this id, or whose name has each word; none
        where there are too many to look for."""
        if self._matches is not None:
            return [key for key, is_named in self._matches if is_named]
        found = self._owners
        for word in self._words:
            found = found.filter(_is_named(word))
        keys = list(found.values_list("pk", flat=True)[: OWNERS + 1])
        return keys if len(keys) <= OWNERS else []

    @cached_property
    def having_the_term(self) -> list[int] | None:
        """The keys of those whose name or id has the only word, with which nobody needs to look at
        the names again; ``None`` where there are several words, or too many organizations."""
        found = self._matches
        return None if found is None else [key for key, _ in found]

    @cached_property
    def _matches(self) -> list[tuple[int, bool]] | None:
        """The same with whether each is named so, which one query answers."""
        if len(self._words) != 1:
            return None
        (word,) = self._words
        # Ids differ by case, too; all are compared, and that is half the work.
        found = self._owners.filter(_is_named(word) | Q(origin_owner_id__contains=word))
        keys = found.annotate(is_named=_is_named(word)).values_list("pk", "is_named")
        return read if len(read := list(keys[: OWNERS + 1])) <= OWNERS else None


def _is_named(word: str) -> Q:
    return Q(origin_owner_name__icontains=word) | Q(origin_owner_id=word)


def _words(term: str) -> Iterator[str]:
    """The words of a search, and as one what is in quotes; as Django's admin splits it."""
    for bit in smart_split(term):
        quoted = bit[0] in "\"'" and bit[0] == bit[-1]
        yield unescape_string_literal(bit) if quoted else bit
