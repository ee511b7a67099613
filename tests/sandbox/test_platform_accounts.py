"""Linked accounts, as a backend lists, reads, changes and deletes them."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account
from tests.sandbox.conftest import BAMBOO, Server


@pytest.fixture
def three(browser: Any) -> list[str]:
    """Ids: Acme's BambooHR, Acme's Greenhouse (in error), Globex's Lever; a minute apart."""
    globex = {"origin_owner_id": "org-2", "origin_owner_name": "Globex"}
    ids = []
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        for fields, provider, credentials in (
            ({}, "bamboohr", BAMBOO),
            ({}, "greenhouse", {"api_key": "k"}),
            (globex, "lever", {"api_key": "k", "environment": "production"}),
        ):
            clock.shift(60)
            ids.append(browser(**fields).connect(provider, credentials).json()["id"])
        control.set_account_status(ids[1], "error", ["The key was revoked."])
    return ids


def test_an_account_reads_as_stackone_writes_it(server: Server, browser: Any) -> None:
    with time_machine.travel("2026-03-01T10:00:00.5Z", tick=False):
        made = browser(label="main", origin_username="ann@acme.example", type="test").connect()
    account_id = made.json()["id"]
    answer = server.call("GET", f"accounts/{account_id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": account_id,
        "provider": "bamboohr",
        "provider_name": "BambooHR",
        "status": "active",
        "status_reasons": [],
        "origin_owner_id": "org-1",
        "origin_owner_name": "Acme Inc",
        "origin_username": "ann@acme.example",
        "credentials": {},
        "setup_information": {"subdomain": "acme"},
        "label": "main",
        "created_at": "2026-03-01T10:00:00.500Z",
        "updated_at": "2026-03-01T10:00:00.500Z",
        "type": "test",
        "categories": ["hris"],
    }


def test_an_account_id_has_21_characters(three: list[str]) -> None:
    assert [len(account_id) for account_id in three] == [21, 21, 21]


@pytest.mark.parametrize("first", "-_")
def test_an_account_id_may_begin_with_a_hyphen_or_underscore(
    server: Server, three: list[str], first: str
) -> None:
    odd = f"{first}nQoASvosYhE5wJcmmAQs"
    Account.objects.filter(pk=three[0]).update(id=odd)
    assert server.call("GET", f"accounts/{odd}").json()["id"] == odd
    assert server.session(account_id=odd)["account_id"] == odd
    assert [row["id"] for row in server.accounts(account_ids=odd)] == [odd]


def test_the_list_is_a_bare_array_oldest_first(server: Server, three: list[str]) -> None:
    assert [account["id"] for account in server.accounts()] == three


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"origin_owner_id": "org-1"}, [0, 1]),
        ({"origin_owner_id": "org-3"}, []),
        ({"origin_owner_id": ""}, []),
        ({"origin_owner_ids": ["org-1", "org-2"]}, [0, 1, 2]),
        ({"origin_owner_ids": "org-2"}, [2]),
        ({"provider": "lever"}, [2]),
        ({"providers": ["lever", "bamboohr"]}, [0, 2]),
        ({"status": "error"}, [1]),
        ({"status": ["error", "active"]}, [0, 1, 2]),
        ({"origin_owner_id": "org-1", "status": "active", "providers": ["lever"]}, []),
        ({"origin_owner_id": "org-1", "status": "active"}, [0]),
        ({"page_size": "2"}, [0, 1]),
        ({"page": "2", "page_size": "2"}, [2]),
        ({"page": "3", "page_size": "2"}, []),
        ({"unknown": "x"}, [0, 1, 2]),
    ],
)
def test_the_list_is_filtered_and_paged(
    server: Server, three: list[str], query: dict[str, Any], found: list[int]
) -> None:
    ids = [account["id"] for account in server.accounts(**query)]
    assert ids == [three[index] for index in found]


def test_accounts_can_be_asked_for_by_id(server: Server, three: list[str]) -> None:
    found = server.accounts(account_ids=[three[2], three[0], "nosuch"])
    assert [account["id"] for account in found] == [three[0], three[2]]


def test_a_page_holds_25_unless_told_otherwise(server: Server, browser: Any) -> None:
    for number in range(27):
        browser(origin_owner_id=f"org-{number}").connect()
    assert len(server.accounts()) == 25
    assert len(server.accounts(page=2)) == 2
    assert len(server.accounts(page_size=26)) == 26


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "x"},
        {"page": "1" * 30},
        {"page_size": "0"},
        {"page_size": "1001"},
        {"page_size": "٣"},
        {"origin_owner_id": "\x00"},
    ],
)
def test_a_query_that_makes_no_sense_is_answered_with_400(
    server: Server, query: dict[str, str]
) -> None:
    answer = server.call("GET", "accounts", **query)
    assert answer.status_code == 400
    assert answer.json()["statusCode"] == 400


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("account_id", ["nosuch", "%00", "a%20b", "x" * 300])
def test_an_unknown_account_is_answered_with_404(
    server: Server, method: str, account_id: str
) -> None:
    answer = server.call(method, f"accounts/{account_id}", {})
    assert answer.status_code == 404
    assert answer.json()["message"] == "Account not found"


