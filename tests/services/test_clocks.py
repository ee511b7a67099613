"""Servers whose clocks disagree: nothing depends on which of them did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created
from pytest_django import Settings

from stackone_connect import clock
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    WebhookEvent,
    fetches,
)
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import accounts, events, sessions, sync
from stackone_connect.services._reconcile import reconcile
from stackone_connect.services._webhooks import queue
from tests.factories import AccountFactory, SnapshotFactory, organization_of, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

SKEWS = [timedelta(seconds=2), timedelta(seconds=-2), timedelta(hours=1), timedelta(hours=-1)]
#: SQLite has none but its process's.
HAS_CLOCK = connection.vendor != "sqlite"


@contextmanager
def server(ahead: timedelta) -> Iterator[None]:
    """What runs inside is on a server whose clock is that far ahead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_local", lambda: datetime.now(UTC) + ahead)
        patch.setattr(clock, "_ahead", timedelta(0))
        yield


@pytest.fixture(params=["UTC", "Asia/Kolkata"])
def in_production(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process's times are the database's, as they are where no tests run; also for a host
    whose times have no zone."""
    settings.USE_TZ = request.param == "UTC"
    settings.TIME_ZONE = request.param
    monkeypatch.delattr(mail, "outbox")
    monkeypatch.setattr(clock, "_ahead", timedelta(0))
    monkeypatch.setattr(fetches, "_read_at", -float(fetches.CLOCK_SECONDS))


@pytest.mark.parametrize("ahead", SKEWS)
def test_an_account_linked_through_one_server_is_disconnected_through_another(
    ahead: timedelta, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    organization = organization_of(owner)
    with server(ahead):
        session = sessions.issue(organization=organization, client=stackone).session
        account = stackone.link(owner.origin_owner_id)
        sessions.complete(
            organization=organization,
            session_id=session.pk,
            account_id=account.account_id,
            client=stackone,
        )
    gone = accounts.disconnect(
        organization=organization, account_id=account.account_id, client=stackone
    )
    assert gone.disconnected_at is not None
    assert account.account_id not in stackone.accounts


@pytest.mark.parametrize("ahead", SKEWS)
@pytest.mark.parametrize("event", ["account.updated", "account.deleted"])
def test_an_event_is_processed_whichever_server_asked_before(
    event: str, ahead: timedelta, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    linked = stackone.link(owner.origin_owner_id)
    with server(ahead):
        reconcile(project="default", fetch=FetchNumber.take(), present=[linked])
    if event == "account.updated":
        stackone.accounts[linked.account_id] = SnapshotFactory.build(
            account_id=linked.account_id,
            origin_owner_id=owner.origin_owner_id,
            status="error",
        )
    else:
        del stackone.accounts[linked.account_id]
    row = WebhookEvent.objects.create(event=event, account_id=linked.account_id, digest="1")
    events.process(event_id=row.pk, client=stackone)
    row.refresh_from_db()
    account = LinkedAccount.objects.get()
    assert row.state == "done"
    assert (account.status == "error") == (event == "account.updated")
    assert (account.disconnected_at is not None) == (event == "account.deleted")


@pytest.mark.parametrize("ahead", SKEWS)
def test_a_sync_repairs_what_another_server_wrote(
    ahead: timedelta, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    changed, gone = stackone.link(owner.origin_owner_id), stackone.link(owner.origin_owner_id)
    with server(ahead):
        reconcile(project="default", fetch=FetchNumber.take(), present=[changed, gone])
    stackone.accounts[changed.account_id] = SnapshotFactory.build(
        account_id=changed.account_id, origin_owner_id=owner.origin_owner_id, label="new"
    )
    del stackone.accounts[gone.account_id]
    report = sync.sync_all(client=stackone)
    assert (report.repaired, report.disconnected) == (1, 1)


def test_a_clock_that_steps_back_changes_no_order(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = stackone.link(owner.origin_owner_id)
    with server(timedelta(hours=1)):
        before = FetchNumber.take()
    after = FetchNumber.take()
    assert (before.at > after.at, before.number < after.number) == (True, True)
    reconcile(project="default", fetch=before, present=[account])
    reconcile(project="default", fetch=after, missing=[account.account_id])
    reconcile(project="default", fetch=before, present=[account])
    assert LinkedAccount.objects.get().disconnected_at is not None


def test_an_event_whose_answer_was_older_than_what_is_on_record_is_asked_about_again(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.accounts[account.account_id] = snapshot_of(account, label="older")
    row = WebhookEvent.objects.create(
        event="account.updated", account_id=account.account_id, digest="1"
    )

    def overtake() -> None:
        del stackone.during["get_account"]
        newer = snapshot_of(account, label="newer")
        reconcile(project="default", fetch=FetchNumber.take(), present=[newer])

    stackone.during["get_account"] = overtake
    events.process(event_id=row.pk, client=stackone)
    row.refresh_from_db()
    account.refresh_from_db()
    assert (row.state, row.attempts, account.label) == ("due", 0, "newer")
    events.process(event_id=row.pk, client=stackone)
    row.refresh_from_db()
    account.refresh_from_db()
    assert (row.state, account.label) == ("done", "older")


def test_rows_that_were_copied_from_a_database_with_higher_numbers_are_written_all_the_same(
    owner: OriginOwner,
) -> None:
    account = AccountFactory.create(owner=owner, fetched_number=10**12)
    other = AccountFactory.create(owner=owner)
    changed = [snapshot_of(account, label="new"), snapshot_of(other, label="new")]
    fetch = FetchNumber.take()
    reconcile(project="default", fetch=fetch, present=changed)
    assert set(LinkedAccount.objects.values_list("label", "fetched_number")) == {
        ("new", fetch.number)
    }


def test_a_sync_asks_for_a_copied_row_that_stackone_does_not_list(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    gone = AccountFactory.create(owner=owner, fetched_number=10**12)
    sync.sync_all(client=stackone)
    gone.refresh_from_db()
    assert gone.disconnected_at is not None


def test_numbers_ascend_and_leave_no_heap_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetches, "KEPT", 10)
    numbers = [FetchNumber.take().number for _ in range(35)]
    assert numbers == sorted(set(numbers))
    assert FetchNumber.objects.count() <= 10


def test_in_tests_the_clock_is_the_process_s_which_a_test_may_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server(timedelta(days=3)):
        FetchNumber.take()
        assert clock.now() - datetime.now(UTC) > timedelta(days=2)


def test_a_small_difference_is_no_reason_to_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_ahead", timedelta(0))
    clock.follow(datetime.now(UTC) + timedelta(milliseconds=100))
    assert clock._ahead == timedelta(0)
    clock.follow(datetime.now(UTC) + timedelta(seconds=30))
    assert timedelta(seconds=29) < clock._ahead < timedelta(seconds=31)


if HAS_CLOCK:

    @pytest.mark.parametrize("ahead", SKEWS)
    def test_the_times_of_all_servers_are_the_databases(
        ahead: timedelta, in_production: None
    ) -> None:
        with server(ahead):
            assert abs(FetchNumber.take().at - datetime.now(UTC)) < timedelta(seconds=1)
            assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)

    def test_a_server_knows_the_databases_clock_when_it_has_connected(in_production: None) -> None:
        with server(timedelta(hours=1)):
            fetches.read_clock(connection)
            assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)

    def test_the_databases_clock_is_read_once_a_minute(
        in_production: None, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            fetches.read_clock(connection)
            fetches.read_clock(connection)

    @pytest.mark.parametrize("ahead", SKEWS)
    def test_an_event_that_a_killed_worker_held_is_free_when_its_lease_ends_by_any_clock(
        ahead: timedelta, in_production: None, owner: OriginOwner
    ) -> None:
        row = WebhookEvent.objects.create(event="account.updated", account_id="a", digest="1")
        with server(ahead):
            FetchNumber.take()
            assert queue.claim(WebhookEvent.objects.due()).events
        row.refresh_from_db()
        assert row.leased_until is not None
        lease = queue.LEASE + timedelta(seconds=12)
        assert abs(row.leased_until - datetime.now(UTC) - lease) < timedelta(seconds=2)

    def test_a_session_is_not_taken_for_abandoned_by_a_server_whose_clock_is_ahead(
        in_production: None, owner: OriginOwner
    ) -> None:
        ConnectSession.objects.create(owner=owner, sent={})
        with server(timedelta(hours=1)):
            FetchNumber.take()
            call_command("stackone_process", "--no-poll")
        assert ConnectSession.objects.get().status == "pending"


class OfTenants:
    """A router of a host with a database for each tenant."""

    def db_for_write(self, model: Any, **_: Any) -> str:
        raise LookupError("there is no tenant")


def test_no_connection_of_the_hosts_fails_because_its_router_knows_no_database(
    settings: Any,
) -> None:
    settings.DATABASE_ROUTERS = [f"{__name__}.OfTenants"]
    connection_created.send(sender=type(connection), connection=connection)
