"""The addresses in the pages: back to where somebody came from, and from page to page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

#: The query parameter with the account that something was just done to.
DONE = "stackone_account"
#: The form field with the address of the page to go back to.
BACK = "next"
#: The query parameter with the number of the page of accounts.
PAGE = "stackone_page"
#: The heading of the accounts, where a page of them begins.
_TITLE = "stackone-accounts-title"


def here(request: HttpRequest) -> str:
    """The page's own address, without what was just done."""
    query = request.GET.copy()
    query.pop(DONE, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def page_link(request: HttpRequest, number: int | str) -> str:
    """The address of another page of accounts, on this page."""
    query = request.GET.copy()
    query.pop(DONE, None)
    query[PAGE] = str(number)
    return f"?{query.urlencode()}#{_TITLE}"


def numbers(page: Any) -> list[int | str]:
    """The numbers to show of many pages, with an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
