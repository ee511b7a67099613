"""Every list, with every filter, page by page, and from the other's place in it."""

from __future__ import annotations

from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from stackone_connect.api.pagination import NewestFirst
from stackone_connect.testing.addresses import addresses
from stackone_connect.testing.tenants.asking import Asked, Asker

#: Each list's filters; the last one shows most.
QUERIES = {
    "connect-sessions": (
        *(f"?status={status}" for status in ("issued", "completed", "failed", "expired")),
        "?provider=bamboohr",
        "",
    ),
    "accounts": ("", "?disconnected=true"),
}
#: Pages of one row that are followed.
MOST_PAGES = 100


def read(asker: Asker, *, others: Asker) -> None:
    """Nothing of the other's may be on any page; ``others`` is who asks for the other."""
    for name, queries in QUERIES.items():
        for url in addresses(name):
            for query in queries:
                _walk(asker, f"{url}{query}")
            with mock.patch.object(NewestFirst, "page_size", 1):
                _walk(asker, f"{url}{queries[-1]}")
                for place in _walk(others, f"{url}{queries[-1]}"):
                    _walk(asker, place)


def _walk(asker: Asker, url: str) -> list[str]:
    """Look at every page from here on; the addresses of the following ones."""
    places = [url]
    for place in places:
        asked = Asked(method="GET", path=place)
        answer = asker.ask(asked)
        asker.must_not_show(asked, answer)
        following = _next(answer.json())
        if following is not None and len(places) < MOST_PAGES:
            places.append(following)
    return places[1:]


def _next(page: Any) -> str | None:
    following = page.get("next") if isinstance(page, dict) else None
    if not isinstance(following, str):
        return None
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}"
