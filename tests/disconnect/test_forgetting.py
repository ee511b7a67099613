"""Retention, and the sessions of processes that were killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from stackone_connect import clock
from stackone_connect.models import ConnectSession, OriginOwner, WebhookEvent
from stackone_connect.services import retention
from tests.factories import AccountFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db
OLD = timedelta(days=366)


def session(owner: OriginOwner, days: float, account_id: str = "") -> ConnectSession:
    """A session so many days old, settled with an account if one is given."""
    settled: dict[str, Any] = (
        {"status": "completed", "outcome": "update", "completed_at": clock.now()}
        if account_id
        else {}
    )
    made: ConnectSession = SessionFactory.create(
        owner=owner,
        created_at=clock.now() - timedelta(days=days),
        account_id=account_id,
        **settled,
    )
    return made


def event(state: str, days: float) -> WebhookEvent:
    return WebhookEvent.objects.create(
        event="account.updated",
        digest=f"{state}-{days}",
        state=state,
        received_at=clock.now() - timedelta(days=days),
    )


def prune(*arguments: str) -> str:
    out = StringIO()
    call_command("stackone_prune", *arguments, stdout=out)
    return out.getvalue().strip()


# --- Prune ---------------------------------------------------------------------------------------


def test_old_sessions_go_but_each_accounts_newest_with_an_outcome_stays(owner: OriginOwner) -> None:
    other = OwnerFactory.create()
    kept = [
        session(owner, 364),
        session(owner, 500, "a"),
        session(owner, 400, "b"),
        session(other, 700, "a"),
        session(owner, 364, "c"),
    ]
    session(owner, 366)
    session(owner, 600, "a")
    session(owner, 366, "c")
    assert prune() == "3 sessions and 0 events deleted"
    assert set(ConnectSession.objects.all()) == set(kept)
    assert prune() == "0 sessions and 0 events deleted"


@pytest.mark.parametrize("state", ["done", "resting"])
def test_old_events_that_are_over_go(state: str) -> None:
    event(state, 91)
    kept = event(state, 89)
    assert prune() == "0 sessions and 1 events deleted"
    assert list(WebhookEvent.objects.all()) == [kept]


@pytest.mark.parametrize("state", ["due", "quarantined"])
def test_events_that_are_still_needed_stay_whatever_their_age(state: str) -> None:
    event(state, 1000)
    assert prune() == "0 sessions and 0 events deleted"


def test_accounts_are_never_pruned(owner: OriginOwner) -> None:
    account = AccountFactory.create(owner=owner, disconnected_at=clock.now() - 9 * OLD)
    prune()
    account.refresh_from_db()


def test_a_dry_run_only_says_what_would_go(owner: OriginOwner) -> None:
    session(owner, 366)
    event("done", 91)
    assert prune("--dry-run") == "1 sessions and 1 events would be deleted"
    assert ConnectSession.objects.count() == WebhookEvent.objects.count() == 1


def test_the_retention_is_the_hosts_to_set(
    owner: OriginOwner, configure: Callable[..., None]
) -> None:
    configure(SESSION_RETENTION_DAYS=10, WEBHOOK_RETENTION_DAYS=2)
    session(owner, 11)
    session(owner, 9)
    event("done", 3)
    event("done", 1)
    assert prune() == "1 sessions and 1 events deleted"


def test_it_deletes_in_batches(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        session(owner, 366)
    with django_assert_num_queries(4 + 1):  # two and two and one and none, and no event
        prune()
    assert ConnectSession.objects.count() == 0


# --- Abandoned -----------------------------------------------------------------------------------


def test_the_command_closes_sessions_whose_process_was_killed(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    pending = {"status": "pending", "stackone_created_at": None, "expires_at": None}
    killed = SessionFactory.create(
        owner=owner, created_at=clock.now() - timedelta(seconds=25), **pending
    )
    under_way = SessionFactory.create(
        owner=owner, created_at=clock.now() - timedelta(seconds=11), **pending
    )
    out = StringIO()
    call_command("stackone_process_webhooks", stdout=out)
    assert "1 abandoned sessions closed" in out.getvalue()
    killed.refresh_from_db()
    under_way.refresh_from_db()
    assert (killed.status, killed.error_code) == ("failed", "abandoned")
    assert (under_way.status, under_way.error_code) == ("pending", "")
    assert stackone.calls == []


def test_the_command_says_what_it_did_and_polls_unless_told_not_to(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    SessionFactory.create(owner=owner)
    out = StringIO()
    call_command("stackone_process_webhooks", "--no-poll", stdout=out)
    assert stackone.calls == []
    call_command("stackone_process_webhooks", stdout=out)
    assert stackone.names == ["latest_attempt", "accounts_of"]
    assert out.getvalue().splitlines() == [
        f"0 events processed, 0 abandoned sessions closed, {n} open sessions asked about, "
        "0 accounts disconnected"
        for n in (0, 1)
    ]
