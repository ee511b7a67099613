"""``accounts.record``: StackOne's answers by the time they were asked for, through one door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.entities import AccountSnapshot, Fetch
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import accounts
from stackone_connect.services._reconcile import reconcile
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SnapshotFactory,
    organization_of,
    snapshot_of,
)


@pytest.fixture
def account(owner: OriginOwner) -> LinkedAccount:
    """An account as it was a day ago."""
    return AccountFactory.create(owner=owner)


@pytest.fixture
def now() -> Fetch:
    return FetchNumber.take()


def after(fetch: Fetch, places: int) -> Fetch:
    """The one that was taken so many places later."""
    return replace(fetch, number=fetch.number + places)


def record(owner: OriginOwner, fetch: Fetch, *present: AccountSnapshot, **more: Any) -> None:
    reconcile(project=owner.project, fetch=fetch, present=present, **more)


def names(told: list[Any]) -> list[str]:
    return [name for name, _ in told]


def test_a_new_account_is_written_down_as_stackone_describes_it(
    owner: OriginOwner, now: Fetch, told: list[Any]
) -> None:
    answered = SnapshotFactory.build(
        origin_owner_id=owner.origin_owner_id,
        origin_owner_name="Before Ltd",
        origin_username="who@acme.example",
        label="Büro",
        status_reasons=[{"code": "a", "description": None, "timestamp": None}],
    )
    record(owner, now, answered)
    row = LinkedAccount.objects.get()
    assert snapshot_of(row) == answered
    assert (row.fetched_at, row.fetched_number) == (now.at, now.number)
    assert row.disconnected_at is None
    assert told == [("account_linked", row.pk)]


def test_a_change_is_told_as_an_update_and_no_change_is_not_told(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    record(account.owner, now, snapshot_of(account))
    assert told == []
    record(account.owner, now, snapshot_of(account, label="new"))
    assert told == [("account_updated", account.pk)]
    account.refresh_from_db()
    assert (account.label, account.fetched_number) == ("new", now.number)


def test_an_answer_asked_for_earlier_than_the_last_is_dropped(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    record(account.owner, now, snapshot_of(account, label="newer"))
    earlier = after(now, -1)
    record(account.owner, earlier, snapshot_of(account, label="older"))
    record(account.owner, earlier, missing=[account.account_id])
    account.refresh_from_db()
    assert (account.label, account.disconnected_at) == ("newer", None)
    assert account.fetched_number == now.number
    assert names(told) == ["account_updated"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_the_order_in_which_answers_arrive_does_not_matter(
    order: tuple[int, ...], account: LinkedAccount, now: Fetch
) -> None:
    answers: list[dict[str, Any]] = [
        {"present": [snapshot_of(account, status="error")]},
        {"missing": [account.account_id]},
        {"present": [snapshot_of(account, status="suspended")]},
    ]
    fetches = [FetchNumber.take() for _ in answers]
    for index in order:
        reconcile(project=account.owner.project, fetch=fetches[index], **answers[index])
    account.refresh_from_db()
    assert (account.status, account.disconnected_at) == ("suspended", None)


def test_an_account_that_stackone_does_not_find_is_disconnected(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    for _ in range(2):
        record(account.owner, now, missing=[account.account_id])
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert told == [("account_disconnected", account.pk)]


def test_what_is_missing_and_was_never_known_leaves_no_row(
    owner: OriginOwner, now: Fetch, told: list[Any]
) -> None:
    record(owner, now, missing=["never-seen"])
    assert not LinkedAccount.objects.exists()
    assert told == []


def test_an_account_that_comes_back_is_linked_again(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    record(account.owner, now, missing=[account.account_id])
    record(account.owner, now, snapshot_of(account))
    account.refresh_from_db()
    assert account.disconnected_at is None
    assert names(told) == ["account_disconnected", "account_linked"]


def test_falling_into_error_is_told_once_and_again_after_recovery(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    for status in ("error", "error", "active", "suspended", "error"):
        record(account.owner, now, snapshot_of(account, status=status))
    assert names(told) == [
        *("account_updated", "account_needs_reconnect"),
        *("account_updated", "account_updated"),
        *("account_updated", "account_needs_reconnect"),
    ]


def test_an_account_that_moved_to_an_owner_of_ours_is_gone_here_and_made_there(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    other = OwnerFactory.create()
    moved = snapshot_of(account, origin_owner_id=other.origin_owner_id)
    record(account.owner, now, moved)
    account.refresh_from_db()
    there = LinkedAccount.objects.get(owner=other)
    assert account.disconnected_at is not None
    assert (there.account_id, there.disconnected_at) == (account.account_id, None)
    assert told == [("account_disconnected", account.pk), ("account_linked", there.pk)]


def test_an_account_that_moved_to_an_owner_we_do_not_have_is_gone_here(
    account: LinkedAccount, now: Fetch, told: list[Any]
) -> None:
    record(account.owner, now, snapshot_of(account, origin_owner_id="nobody-of-ours"))
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert names(told) == ["account_disconnected"]
    assert LinkedAccount.objects.count() == 1


def test_an_account_that_moved_back_is_ours_again(account: LinkedAccount, now: Fetch) -> None:
    other = OwnerFactory.create()
    moved = snapshot_of(account, origin_owner_id=other.origin_owner_id)
    record(account.owner, now, moved)
    record(other, after(now, 1), snapshot_of(account))
    here, there = (LinkedAccount.objects.get(owner=one) for one in (account.owner, other))
    assert (here.disconnected_at, there.disconnected_at is None) == (None, False)


def test_rows_of_two_projects_for_one_account_id_do_not_touch_each_other(
    account: LinkedAccount, now: Fetch
) -> None:
    elsewhere = OwnerFactory.create(project="eu")
    other = AccountFactory.create(owner=elsewhere, account_id=account.account_id)
    record(account.owner, now, missing=[account.account_id])
    other.refresh_from_db()
    assert other.disconnected_at is None


def test_an_account_that_is_gone_is_gone_for_every_owner_that_had_it(
    account: LinkedAccount, now: Fetch
) -> None:
    other = AccountFactory.create(account_id=account.account_id)
    record(other.owner, now, missing=[account.account_id])
    assert not LinkedAccount.objects.connected().exists()


def test_an_older_answer_makes_no_row_for_another_owner(account: LinkedAccount, now: Fetch) -> None:
    other = OwnerFactory.create()
    record(account.owner, now, snapshot_of(account))
    earlier = after(now, -1)
    record(other, earlier, snapshot_of(account, origin_owner_id=other.origin_owner_id))
    assert list(LinkedAccount.objects.all()) == [account]
    account.refresh_from_db()
    assert account.disconnected_at is None


def test_signals_go_out_when_the_rows_are_there_for_everyone(
    transactional_db: None, now: Fetch
) -> None:
    from django.db import connection

    from stackone_connect import signals

    seen: list[tuple[bool, bool]] = []

    def look(account: LinkedAccount, **_: Any) -> None:
        there = LinkedAccount.objects.filter(pk=account.pk).exists()
        seen.append((there, connection.in_atomic_block))

    owner = OwnerFactory.create()
    signals.account_linked.connect(look)
    try:
        record(owner, now, SnapshotFactory.build(origin_owner_id=owner.origin_owner_id))
    finally:
        signals.account_linked.disconnect(look)
    assert seen == [(True, False)]


# --- What host code asks for afterwards ------------------------------------------------------


def test_linked_accounts_are_the_usable_ones_of_one_organization(owner: OriginOwner) -> None:
    usable = AccountFactory.create(owner=owner)
    broken = AccountFactory.create(owner=owner, status="error", provider="gusto")
    gone = AccountFactory.create(owner=owner, disconnected_at=clock.now())
    going = AccountFactory.create(owner=owner, disconnect_requested_at=clock.now())
    AccountFactory.create()
    of = organization_of(owner)
    assert list(accounts.linked_accounts(organization=of)) == [usable]
    every = accounts.linked_accounts(organization=of, usable=False)
    assert {*every} == {usable, broken, gone, going}
    assert not accounts.linked_accounts(organization=of, provider="gusto").exists()
    found = accounts.linked_accounts(organization=of, provider="gusto", usable=False)
    assert list(found) == [broken]
    assert not accounts.linked_accounts(organization=OrganizationFactory.create()).exists()
    nobody: Any = None
    with pytest.raises(ConfigurationError):
        accounts.linked_accounts(organization=nobody)
