"""Every list with every filter, page by page, and with the other tenant's cursors."""

from __future__ import annotations

from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from stackone_connect.api.pagination import NewestFirst
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest

#: Each list's filters; the last one returns most.
QUERIES = {
    "connect-sessions": (
        *(f"?status={status}" for status in ("issued", "completed", "failed", "expired")),
        "?provider=bamboohr",
        "",
    ),
    "accounts": ("", "?disconnected=true"),
}
#: Pages of one item that are followed.
MAX_PAGES = 100


def read(prober: Prober, *, other_prober: Prober) -> None:
    """No page may contain the other's data; ``other_prober`` sends requests as the other tenant."""
    for name, queries in QUERIES.items():
        foreign_urls = other_prober.acting.addresses(name)
        for url, foreign_url in zip(prober.acting.addresses(name), foreign_urls, strict=True):
            for query in queries:
                walk(prober, f"{url}{query}")
            with mock.patch.object(NewestFirst, "page_size", 1):
                walk(prober, f"{url}{queries[-1]}")
                for cursor_url in walk(other_prober, f"{foreign_url}{queries[-1]}"):
                    walk(prober, f"{url}?{urlsplit(cursor_url).query}")


def walk(prober: Prober, url: str) -> list[str]:
    """Fetch every page from this one on; the URLs of the following ones."""
    urls = [url]
    for page_url in urls:
        request = ProbeRequest(method="GET", path=page_url)
        response = prober.send(request)
        prober.must_not_show(request, response)
        following = _next(response.json())
        if following is not None and len(urls) < MAX_PAGES:
            urls.append(following)
    return urls[1:]


def _next(page: Any) -> str | None:
    following = page.get("next") if isinstance(page, dict) else None
    if not isinstance(following, str):
        return None
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}"
