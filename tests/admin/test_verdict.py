"""The verdict on an organization: what does not work, since when, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client

from stackone_connect import clock
from stackone_connect.admin import owner_records, stories
from stackone_connect.models import ConnectSession, OriginOwner
from tests.admin.pages import VIEW, before, broken, event, link, session, verdict
from tests.admin.people import staff
from tests.factories import AccountFactory, SessionFactory, organization_of

pytestmark = pytest.mark.django_db

UNTRIED = "nobody has tried to reconnect it since"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def support(client: Client) -> Client:
    return staff(client, *VIEW)


def test_it_says_why_since_when_and_that_a_link_waits(support: Client, owner: OriginOwner) -> None:
    account = broken(owner, before(days=3))
    link(owner, before(days=1), account)
    assert verdict(support, owner) == [
        "BambooHR: Key revoked 3 days ago; link made yesterday, not used yet anna"
    ]


def test_where_not_all_sessions_since_were_read_it_does_not_say_that_nobody_tried(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(owner, before(days=3), provider="bamboohr")
    for hours in range(3):
        session(owner, before(hours=hours + 1), provider="lever")
    assert verdict(support, owner) == [f"BambooHR: Key revoked 3 days ago; {UNTRIED}"]
    monkeypatch.setattr(owner_records, "NEWEST", 3)
    assert verdict(support, owner) == ["BambooHR: Key revoked 3 days ago"]


def test_an_account_that_is_not_shown_is_called_by_its_name_where_a_try_failed_for_it(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_records, "ACCOUNTS", 2)
    monkeypatch.setattr(owner_records, "OF_MORE", 2)
    old = AccountFactory.create(owner=owner, label="Old one", created_at=before(days=9))
    for _ in range(2):
        AccountFactory.create(owner=owner, provider="lever")
    values = {"requested_account_id": old.account_id, "status": "failed", "error_code": "x"}
    session(owner, before(hours=1), **values)
    [line] = [line for line in verdict(support, owner) if "it failed" in line]
    assert line.startswith(f"BambooHR · Old one ({old.account_id}):")


def test_a_form_is_abandoned_as_its_story_has_it(owner: OriginOwner) -> None:
    asked: Any = {"lifetime": 1_800, "now": clock.now()}
    kinds = product(
        ("issued", "failed", "pending"),
        (before(hours=1), before(hours=-1)),
        (60, 432_000),
        ("", "error"),
        ("", "access_denied", "odd"),
        ("", "account"),
    )
    found = set()
    for status, ends, lasts, attempt, code, account_id in kinds:
        made: ConnectSession = SessionFactory.build(
            owner=owner,
            status=status,
            sent={"expires_in": lasts},
            expires_at=ends,
            attempt_status=attempt,
            attempt_code=code,
            attempt_account_id=account_id,
        )
        found.add(stories.is_abandoned(made, **asked))
        assert stories.is_abandoned(made, **asked) == stories.of(made, **asked).is_abandoned
    assert found == {True, False}


@pytest.mark.parametrize(
    ("values", "done"),
    [
        ({}, "form opened 2 hours ago, not finished"),
        (
            {"attempt_status": "error", "attempt_code": "access_denied"},
            "tried 2 hours ago: access was not granted (access_denied)",
        ),
        (
            {"attempt_status": "error", "attempt_code": "odd_code"},
            "tried 2 hours ago: the provider refused it (odd_code)",
        ),
        ({"status": "pending"}, "asked for 2 hours ago, StackOne has not responded yet"),
        (
            {"attempt_status": "pending"},
            "tried 2 hours ago: the sign-in at the provider is not finished (pending)",
        ),
        (
            {"attempt_status": "cancelled"},
            "tried 2 hours ago: the provider's window was closed (cancelled)",
        ),
        (
            {"status": "failed", "error_code": "stackone_unavailable", "stackone_id": ""},
            "tried 2 hours ago, it failed: StackOne could not be reached (stackone_unavailable)",
        ),
        (
            {"status": "failed", "error_code": "of_tomorrow", "stackone_id": ""},
            "tried 2 hours ago, it failed: of tomorrow",
        ),
    ],
)
def test_it_says_how_the_last_try_went(
    support: Client, owner: OriginOwner, values: dict[str, object], done: str
) -> None:
    broken(owner, before(days=3))
    session(owner, before(hours=2), **values)
    assert verdict(support, owner) == [
        f"BambooHR: Key revoked 3 days ago; {done} member@acme.example"
    ]


def test_a_form_that_somebody_left_does_not_hide_the_link_before_it(
    support: Client, owner: OriginOwner
) -> None:
    account = broken(owner, before(days=3))
    link(owner, before(days=1), account)
    session(owner, before(hours=2))
    assert "link made yesterday, not used yet" in verdict(support, owner)[0]


def test_what_was_done_before_it_broke_or_for_another_account_is_of_no_matter(
    support: Client, owner: OriginOwner
) -> None:
    broken(owner, before(hours=3), "Password changed", account_id="one")
    other = broken(owner, before(hours=3), "Key revoked", account_id="two", label="Second")
    link(owner, before(hours=5), other)
    link(owner, before(hours=1), other)
    found = verdict(support, owner)
    assert f"BambooHR: Password changed 3 hours ago; {UNTRIED}" in found
    assert any(
        line.startswith("BambooHR · Second: Key revoked 3 hours ago; link made 1 hour ago")
        for line in found
    )


def test_a_link_that_ended_is_not_waited_for(support: Client, owner: OriginOwner) -> None:
    account = broken(owner, before(days=20))
    link(owner, before(days=10), account)
    done = "link made 10 days ago, ended without being used"
    assert verdict(support, owner) == [f"BambooHR: Key revoked 20 days ago; {done} anna"]


def test_a_link_that_can_be_used_counts_although_the_account_changed_again_since(
    support: Client, owner: OriginOwner
) -> None:
    account = broken(owner, before(hours=1))
    link(owner, before(days=1), account)
    assert "1 hour ago; link made yesterday, not used yet" in verdict(support, owner)[0]


def test_two_accounts_of_the_same_name_are_told_apart_by_their_ids(
    support: Client, owner: OriginOwner
) -> None:
    broken(owner, before(days=2), account_id="acc-1")
    AccountFactory.create(owner=owner, account_id="acc-2")
    AccountFactory.create(owner=owner, account_id="acc-3", disconnected_at=before(days=9))
    assert verdict(support, owner) == [
        f"BambooHR (acc-1): Key revoked 2 days ago; {UNTRIED}",
        "The other account works",
    ]


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        ([], "StackOne can't sign in any more (2 days ago)"),
        (
            [{"code": "token_revoked", "description": None, "timestamp": None}],
            "token revoked 2 days ago",
        ),
        ([{"code": "x", "description": "Gone.", "timestamp": "when?"}], "Gone 2 days ago"),
        ([None, "text", {"timestamp": 5}], "StackOne can't sign in any more (2 days ago)"),
        (
            [{"code": "a", "description": "First"}, {"code": "b_c", "description": ""}],
            "First; b c 2 days ago",
        ),
    ],
)
def test_reasons_are_words_whatever_stackone_left_out(
    support: Client, owner: OriginOwner, reasons: list[object], why: str
) -> None:
    broken(owner, before(days=2), status_reasons=reasons)
    assert verdict(support, owner) == [f"BambooHR: {why}; {UNTRIED}"]


def test_the_worst_comes_first_and_what_works_is_counted(
    support: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner, provider_name="Personio", status="suspended")
    AccountFactory.create_batch(3, owner=owner)
    AccountFactory.create(
        owner=owner, provider_name="Lever", disconnect_requested_at=before(hours=2)
    )
    broken(owner, before(days=2), provider_name="Gusto")
    found = verdict(support, owner)
    assert found[0].startswith("Gusto: Key revoked")
    assert sorted(found[1:3]) == [
        "Lever: asked 2 hours ago to be disconnected, StackOne has not confirmed it yet",
        "Personio: suspended at StackOne (yesterday)",
    ]
    assert found[3:] == ["The other 3 accounts work"]


def test_with_many_broken_accounts_the_rest_is_a_number(
    support: Client, owner: OriginOwner
) -> None:
    for number in range(11):
        broken(owner, before(days=2), label=f"Number {number}")
    found = verdict(support, owner)
    assert len(found) == 9
    assert found[-1] == "3 more accounts do not work"


def test_what_was_tried_for_a_provider_without_account_is_told_until_it_succeeds(
    support: Client, owner: OriginOwner
) -> None:
    denied = {"attempt_status": "error", "attempt_code": "access_denied", "provider": "workday"}
    session(owner, before(days=2), **denied)
    session(owner, before(hours=1), **denied)
    session(owner, before(days=20), provider="gusto", status="failed", error_code="unavailable")
    assert verdict(support, owner) == [
        "No account is connected",
        "Workday: tried 1 hour ago: access was not granted (access_denied) member@acme.example",
    ]
    account = AccountFactory.create(owner=owner, provider="workday", provider_name="Workday")
    session(
        owner,
        before(minutes=5),
        provider="workday",
        status="completed",
        outcome="create",
        account_id=account.account_id,
        completed_at=before(minutes=4),
    )
    assert verdict(support, owner) == ["The one account works"]


def test_events_that_nobody_processes_are_told_and_lead_to_their_list(
    support: Client, owner: OriginOwner
) -> None:
    event(owner, before(days=1), "x", state="quarantined", last_error="of_another_owner")
    for hours in (1, 2):
        event(owner, before(hours=hours), "x", state="due")
    event(owner, before(minutes=1), "x", state="due")
    found = verdict(support, owner)
    assert "1 event from StackOne is in quarantine" in found
    assert (
        "2 events from StackOne are not processed, the oldest came 2 hours ago: "
        "does stackone_process run?" in found
    )


def test_another_name_than_the_pinned_one_is_told(support: Client, owner: OriginOwner) -> None:
    organization = organization_of(owner)
    organization.name = "Acme Holding"
    organization.save()
    assert "StackOne knows it as “Acme”, today it is called “Acme Holding”" in verdict(
        support, owner
    )


def test_who_may_not_see_sessions_is_told_nothing_of_them(
    client: Client, owner: OriginOwner
) -> None:
    account = broken(owner, before(days=3))
    link(owner, before(days=1), account)
    staff(client, "view_originowner", "view_linkedaccount")
    assert verdict(client, owner) == ["BambooHR: Key revoked 3 days ago"]


def test_without_browser_lifetimes_to_compare_with_a_session_is_no_link(
    support: Client, owner: OriginOwner
) -> None:
    """Whoever made it: what a browser may ask for itself is a form."""
    broken(owner, before(days=3))
    session(owner, before(hours=2), requested_by_name="anna", sent={"expires_in": 1800})
    assert "form opened 2 hours ago, not finished anna" in verdict(support, owner)[0]
