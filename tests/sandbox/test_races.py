"""Two hubs at once, on a database that really runs them side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from stackone_connect.sandbox import linking
from stackone_connect.sandbox.models import Account, ConnectionAttempt
from tests.sandbox.conftest import Browser, Server

RACERS = 4
Race = Callable[..., list[Any]]


@pytest.fixture
def race(transactional_db: None, tmp_path: Path) -> Iterator[Race]:
    """Calls functions at the same moment, each with a database connection of its own."""
    usual = connections["default"]
    in_memory = usual.vendor == "sqlite"
    file = tmp_path / "race.sqlite3"

    def connect() -> None:
        if in_memory:
            connections["default"] = type(usual)(usual.settings_dict | {"NAME": str(file)})

    if in_memory:
        connect()
        with connections["default"].schema_editor() as editor:
            for model in apps.get_app_config("stackone_sandbox").get_models():
                editor.create_model(model)

    def run(*functions: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(functions))

        def racer(function: Callable[[], Any]) -> Any:
            connect()
            try:
                start.wait()
                return function()
            finally:
                connections["default"].close()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(racer, functions))

    try:
        yield run
    finally:
        if in_memory:
            connections["default"].close()
            connections["default"] = usual


@pytest.fixture
def all_look_before_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the race is won by chance, and hardly ever by more than one."""
    create, looked, waited = linking._create, threading.Barrier(RACERS), threading.local()

    def create_after_all_looked(*args: Any) -> Account:
        if not hasattr(waited, "once"):
            waited.once = looked.wait(timeout=10)
        return create(*args)

    monkeypatch.setattr(linking, "_create", create_after_all_looked)


def browser(**fields: Any) -> Browser:
    return Browser(Server().session(**fields)["token"])


@pytest.mark.usefixtures("all_look_before_one_writes")
def test_connect_pressed_in_several_places_at_once_makes_one_account(race: Race) -> None:
    token = browser().token
    answers = race(*[Browser(token).connect] * RACERS)
    assert [answer.status_code for answer in answers] == [201] * RACERS
    assert {answer.json()["id"] for answer in answers} == {Account.objects.get().pk}


@pytest.mark.usefixtures("all_look_before_one_writes")
def test_several_sessions_of_one_owner_and_provider_make_one_account(race: Race) -> None:
    answers = race(*[browser(provider="bamboohr").connect for _ in range(RACERS)])
    assert [answer.status_code for answer in answers] == [201] * RACERS
    assert {answer.json()["id"] for answer in answers} == {Account.objects.get().pk}


def test_several_sessions_with_multiple_make_an_account_each(race: Race) -> None:
    answers = race(*[browser(multiple=True).connect for _ in range(RACERS)])
    assert [answer.status_code for answer in answers] == [201] * RACERS
    assert Account.objects.count() == RACERS


def test_edits_at_once_lose_nothing(race: Race) -> None:
    form = {"client_id": "a", "client_secret": "a-long-enough-secret"}
    account_id = browser().connect("personio", form).json()["id"]
    changes = [{"client_id": "b"}, {"page_size": "50"}, {"client_secret": "another-secret-wxyz"}]

    def edit(change: dict[str, str]) -> Callable[[], Any]:
        session = browser(account_id=account_id)
        body = {"integration_id": "sandbox-personio", "credentials": change}
        return lambda: session.call("PATCH", f"hub/accounts/{account_id}", body)

    answers = race(*map(edit, changes))
    assert [answer.status_code for answer in answers] == [200] * len(changes)
    account = Account.objects.get()
    assert account.setup == {"client_id": "b", "page_size": "50"}
    assert account.secret_tails == {"client_secret": "wxyz"}


def test_allow_against_cancel_ends_one_way_or_the_other(race: Race) -> None:
    session = browser()
    attempt = session.attempt()
    page = session.popup("gusto", attempt)
    allowed, _ = race(
        lambda: session.answer(page, "allow"),
        lambda: Browser(session.token).call("DELETE", f"hub/connection_attempts/{attempt}"),
    )
    status = ConnectionAttempt.objects.get().status
    expected = ("authenticated", 200, 1) if allowed.status_code == 200 else ("cancelled", 409, 0)
    assert (status, allowed.status_code, Account.objects.count()) == expected


def test_allow_pressed_twice_at_once_makes_one_account(race: Race) -> None:
    session = browser(multiple=True)
    page = session.popup("gusto", session.attempt())
    answers = race(*[lambda: Browser("").answer(page, "allow")] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert Account.objects.count() == 1


def test_one_deletion_of_several_at_once_succeeds(race: Race) -> None:
    account_id = browser().connect().json()["id"]
    answers = race(*[lambda: Server().call("DELETE", f"accounts/{account_id}")] * RACERS)
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * (RACERS - 1)


@pytest.mark.django_db
def test_one_who_never_gets_through_is_told_so(monkeypatch: Any) -> None:
    browser().connect()
    monkeypatch.setattr(linking, "account_for", lambda session, provider: None)
    answer = browser().connect()
    assert answer.status_code == 409
    assert answer.json()["statusCode"] == 409


@pytest.fixture
def deleted_when_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone else deletes the account between finding and changing it."""

    def after_deletion(change: Callable[..., Account]) -> Callable[..., Account]:
        def changed(*args: Any, **kwargs: Any) -> Account:
            Account.objects.all().delete()
            return change(*args, **kwargs)

        return changed

    monkeypatch.setattr(linking, "edit", after_deletion(linking.edit))
    monkeypatch.setattr(linking, "change", after_deletion(linking.change))


@pytest.mark.django_db
@pytest.mark.usefixtures("deleted_when_found")
def test_a_change_of_an_account_that_is_just_deleted_is_answered_with_404() -> None:
    hub_id = browser().connect().json()["id"]
    body = {"integration_id": "sandbox-bamboohr", "credentials": {}}
    by_hub = browser(account_id=hub_id).call("PATCH", f"hub/accounts/{hub_id}", body)
    server_id = browser().connect().json()["id"]
    by_server = Server().call("PATCH", f"accounts/{server_id}", {"label": "late"})
    for answer in (by_hub, by_server):
        assert answer.status_code == 404
        assert answer.json()["message"] == "Account not found"


@pytest.mark.django_db
@pytest.mark.usefixtures("deleted_when_found")
def test_connecting_while_the_account_is_deleted_makes_a_new_one() -> None:
    first = browser().connect().json()["id"]
    again = browser().connect()
    assert again.status_code == 201
    assert again.json()["id"] != first
    assert Account.objects.get().pk == again.json()["id"]
