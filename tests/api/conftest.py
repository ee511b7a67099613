"""Someone at a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from django.test import Client

from example_project.accounts.models import User

BASE = "/api/stackone/"


class Answer(Protocol):
    """What Django's test client gives, and our views themselves."""

    status_code: int

    @property
    def content(self) -> bytes: ...


class Api:
    """Our API as one browser sees it."""

    def __init__(self, user: User | None = None, **options: Any) -> None:
        self.http = Client(**options)
        if user is not None:
            self.http.force_login(user)

    def get(self, path: str, **options: Any) -> Any:
        return self.http.get(f"{BASE}{path}", **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return self.http.post(f"{BASE}{path}", raw, content_type="application/json", **options)

    def patch(self, path: str, body: Any) -> Any:
        raw = json.dumps(body)
        return self.http.patch(f"{BASE}{path}", raw, content_type="application/json")

    def issue(self, **body: Any) -> Any:
        return self.post("connect-sessions/", body)

    def complete(self, session_id: Any, account_id: str) -> Any:
        return self.post(f"connect-sessions/{session_id}/complete/", {"account_id": account_id})


@pytest.fixture
def api(member: User) -> Api:
    """The member's browser, signed in."""
    return Api(member)


@pytest.fixture
def browser_of() -> Callable[..., Api]:
    return Api


def code(answer: Answer) -> tuple[int, str]:
    """An error's status and code."""
    return answer.status_code, json.loads(answer.content)["code"]
