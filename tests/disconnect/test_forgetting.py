"""Retention, and the sessions of processes that were killed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

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


@pytest.mark.parametrize("state", ["done", "failed", "quarantined"])
def test_old_events_that_are_over_go(state: str) -> None:
    event(state, 91)
    kept = event(state, 89)
    assert prune() == "0 sessions and 1 event deleted"
    assert list(WebhookEvent.objects.all()) == [kept]


def test_events_that_were_never_tried_stay_whatever_their_age() -> None:
    event("due", 1000)
    assert prune() == "0 sessions and 0 events deleted"


def test_events_that_an_outage_outlasted_go_with_retention() -> None:
    kept = event("due", 89)
    tried = [kept.pk, event("due", 91).pk]
    WebhookEvent.objects.filter(pk__in=tried).update(last_error="stackone_unavailable")
    assert prune() == "0 sessions and 1 event deleted"
    assert list(WebhookEvent.objects.all()) == [kept]


def test_accounts_are_never_pruned(owner: OriginOwner) -> None:
    account = AccountFactory.create(owner=owner, disconnected_at=clock.now() - 9 * OLD)
    prune()
    account.refresh_from_db()


def test_a_dry_run_only_says_what_would_go(owner: OriginOwner) -> None:
    session(owner, 366)
    event("done", 91)
    assert prune("--dry-run") == "1 session and 1 event would be deleted"
    assert ConnectSession.objects.count() == WebhookEvent.objects.count() == 1


def test_the_retention_is_the_hosts_to_set(
    owner: OriginOwner, configure: Callable[..., None]
) -> None:
    configure(SESSION_RETENTION_DAYS=10, WEBHOOK_RETENTION_DAYS=2)
    session(owner, 11)
    session(owner, 9)
    event("done", 3)
    event("done", 1)
    assert prune() == "1 session and 1 event deleted"


def test_it_deletes_in_batches_of_the_oldest(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in range(366, 371):
        session(owner, days)
    with CaptureQueriesContext(connection) as queries:
        assert prune() == "5 sessions and 0 events deleted"
    deletions = [q["sql"] for q in queries if q["sql"].startswith("DELETE")]
    assert len(deletions) == 3  # two and two and one, and no event
    assert ConnectSession.objects.count() == 0


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("seed", range(6))
def test_what_goes_does_not_depend_on_the_batches(
    seed: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many are of the same moment, so that a batch may end among them."""
    monkeypatch.setattr(retention, "BATCH", batch)
    chance = random.Random(seed)
    owners = OwnerFactory.create_batch(2)
    now = clock.now()
    for number in range(20):
        made = session(chance.choice(owners), 1, chance.choice(["", "a", "b", "c"]))
        at = now - timedelta(days=chance.choice([300, 370, 371, 372, 400]))
        ConnectSession.objects.filter(pk=made.pk).update(created_at=at)
        state = chance.choice(["due", "done", "failed"])
        row = event(state, chance.choice([80, 95, 96, 99]) + number / 1000)
        if chance.random() < 0.5:
            WebhookEvent.objects.filter(pk=row.pk).update(
                last_error="x", received_at=now - timedelta(days=95)
            )
    old = ConnectSession.objects.filter(created_at__lt=now - timedelta(days=365))
    sessions = {s.pk for s in old if not s.account_id or is_followed(s)}
    events = {
        row.pk
        for row in WebhookEvent.objects.filter(received_at__lt=now - timedelta(days=90))
        if row.state != "due" or row.last_error
    }
    before = [
        set(model.objects.values_list("pk", flat=True)) for model in (ConnectSession, WebhookEvent)
    ]
    said = f"{len(sessions)} sessions and {len(events)} events"
    assert prune("--dry-run") == f"{said} would be deleted"
    assert prune() == f"{said} deleted"
    after = [
        set(model.objects.values_list("pk", flat=True)) for model in (ConnectSession, WebhookEvent)
    ]
    assert [was - still for was, still in zip(before, after, strict=True)] == [sessions, events]


def is_followed(one: ConnectSession) -> bool:
    """Whether a newer session of the same owner has the same account."""
    return any(
        other.created_at > one.created_at
        for other in ConnectSession.objects.filter(owner=one.owner, account_id=one.account_id)
    )


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
    call_command("stackone_process", stdout=out)
    assert "1 abandoned session closed" in out.getvalue()
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
    call_command("stackone_process", "--no-poll", stdout=out)
    assert stackone.calls == []
    call_command("stackone_process", stdout=out)
    assert stackone.names == ["latest_attempt", "accounts_of"]
    assert out.getvalue().splitlines() == [
        f"0 events processed, 0 abandoned sessions closed, {asked} asked about, "
        "0 accounts disconnected"
        for asked in ("0 open sessions", "1 open session")
    ]
