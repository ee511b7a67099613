"""``page`` and ``page_size`` as query parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from stackone_connect.sandbox.errors import invalid

DEFAULT_PAGE_SIZE = 25
#: StackOne documents no maximum (StackOne notes §5.1); these only bound a query.
MAX_PAGE, MAX_PAGE_SIZE = 1_000_000, 1_000

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True)
class Page:
    """Pages are counted from one, which no source states."""

    number: int
    size: int

    def slice(self, rows: QuerySet[ModelT]) -> QuerySet[ModelT]:
        start = (self.number - 1) * self.size
        return rows[start : start + self.size]


def page_of(request: HttpRequest) -> Page:
    """Raises ``RefusedError`` (400)."""
    problems: dict[str, str] = {}
    numbers = []
    for name, default, most in (
        ("page", 1, MAX_PAGE),
        ("page_size", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    ):
        text = request.GET.get(name, str(default))
        fits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
        number = int(text) if fits else 0
        if not 1 <= number <= most:
            problems[name] = f"{name} must be a whole number from 1 to {most}"
        numbers.append(number)
    if problems:
        raise invalid(problems)
    return Page(*numbers)
