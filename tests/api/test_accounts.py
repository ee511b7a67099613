"""``accounts/``: what the organization has linked. The wire format exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from stackone_connect.models import OriginOwner
from tests.api.conftest import Api, code
from tests.factories import AccountFactory
from tests.fakes import FakeStackOne

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEYS = [
    *("account_id", "provider", "provider_name", "type", "status", "status_reasons", "label"),
    *("needs_reconnect", "categories", "linked_at", "updated_at", "disconnected_at"),
]


def test_an_account_reads_with_exactly_these_keys_in_this_order(
    api: Api, owner: OriginOwner
) -> None:
    account = AccountFactory.create(
        owner=owner,
        account_id="-GnQoASvosYhE5wJcmmAQ",
        status="error",
        status_reasons=[{"code": "401", "description": "revoked", "timestamp": "2026-01-31"}],
        label="Büro",
        stackone_created_at=NOON,
        stackone_updated_at=NOON + timedelta(seconds=1, milliseconds=250),
    )
    answer = api.get(f"accounts/{account.account_id}/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert list(body) == KEYS
    assert body == {
        "account_id": "-GnQoASvosYhE5wJcmmAQ",
        "provider": "bamboohr",
        "provider_name": "BambooHR",
        "type": "production",
        "status": "error",
        "status_reasons": [{"code": "401", "description": "revoked", "timestamp": "2026-01-31"}],
        "label": "Büro",
        "needs_reconnect": True,
        "categories": ["hris"],
        "linked_at": "2026-01-31T12:00:00Z",
        "updated_at": "2026-01-31T12:00:01.250000Z",
        "disconnected_at": None,
    }


def test_what_stackone_did_not_say_reads_null(api: Api, owner: OriginOwner) -> None:
    account = AccountFactory.create(
        owner=owner, provider_name="", type="", status="", label="", stackone_created_at=None,
        fetched_at=NOON,
    )  # fmt: skip
    body = api.get(f"accounts/{account.account_id}/").json()
    for name in ("provider_name", "type", "status", "label", "linked_at", "updated_at"):
        assert body[name] is None


@pytest.mark.parametrize(
    ("status", "needs_reconnect"),
    [
        ("active", False),
        ("error", True),
        ("expired", False),
        ("suspended", False),
        ("inactive", False),
        ("archived", False),
        ("quarantined_by_a_later_version", False),
    ],
)
def test_only_an_account_in_error_needs_to_reconnect_and_every_status_is_shown(
    status: str, needs_reconnect: bool, api: Api, owner: OriginOwner
) -> None:
    account = AccountFactory.create(owner=owner, status=status)
    body = api.get(f"accounts/{account.account_id}/").json()
    assert (body["status"], body["needs_reconnect"]) == (status, needs_reconnect)


def test_the_list_is_newest_first_in_pages_of_fifty(api: Api, owner: OriginOwner) -> None:
    for n in range(51):
        AccountFactory.create(owner=owner, account_id=f"a{n}", created_at=NOON + timedelta(hours=n))
    first = api.get("accounts/").json()
    assert list(first) == ["next", "previous", "results"]
    assert list(first["results"][0]) == KEYS
    assert [item["account_id"] for item in first["results"]] == [f"a{n}" for n in range(50, 0, -1)]
    second = api.http.get(first["next"]).json()
    assert [item["account_id"] for item in second["results"]] == ["a0"]
    assert second["next"] is None


def test_those_that_are_gone_are_listed_when_asked_for(api: Api, owner: OriginOwner) -> None:
    here = AccountFactory.create(owner=owner, status="error")
    gone = AccountFactory.create(owner=owner, status="error", disconnected_at=NOON)
    listed = [item["account_id"] for item in api.get("accounts/").json()["results"]]
    assert listed == [here.account_id]
    listed = api.get("accounts/", data={"disconnected": "false"}).json()["results"]
    assert len(listed) == 1
    listed = api.get("accounts/", data={"disconnected": "true"}).json()["results"]
    assert {item["account_id"]: item["disconnected_at"] for item in listed} == {
        here.account_id: None,
        gone.account_id: "2026-01-31T12:00:00Z",
    }
    assert api.get(f"accounts/{gone.account_id}/").json()["needs_reconnect"] is False


def test_reading_never_asks_stackone(api: Api, owner: OriginOwner, stackone: FakeStackOne) -> None:
    account = AccountFactory.create(owner=owner)
    api.get("accounts/")
    api.get(f"accounts/{account.account_id}/")
    assert code(api.get("accounts/unknown/")) == (404, "account_not_found")
    assert stackone.calls == []
