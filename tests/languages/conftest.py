"""A person whose browser asks for a language, and rows of every kind for them to look at."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.choices import AccountStatus
from stackone_connect.models import LinkedAccount, OriginOwner, OwnerTombstone, WebhookEvent
from tests.admin.pages import before, broken, event, link, session
from tests.factories import AccountFactory, OwnerFactory
from tests.languages.catalogues import LANGUAGES

_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<code\b.*?</code>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\b(?:aria-label|title|alt|placeholder|value|data-[a-z-]+)="([^"]*)\"""")
#: Codes of attempts: of OAuth, and one that nobody knows.
_CODES = ("access_denied", "invalid_client", "server_error", "odd_one")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The language of a request, chosen as a browser does."""
    settings.MIDDLEWARE = [
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE,
    ]
    return str(request.param)


@pytest.fixture
def support(language: str, db: None) -> Client:
    """Staff who may see and do everything."""
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.create_superuser("support", password="x"))
    return client


@pytest.fixture
def browser(language: str, member: User) -> Client:
    """A customer."""
    client = Client(headers={"Accept-Language": language})
    client.force_login(member)
    return client


def read(answer: Any) -> str:
    """What a person reads of a page, a text to a line, or a program's user of an answer."""
    source = answer.content.decode()
    if "json" in answer["Content-Type"]:
        return json.dumps(json.loads(source), ensure_ascii=False)
    seen = _UNSEEN.sub(" ", source)
    attributes = "\n".join(_ATTRIBUTE.findall(seen))
    texts = [" ".join(text.split()) for text in re.split(r"<[^>]*>", seen)]
    return html.unescape("\n".join(filter(None, [*texts, attributes])))


@pytest.fixture
def everything(owner: OriginOwner) -> OriginOwner:
    """Accounts in every condition, sessions that went every way, events in every state."""
    _accounts(owner)
    _sessions(owner)
    for number, (state, error) in enumerate(
        (
            ("done", ""),
            ("due", "stackone_unavailable"),
            ("quarantined", "unknown_owner"),
            ("failed", "account_not_found"),
            ("failed", "worker_killed"),
        )
    ):
        event(owner, before(hours=number + 1), "account-x", state=state, last_error=error)
    WebhookEvent.objects.filter(state="due").update(next_attempt_at=before(hours=2))
    OwnerTombstone.objects.create(digest="a" * 64, organization_digest="b" * 64)
    OwnerTombstone.objects.create(digest="c" * 64)
    gone = OwnerFactory.create(organization=None, origin_owner_id="gone", origin_owner_name="Gone")
    AccountFactory.create(owner=gone)
    return owner


def _accounts(owner: OriginOwner) -> None:
    for status in AccountStatus.values:
        AccountFactory.create(owner=owner, status=status, provider=f"one-{status}")
    broken(owner, before(days=3), why="", account_id="broken", provider="gusto")
    for number in range(10):
        AccountFactory.create(owner=owner, label=f"Entity {number}", provider="workday")
    AccountFactory.create(owner=owner, disconnected_at=before(days=2), provider="lever")
    AccountFactory.create(owner=owner, disconnect_requested_at=before(hours=3), provider="ashby")


def _sessions(owner: OriginOwner) -> None:
    linked = LinkedAccount.objects.get(account_id="broken")
    for number, outcome in enumerate(("create", "update", "multiple")):
        session(
            owner, before(days=5 + number), status="completed", outcome=outcome,
            account_id=f"account-of-{outcome}", completed_at=before(days=5 + number),
        )  # fmt: skip
    for number, code in enumerate(
        (
            "stackone_rejected",
            "stackone_misconfigured",
            "stackone_bad_answer",
            "stackone_rate_limited",
            "stackone_unavailable",
            "unavailable",
            "abandoned",
        )
    ):
        session(owner, before(hours=number + 1), status="failed", error_code=code, provider=code)
    for number, code in enumerate(_CODES):
        session(
            owner, before(hours=number + 2), attempt_status="error", attempt_code=code,
            attempt_at=before(hours=number + 2), provider=f"asked-{number}",
        )  # fmt: skip
    session(owner, before(minutes=1), status="pending", stackone_created_at=None, expires_at=None)
    session(owner, before(minutes=5), expires_at=clock.now() + timedelta(minutes=20))
    session(owner, before(days=4))
    link(owner, before(days=1))
    link(owner, before(days=1), linked)
    link(owner, before(days=9))
