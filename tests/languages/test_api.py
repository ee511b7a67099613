"""The API says what is wrong in the request's language; its codes are the same in all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from example_project.accounts.models import User
from stackone_connect import exceptions
from stackone_connect.models import OriginOwner
from tests.factories import AccountFactory, SessionFactory, UserFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db
BASE = "/api/stackone/"
SESSIONS = f"{BASE}connect-sessions/"

BAD_FIELDS: dict[str, Any] = {
    "set by the server": {"origin_owner_id": "1"},
    "unknown": {"colour": "red"},
    "no text": {"label": 7},
    "too long": {"label": "x" * 300},
    "control characters": {"label": "a\x00b"},
    "no key": {"provider": "a b"},
    "one and many": {"category": "hris", "categories": ["hris"]},
    "too many": {"categories": ["hris"] * 21},
    "no truth": {"multiple": "yes"},
    "several are not allowed": {"multiple": True},
    "too short": {"expires_in": 5},
    "metadata": {"metadata": "x"},
    "not offered": {"provider": "gusto", "category": "crm"},
    "none chosen": {},
}


@pytest.fixture
def ask(member: User) -> Callable[..., Any]:
    """One request in a language."""

    def send(language: str, method: str, path: str, body: Any = None, user: Any = member) -> Any:
        client = Client(headers={"Accept-Language": language}, enforce_csrf_checks=body == "csrf")
        if user is not None:
            client.force_login(user)
        raw = body if isinstance(body, str) else json.dumps(body)
        return client.generic(method, path, raw, content_type="application/json")

    return send


def assert_translated(answers: list[Any], language: str) -> None:
    """The same answer twice, in English and with each of its sentences in another language."""
    english, told = answers
    assert told.status_code == english.status_code
    ours, theirs = english.json(), told.json()
    assert theirs["code"] == ours["code"]
    assert theirs["detail"] != ours["detail"]
    assert theirs.get("errors", {}).keys() == ours.get("errors", {}).keys()
    for field, sentences in ours.get("errors", {}).items():
        for sentence, translated in zip(sentences, theirs["errors"][field], strict=True):
            assert translated != sentence
    assert told["Content-Language"] == language
    assert "Accept-Language" in told["Vary"]


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_a_bad_field(
    name: str,
    language: str,
    ask: Callable[..., Any],
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(
        CLIENT_FIELDS=[
            *("provider", "category", "categories", "account_id", "label", "multiple"),
            *("expires_in", "metadata"),
        ]
    )
    if name in {"not offered", "none chosen"}:
        configure(PROVIDERS=["bamboohr"], CATEGORIES=["hris"])
    answers = [ask(each, "POST", SESSIONS, BAD_FIELDS[name]) for each in ("en", language)]
    assert answers[0].json()["errors"]
    assert_translated(answers, language)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", SESSIONS, "not JSON"),
        ("POST", SESSIONS, ["a list"]),
        ("POST", SESSIONS, '{"label": "' + "x" * 70_000 + '"}'),
        ("POST", SESSIONS, "csrf"),
        ("PUT", SESSIONS, {}),
        ("GET", f"{SESSIONS}?status=odd", None),
        ("GET", f"{SESSIONS}?provider=%00", None),
        ("GET", f"{SESSIONS}?cursor=odd", None),
        ("GET", f"{SESSIONS}nobody/", None),
        ("GET", f"{BASE}accounts/nobody/", None),
        ("GET", f"{BASE}accounts/?disconnected=perhaps", None),
        ("PATCH", f"{BASE}accounts/acc-1/", {}),
        ("PATCH", f"{BASE}accounts/acc-1/", {"status": "active", "label": 7}),
        ("POST", f"{SESSIONS}nobody/complete/", {"account_id": 7}),
        ("GET", f"{BASE}webhooks/", None),
        ("POST", f"{BASE}webhooks/", "{}"),
    ],
)
def test_what_is_wrong_with_a_request(
    method: str, path: str, body: Any, language: str, ask: Callable[..., Any], owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner, account_id="acc-1")
    SessionFactory.create(owner=owner)
    answers = [ask(each, method, path, body) for each in ("en", language)]
    assert answers[0].status_code >= 400
    assert_translated(answers, language)


def test_who_is_not_signed_in_or_in_no_organization(language: str, ask: Callable[..., Any]) -> None:
    for user in (None, UserFactory.create(organization=None)):
        answers = [ask(each, "GET", SESSIONS, user=user) for each in ("en", language)]
        assert answers[0].status_code == 403
        assert_translated(answers, language)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.StackOneRejectedError,
        exceptions.StackOneBadAnswerError,
        exceptions.StackOneMisconfiguredError,
        exceptions.StackOneRateLimitedError,
        exceptions.StackOneUnavailableError,
    ],
)
def test_what_stackone_does_not_do(
    error: type[exceptions.StackOneError],
    language: str,
    ask: Callable[..., Any],
    stackone: FakeStackOne,
    owner: OriginOwner,
) -> None:
    answers = []
    for each in ("en", language):
        with translation.override(each):  # as where it is raised
            stackone.failing["create_connect_session"] = error()
        answers.append(ask(each, "POST", SESSIONS, {}))
    assert answers[0].json()["code"] == error.code
    assert_translated(answers, language)


def test_too_many_calls(
    language: str,
    ask: Callable[..., Any],
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(THROTTLE_RATE="1/min")
    ask("en", "POST", SESSIONS, {})
    answers = [ask(each, "POST", SESSIONS, {}) for each in ("en", language)]
    assert answers[0].status_code == 429
    assert_translated(answers, language)


def test_every_error_has_a_sentence_in_every_language(language: str) -> None:
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        if issubclass(kind, exceptions.StackOneConnectError):
            with translation.override("en"):
                english = str(kind.default_detail)
            with translation.override(language):
                assert str(kind.default_detail) != english, name
