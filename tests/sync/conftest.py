"""StackOne's list of accounts over HTTP, and one account by its id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from stackone_connect.client import retries
from tests.fakes import ANY_ADDRESS

Answered = tuple[int, dict[str, str], Any]


class Listing:
    """What StackOne has, as items of its JSON, and how it lists them.

    ``cap`` is its own limit of a page, ``wrap`` what it puts a page into. ``refusals`` are answered
    before anything else; ``before_page`` runs before a page is cut.
    """

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.cap = 100
        self.ignores_page = False
        self.wrap: Callable[[list[Any]], Any] = list
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.before_page: Callable[[int], object] = lambda page: None
        self.pages: list[int] = []
        self.alone: list[str] = []

    def has(self, account_id: str, owner_id: str = "owner", **fields: Any) -> dict[str, Any]:
        item = {
            "id": account_id,
            "provider": "bamboohr",
            "status": "active",
            "type": "production",
            "origin_owner_id": owner_id,
            "origin_owner_name": "Acme",
            "created_at": "2026-01-31T12:00:00Z",
            "updated_at": "2026-01-31T12:00:00Z",
            **fields,
        }
        self.items.append(item)
        return item

    def answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        status, headers, body = self._answer(request)
        return status, {"Content-Type": "application/json", **headers}, json.dumps(body)

    def _answer(self, request: PreparedRequest) -> Answered:
        address = urlsplit(str(request.url))
        name = address.path.removeprefix("/accounts").strip("/")
        if name:
            self.alone.append(name)
            found = [i for i in self.items if isinstance(i, dict) and i.get("id") == name]
            return (200, {}, found[0]) if found else (404, {}, {"message": "Not found"})
        query = parse_qs(address.query)
        page = int(query["page"][0])
        self.pages.append(page)
        if self.refusals:
            return *self.refusals.pop(0), {}
        self.before_page(page)
        owner = query.get("origin_owner_id")
        items = [i for i in self.items if not owner or i.get("origin_owner_id") in owner]
        size = min(self.cap, int(query["page_size"][0]))
        start = 0 if self.ignores_page else (page - 1) * size
        return 200, {}, self.wrap(items[start : start + size])


@pytest.fixture
def listing() -> Iterator[Listing]:
    """StackOne's accounts behind the real client."""
    told = Listing()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("GET", ANY_ADDRESS, callback=told.answer)
        yield told


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client slept between its tries, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(retries, "sleep", slept.append)
    return slept