def test_deleting_answers_the_account_once_and_404_from_then_on(
    server: Server, three: list[str]
) -> None:
    before = server.call("GET", f"accounts/{three[0]}").json()
    first = server.call("DELETE", f"accounts/{three[0]}")
    assert first.status_code == 200
    assert first.json() == before
    assert server.call("DELETE", f"accounts/{three[0]}").status_code == 404
    assert server.call("GET", f"accounts/{three[0]}").status_code == 404
    assert [account["id"] for account in server.accounts()] == three[1:]


def test_after_deletion_connecting_makes_a_new_account(
    server: Server, browser: Any, three: list[str]
) -> None:
    server.call("DELETE", f"accounts/{three[0]}")
    assert browser(provider="bamboohr").connect().json()["id"] != three[0]


def test_a_change_merges_and_moves_updated_at(server: Server, three: list[str]) -> None:
    before = server.call("GET", f"accounts/{three[0]}").json()
    changes = {
        "origin_owner_id": "org-9",
        "origin_owner_name": "Acme Ltd",
        "origin_username": "bob@acme.example",
        "label": "renamed",
        "type": "test",
    }
    answer = server.call(
        "PATCH",
        f"accounts/{three[0]}",
        changes | {"setup_information": {"subdomain": "acme-ltd", "unknown": "x"}},
    )
    after = answer.json()
    assert answer.status_code == 200
    assert after["updated_at"] > before["updated_at"]
    changed = changes | {"setup_information": {"subdomain": "acme-ltd"}}
    assert after == before | changed | {"updated_at": after["updated_at"]}
    assert server.call("GET", f"accounts/{three[0]}").json() == after


def test_what_stackones_sdk_sends_with_every_change_changes_nothing_else(
    server: Server, three: list[str]
) -> None:
    before = server.call("GET", f"accounts/{three[0]}").json()
    sent: dict[str, Any] = {
        "type": "production",
        "label": {},
        "metadata": {},
        "credentials": {},
        "provider": None,
    }
    after = server.call("PATCH", f"accounts/{three[0]}", sent).json()
    assert after == before | {"updated_at": after["updated_at"]}


@pytest.mark.parametrize(
    "change",
    [
        {"origin_owner_id": 5},
        {"provider": "nosuch"},
        {"type": "trial"},
        {"credentials": "secret"},
        {"label": []},
        {"setup_information": {"subdomain": "Not A Subdomain"}},
        {"setup_information": {"subdomain": {}}},
    ],
)
def test_a_change_that_is_refused_leaves_the_account_as_it_was(
    server: Server, three: list[str], change: dict[str, Any]
) -> None:
    before = server.call("GET", f"accounts/{three[0]}").json()
    answer = server.call("PATCH", f"accounts/{three[0]}", change)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert server.call("GET", f"accounts/{three[0]}").json() == before


def test_a_secret_that_a_server_sends_is_kept_as_a_tail_only(
    server: Server, browser: Any, three: list[str]
) -> None:
    secret = "another-secret-tail"
    for place in ("credentials", "secrets", "setup_information"):
        answer = server.call("PATCH", f"accounts/{three[0]}", {place: {"api_key": secret}})
        assert secret not in answer.content.decode()
    assert Account.objects.get(pk=three[0]).secret_tails == {"api_key": "tail"}
    assert secret not in str(list(Account.objects.values()))


def test_an_account_moved_onto_another_stands_beside_it(
    server: Server, browser: Any, three: list[str]
) -> None:
    other = browser(origin_owner_name="Acme old").connect().json()["id"]
    answer = server.call("PATCH", f"accounts/{other}", {"origin_owner_name": "Acme Inc"})
    assert answer.status_code == 200
    assert answer.json()["origin_owner_name"] == "Acme Inc"
    assert browser(provider="bamboohr").connect().json()["id"] == three[0]


def test_connector_profiles_are_listed_in_pages(server: Server) -> None:
    body = server.call("GET", "connector_profiles", page_size=4, page=2).json()
    assert (body["page"], body["page_size"]) == (2, 4)
    assert len(body["data"]) == 4
    assert body["total"] > 8
    [profile] = server.call("GET", "connector_profiles", connector_key="personio").json()["data"]
    assert profile["id"] == "sandbox-personio"
    assert profile["categories"] == ["hris", "ats"]
    off = server.call("GET", "connector_profiles", enabled="false").json()["data"]
    assert [(item["connector_key"], item["active"]) for item in off] == [("teamtailor", False)]
