"""The sandbox's knobs, from Python and from the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account, ConnectionAttempt, ConnectSession
from tests.sandbox.conftest import Browser, Server


def run(*words: str) -> None:
    """As typed: words are parsed, not passed as options."""
    call_command("stackone_sandbox", *words, stdout=None)


def status(session: Browser) -> int:
    return int(session.call("GET", "hub/settings").status_code)


@pytest.mark.parametrize("by", ["id", "token", "command by id", "command by token"])
def test_a_session_can_be_expired(server: Server, by: str) -> None:
    made, other = server.session(), server.session()
    session = Browser(made["token"])
    assert status(session) == 200
    if by == "id":
        control.expire_session(made["id"])
    elif by == "token":
        control.expire_token(made["token"])
    elif by == "command by id":
        run("expire", "--session", str(made["id"]))
    else:
        run("expire", made["token"])
    assert status(session) == 401
    assert status(Browser(other["token"])) == 200


def test_a_status_is_set_with_its_reasons_and_moves_updated_at(
    server: Server, browser: Any
) -> None:
    account_id = browser().connect().json()["id"]
    [before] = server.accounts()
    control.set_account_status(account_id, "error", ["The key was revoked."])
    [after] = server.accounts()
    assert after["status"] == "error"
    assert after["updated_at"] > before["updated_at"]
    assert after["status_reasons"] == [
        {
            "code": "error",
            "description": "The key was revoked.",
            "timestamp": after["updated_at"],
        }
    ]
    control.set_account_status(account_id, "active")
    assert server.accounts()[0]["status_reasons"] == []


def test_a_status_that_stackone_does_not_have_is_refused(browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    with pytest.raises(ValueError, match="is none of active"):
        control.set_account_status(account_id, "broken")
    with pytest.raises(CommandError, match="invalid choice"):
        run("account-status", "--", account_id, "broken")


@pytest.mark.parametrize("first", "A-_")
def test_the_command_sets_the_status_of_any_account_id(browser: Any, first: str) -> None:
    browser().connect()
    odd = f"{first}nQoASvosYhE5wJcmmAQs"
    Account.objects.update(id=odd)
    run("account-status", "--reason", "Revoked.", "--reason", "Twice.", "--", odd, "error")
    account = Account.objects.get()
    assert account.status == "error"
    assert [reason["description"] for reason in account.status_reasons] == ["Revoked.", "Twice."]


def test_reset_forgets_everything(server: Server, browser: Any) -> None:
    session = browser()
    session.connect()
    session.attempt()
    run("reset")
    for model in (ConnectSession, Account, ConnectionAttempt):
        assert not model.objects.exists()
    assert status(session) == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["expire", "nosuch"], "no such connect session"),
        (["expire", "--session", "99"], "no such connect session"),
        (["account-status", "nosuch", "error"], "no such account"),
        (["expire"], "one of the arguments"),
        ([], "required"),
    ],
)
def test_what_the_command_cannot_do_it_says(words: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*words)
