"""An account that moves to another owner, becomes one of another type, or had no session."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account
from tests.sandbox.conftest import Receiver, Server

TO: dict[str, Any] = {"origin_owner_id": "org-2", "origin_owner_name": "Globex"}


@pytest.fixture
def account_id(server: Server, browser: Any) -> str:
    return str(browser().connect().json()["id"])


def owner(server: Server) -> tuple[str, str]:
    (account,) = server.accounts()
    return account["origin_owner_id"], account["origin_owner_name"]


def press(account_id: str, **fields: str) -> Any:
    return Client().post("/sandbox/", {"do": f"move-account:{account_id}", **fields})


@pytest.mark.parametrize("by", ["Python", "the command", "the button", "the API"])
def test_an_account_can_be_moved_to_another_owner(
    server: Server, receiver: Receiver, account_id: str, by: str
) -> None:
    if by == "Python":
        control.move_account(account_id, **TO)
    elif by == "the command":
        words = ("move-account", "--name", "Globex", "--", account_id, "org-2")
        call_command("stackone_sandbox", *words, stdout=None)
    elif by == "the button":
        assert press(account_id, **TO, send_webhook="on").status_code == 302
    else:
        assert server.call("PATCH", f"accounts/{account_id}", TO).status_code == 200
    assert owner(server) == ("org-2", "Globex")
    control.deliver_due()
    assert receiver.names[-1] == "account.updated"
    assert receiver.events[-1]["origin_owner_id"] == "org-2"


@pytest.mark.parametrize("by", ["Python", "the command", "the button"])
def test_stackone_may_say_nothing_of_a_move(
    server: Server, receiver: Receiver, account_id: str, by: str
) -> None:
    control.deliver_due()
    if by == "Python":
        control.move_account(account_id, **TO, send_webhook=False)
    elif by == "the command":
        words = ("move-account", "--no-webhook", "--", account_id, "org-2")
        call_command("stackone_sandbox", *words, stdout=None)
    else:
        press(account_id, **TO)
    assert owner(server)[0] == "org-2"
    control.deliver_due()
    assert receiver.names == ["account.created"]


def test_without_a_name_it_keeps_its_own(server: Server, account_id: str) -> None:
    control.move_account(account_id, origin_owner_id="org-2")
    assert owner(server) == ("org-2", "Acme Inc")


def test_a_move_changes_updated_at_and_nothing_but_the_owner(
    server: Server, account_id: str
) -> None:
    (before,) = server.accounts()
    control.move_account(account_id, **TO)
    (after,) = server.accounts()
    assert after["updated_at"] > before["updated_at"]
    assert after == before | TO | {"updated_at": after["updated_at"]}


def test_the_new_owner_may_have_such_an_account_already(
    server: Server, browser: Any, account_id: str
) -> None:
    own = browser(**TO).connect().json()["id"]
    control.move_account(account_id, **TO)
    assert {item["id"] for item in server.accounts(origin_owner_id="org-2")} == {own, account_id}
    assert browser().connect().json()["id"] not in {own, account_id}


def test_a_move_to_nobody_or_of_nothing_is_refused(account_id: str) -> None:
    with pytest.raises(ValueError, match="An owner's id and name have 1 to 255 characters"):
        control.move_account(account_id, origin_owner_id=" ")
    with pytest.raises(Account.DoesNotExist):
        control.move_account("gone", **TO)
    with pytest.raises(CommandError, match="The sandbox has no such account"):
        call_command("stackone_sandbox", "move-account", "gone", "org-2")
    refused = press(account_id)
    assert refused.status_code == 400
    assert "have 1 to 255 characters" in refused.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("by", ["Python", "the command"])
def test_an_account_can_become_one_of_another_type(
    server: Server, receiver: Receiver, account_id: str, by: str
) -> None:
    assert server.accounts()[0]["type"] == "production"
    if by == "Python":
        control.set_account_type(account_id, "test")
    else:
        call_command("stackone_sandbox", "account-type", "--", account_id, "test", stdout=None)
    assert server.accounts()[0]["type"] == "test"
    control.deliver_due()
    assert receiver.names == ["account.created", "account.updated"]


def test_a_type_that_stackone_does_not_have_is_refused(account_id: str) -> None:
    with pytest.raises(ValueError, match="'staging' is none of production, test"):
        control.set_account_type(account_id, "staging")


def test_an_account_can_be_there_without_a_session(server: Server, receiver: Receiver) -> None:
    account_id = control.add_account("bamboohr", **TO, account_type="test", label="Old")
    (account,) = server.accounts()
    assert account["id"] == account_id
    assert (account["type"], account["label"], owner(server)) == ("test", "Old", (*TO.values(),))
    control.deliver_due()
    assert receiver.names == ["account.created"]


def test_it_may_be_the_second_of_its_owner(server: Server) -> None:
    first, second = (control.add_account("bamboohr", **TO) for _ in range(2))
    assert {item["id"] for item in server.accounts()} == {first, second}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"provider": "nobody"}, "'nobody' is none of bamboohr"),
        ({"origin_owner_id": ""}, "An owner's id and name"),
        ({"origin_owner_name": "x" * 256}, "An owner's id and name"),
        ({"account_type": ""}, "'' is none of production, test"),
        ({"project": "eu"}, "'eu' is no project: default"),
    ],
)
def test_an_account_that_stackone_could_not_have_is_refused(
    db: None, fields: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        control.add_account(**({"provider": "bamboohr"} | TO | fields))
    assert not Account.objects.exists()


@pytest.mark.parametrize("other", ["ORG-1", "org-1 ", "órg-1"])
def test_ids_that_differ_only_a_little_are_different_owners(server: Server, other: str) -> None:
    first = control.add_account("bamboohr", origin_owner_id="org-1", origin_owner_name="Acme Inc")
    second = control.add_account("bamboohr", origin_owner_id=other, origin_owner_name="Acme Inc")
    assert [item["id"] for item in server.accounts(origin_owner_id="org-1")] == [first]
    assert [item["id"] for item in server.accounts(origin_owner_id=other)] == [second]
    assert not Account.objects.filter(is_extra=True).exists()


def test_an_id_in_other_letters_is_another_account(server: Server) -> None:
    account_id = control.add_account("bamboohr", **TO)
    assert server.call("GET", f"accounts/{account_id.swapcase()}").status_code == 404
    assert server.accounts(account_ids=account_id.swapcase()) == []
