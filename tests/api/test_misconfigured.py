"""Settings that can't be used, met at run time: 502 in JSON and one line, from every address."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from example_project.accounts.models import User
from stackone_connect import logs
from stackone_connect.api import errors
from stackone_connect.models import ConnectSession, OriginOwner
from tests.api.conftest import Api
from tests.factories import SessionFactory
from tests.webhooks.deliveries import event_body, signature_of

BASE = "/api/stackone/"
EVERYWHERE: dict[str, dict[str, Any]] = {
    "a setting that is left over": {"OLD_SETTING": 1},
    "a setting of the wrong kind": {"DEADLINE": "soon"},
    "no key": {"API_KEY": ""},
    "no tenant model": {"ORGANIZATION_MODEL": None},
}


@pytest.fixture(autouse=True)
def _no_flood_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_misconfigured", logs.Flood())


def is_said(answer: Any) -> bool:
    assert answer.status_code == 502
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    data = json.loads(answer.content)
    assert set(data) == {"code", "detail"}
    return bool(data["code"] == "stackone_misconfigured")


def deliver() -> Any:
    body = event_body()
    headers = {"x-stackone-signature": signature_of(body)}
    return Client().post(f"{BASE}webhooks/", body, "application/json", headers=headers)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_every_url_responds_with_it_and_each_writes_one_line(
    name: str,
    member: User,
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    settings: Any,
) -> None:
    api = Api(member)
    settings.ADMINS = [("Admin", "admin@acme.example")]
    configure(**EVERYWHERE[name])
    answers = [
        api.issue(),
        api.complete("x", "y"),
        api.get("connect-sessions/"),
        api.get("connect-sessions/x/"),
        api.get("accounts/"),
        api.get("accounts/x/"),
        api.http.delete(f"{BASE}accounts/x/"),
        api.http.options(f"{BASE}accounts/"),
        Api().get("accounts/"),
        deliver(),
    ]
    assert all(is_said(answer) for answer in answers)
    assert api.http.head(f"{BASE}accounts/").status_code == 502
    errors_written = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(errors_written) == len(answers) + 1
    assert {r.name for r in errors_written} == {"stackone_connect"}
    assert all("settings.unusable" in r.getMessage() for r in errors_written)
    assert mail.outbox == []


def broken_vault() -> Any:
    raise OSError("the vault at vault.acme.example is gone")


KEYS: dict[str, Any] = {
    "that raises": broken_vault,
    "that answers nothing": lambda: None,
    "that answers a number": lambda: 7,
    "that answers bytes": lambda: b"key",
    "that answers a key with a line break in it": lambda: "ke\ny",
    "that answers blanks": lambda: "  ",
}


@pytest.mark.parametrize("name", KEYS)
def test_a_callable_for_the_key(
    name: str, member: User, configure: Callable[..., None], lines: Callable[..., list[str]]
) -> None:
    configure(API_KEY=KEYS[name])
    assert is_said(Api(member).issue())
    assert len(lines("settings.unusable")) == 1
    assert not ConnectSession.objects.exists()
    assert not OriginOwner.objects.exists()
    assert Api(member).get("accounts/").status_code == 200


def test_a_key_with_a_line_break_in_it(member: User, configure: Callable[..., None]) -> None:
    configure(API_KEY="ke\ny")
    assert is_said(Api(member).issue())


def test_no_line_shows_a_key_or_what_a_vault_raised(
    member: User, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("se\ncret", lambda: "se\ncret", broken_vault):
        configure(API_KEY=key)
        assert is_said(Api(member).issue())
    assert "cret" not in caplog.text
    assert "vault.acme" not in caplog.text


@pytest.mark.parametrize(
    "secrets",
    [broken_vault, lambda: None, lambda: "whsec", lambda: [None], lambda: 7, lambda: [""]],
)
def test_a_callable_for_the_webhooks_secrets(
    secrets: Any, db: None, configure: Callable[..., None]
) -> None:
    configure(WEBHOOK_SECRETS=secrets)
    assert is_said(deliver())


@pytest.mark.parametrize(
    "changes",
    [
        {"OWNER_ID": lambda organization: ""},
        {"SESSION_DEFAULTS": lambda organization, user: "nonsense"},
        {"SESSION_DEFAULTS": lambda organization, user: {"type": "test"}},
        {"OWNER_ID": "nowhere.at_all"},
        {"ORIGIN_USERNAME": "nowhere.at_all"},
        {"ORGANIZATION_RESOLVER": "nowhere.at_all"},
        {"ORGANIZATION_RESOLVER": lambda request: 7},
        {"PERMISSION_CLASSES": {"connect": "nowhere.at_all"}},
        {"PERMISSION_CLASSES": {"connect": len}},
        {"PERMISSION_CLASSES": {"connect": dict}},
    ],
)
def test_a_callable_that_returns_nonsense_or_does_not_exist(
    changes: dict[str, Any], member: User, stackone: Any, configure: Callable[..., None]
) -> None:
    configure(**changes)
    assert is_said(Api(member).issue())
    assert not ConnectSession.objects.exists()


def test_a_flood_of_strangers_does_not_fill_the_log(
    db: None,
    configure: Callable[..., None],
    lines: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(errors, "_misconfigured", logs.Flood())
    configure(OLD_SETTING=1)
    for _ in range(logs.Flood.BURST + 50):
        deliver()
    assert len(lines("settings.unusable")) == logs.Flood.BURST


def test_a_bug_of_the_hosts_is_not_hidden(member: User, configure: Callable[..., None]) -> None:
    def resolve(request: Any) -> None:
        raise ZeroDivisionError

    configure(ORGANIZATION_RESOLVER=resolve)
    with pytest.raises(ZeroDivisionError):
        Api(member).get("accounts/")


def test_a_session_that_is_read_needs_no_key(
    member: User, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    session = SessionFactory.create(owner=owner)
    configure(API_KEY=broken_vault)
    assert Api(member).get(f"connect-sessions/{session.pk}/").status_code == 200
