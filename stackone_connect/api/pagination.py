"""Cursor pages of 50, newest first: constant cost however long a history is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from stackone_connect.exceptions import InvalidRequestError


class NewestFirst(CursorPagination):
    """``next``, ``previous``, ``results``; nothing of it follows the host's settings."""

    page_size = 50
    page_size_query_param = None
    max_page_size = None
    cursor_query_param = "cursor"
    ordering = ("-created_at", "-id")

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """The page that the cursor names; :class:`InvalidRequestError` for a bad cursor."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, ValueError, TypeError, OverflowError) as error:
            raise InvalidRequestError({"cursor": [_("This is not a valid cursor.")]}) from error

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor, written as a page of ours writes it; ``NotFound`` for anything else.

        Base64 is read leniently: an account's id can be read as a cursor that says nothing, and
        would be answered with the first page.
        """
        cursor = super().decode_cursor(request)
        sent = request.query_params.get(self.cursor_query_param)
        if cursor is not None and sent:
            query = urlsplit(self.encode_cursor(cursor)).query
            if parse_qs(query).get(self.cursor_query_param) != [sent]:
                raise NotFound
        return cursor
