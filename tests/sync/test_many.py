"""Ten thousand accounts: a constant number of queries per batch, and flat memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountPage, AccountSnapshot
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import sync
from stackone_connect.services.sync import Report
from tests.factories import SessionFactory, SnapshotFactory

pytestmark = pytest.mark.django_db
PAGE = 100
OWNERS = 200


class Many:
    """As many accounts as wanted, made when they are listed, so that only ours take up memory."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.label = ""
        self.shape: AccountSnapshot = SnapshotFactory.build()

    def account(self, number: int) -> AccountSnapshot:
        return replace(
            self.shape,
            account_id=f"account-{number:015d}",
            origin_owner_id=f"owner-{number % OWNERS}",
            label=self.label if number % 10 == 0 else "",
            categories=["hris"],
        )

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        numbers = range((page - 1) * PAGE, min(page * PAGE, self.count))
        return AccountPage(accounts=[self.account(number) for number in numbers])

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        owner = int(origin_owner_id.removeprefix("owner-"))
        yield from (self.account(number) for number in range(owner, self.count, OWNERS))

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> None:
        return None

    def get_account(self, account_id: str, *, deadline: Deadline) -> Any:
        raise AccountNotFoundError


@pytest.fixture(autouse=True)
def owners(db: None) -> None:
    organizations = Organization.objects.bulk_create(
        Organization(name=f"Organization {n}") for n in range(OWNERS)
    )
    OriginOwner.objects.bulk_create(
        OriginOwner(
            organization=organization,
            origin_owner_id=f"owner-{n}",
            origin_owner_name="Acme",
            accounts_read_at=clock.now(),
        )
        for n, organization in enumerate(organizations)
    )


def queries(many: Any) -> tuple[int, Report]:
    with CaptureQueriesContext(connection) as captured:
        report = sync.sync_all(client=many)
    return len(captured), report


def most(count: int) -> int:
    """Two queries for each 500 accounts. SQLite takes fewer rows in one insert, so more of them."""
    return count // 500 * 2 if connection.vendor == "postgresql" else count // 10


@pytest.mark.slow
def test_ten_thousand_accounts_cost_two_queries_for_each_five_hundred() -> None:
    many: Any = Many(10_000)
    first, report = queries(many)
    assert report == Report(seen=10_000, repaired=10_000)
    assert first <= most(10_000)
    assert LinkedAccount.objects.connected().count() == 10_000

    again, report = queries(many)
    assert report == Report(seen=10_000)
    assert again <= most(10_000)

    many.label = "Head office"
    changed, report = queries(many)
    assert report == Report(seen=10_000, repaired=1_000)
    assert changed <= most(10_000)
    assert LinkedAccount.objects.filter(label="Head office").count() == 1_000


def test_only_owners_with_sessions_cost_more() -> None:
    many: Any = Many(2_000)
    queries(many)
    many.label = "Branch"
    alone, _ = queries(many)
    for owner in OriginOwner.objects.order_by("pk")[:3]:
        SessionFactory.create(owner=owner, provider="another", attempt_account_id="x")
    many.label = "Head office"
    with_sessions, _ = queries(many)
    # One for which owners' sessions are about the accounts, and four for each of those.
    assert with_sessions <= alone + 1 + 3 * 4


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync, "BATCH", 300)
    _peak(Many(300))  # what is made once and kept, such as compiled queries, is not counted
    few, many = (_peak(Many(count)) for count in (900, 6_000))
    assert many < few * 1.2, (few, many)


def _collect(report: Report) -> None:
    gc.collect()


def _peak(many: Any) -> int:
    LinkedAccount.objects.all().delete()
    gc.collect()
    tracemalloc.start()
    # Collected after each batch, so that chance does not decide how much of it is garbage.
    sync.sync_all(client=many, progress=_collect)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
