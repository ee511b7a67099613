"""An organization that is renamed, and one that leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.exceptions import (
    StackOneRejectedError,
    StackOneUnavailableError,
    TransactionOpenError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import owners
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(owner: OriginOwner, stackone: FakeStackOne) -> list[str]:
    """The owner's three accounts at StackOne; we know of two."""
    rows = AccountFactory.create_batch(2, owner=owner)
    for row in rows:
        stackone.accounts[row.account_id] = snapshot_of(row)
    stackone.link(owner.origin_owner_id, origin_owner_name=owner.origin_owner_name)
    return list(stackone.accounts)


def fail_at(stackone: FakeStackOne, call: str, number: int, error: Exception) -> None:
    """StackOne fails at the n-th of these calls."""

    def count() -> None:
        if stackone.names.count(call) == number:
            raise error

    stackone.during[call] = count


# --- Repin ---------------------------------------------------------------------------------------


def test_the_name_is_changed_at_stackone_first_then_here(
    owner: OriginOwner,
    held: list[str],
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
) -> None:
    Organization.objects.update(name="Acme Holding")

    def still_pinned() -> None:
        assert OriginOwner.objects.get().origin_owner_name == "Acme"

    stackone.during["rename_owner"] = still_pinned
    owners.repin(organization=organization_of(OriginOwner.objects.get()))
    assert {a.origin_owner_name for a in stackone.accounts.values()} == {"Acme Holding"}
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Acme Holding"
    rows = LinkedAccount.objects.of(owner)
    assert set(rows.values_list("account_id", flat=True)) == set(held)
    assert set(rows.values_list("origin_owner_name", flat=True)) == {"Acme Holding"}
    [line] = lines("origin_owner.repinned")
    assert line.endswith('before=Acme after="Acme Holding"')


def test_a_name_can_be_given(owner: OriginOwner, stackone: FakeStackOne) -> None:
    owners.repin(organization=organization_of(owner), name=" Globex\n")
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Globex"


def test_a_blank_name_is_as_none_given(
    owner: OriginOwner, held: list[str], stackone: FakeStackOne
) -> None:
    owners.repin(organization=organization_of(owner), name="\n")
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Acme"


@pytest.mark.parametrize("error", [StackOneUnavailableError(), StackOneRejectedError()])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_failing_midway_keeps_the_pin_and_repeating_goes_on(
    number: int,
    error: Exception,
    owner: OriginOwner,
    held: list[str],
    stackone: FakeStackOne,
) -> None:
    fail_at(stackone, "rename_owner", number, error)
    with pytest.raises(type(error)):
        owners.repin(organization=organization_of(owner), name="New")
    assert OriginOwner.objects.get().origin_owner_name == "Acme"
    stackone.during.clear()
    stackone.calls.clear()
    owners.repin(organization=organization_of(OriginOwner.objects.get()), name="New")
    assert stackone.names.count("rename_owner") == 3 - (number - 1)
    assert OriginOwner.objects.get().origin_owner_name == "New"


def test_a_list_that_cant_be_had_changes_nothing(
    owner: OriginOwner, held: list[str], stackone: FakeStackOne
) -> None:
    stackone.failing["accounts_of"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        owners.repin(organization=organization_of(owner), name="New")
    assert OriginOwner.objects.get().origin_owner_name == "Acme"
    assert "rename_owner" not in stackone.names


def test_one_that_vanishes_meanwhile_is_gone_and_the_others_are_renamed(
    owner: OriginOwner, held: list[str], stackone: FakeStackOne
) -> None:
    stackone.during["rename_owner"] = lambda: stackone.accounts.pop(held[0], None)
    owners.repin(organization=organization_of(owner), name="New")
    assert OriginOwner.objects.get().origin_owner_name == "New"
    assert LinkedAccount.objects.get(account_id=held[0]).disconnected_at is not None
    assert {a.origin_owner_name for a in stackone.accounts.values()} == {"New"}


def test_the_whole_list_is_read_before_the_first_is_renamed(
    owner: OriginOwner, held: list[str], stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages share one deadline, which renaming must not use up."""

    def pages(origin_owner_id: str, deadline: Any) -> Any:
        for account in list(stackone.accounts.values()):
            assert "rename_owner" not in stackone.names
            yield account

    monkeypatch.setattr(stackone, "accounts_of", pages)
    owners.repin(organization=organization_of(owner), name="New")
    assert stackone.names.count("rename_owner") == 3


# --- Offboard ------------------------------------------------------------------------------------


@pytest.fixture
def everything(owner: OriginOwner, held: list[str]) -> None:
    """All kinds of rows, the other organization's included."""
    for each in (owner, OwnerFactory.create(origin_owner_id="other")):
        SessionFactory.create(owner=each)
        WebhookEvent.objects.create(
            event="account.updated", origin_owner_id=each.origin_owner_id, digest=f"d{each.pk}"
        )
    AccountFactory.create(owner=OriginOwner.objects.get(origin_owner_id="other"))


def counts() -> list[int]:
    tables: tuple[Any, ...] = (OriginOwner, ConnectSession, LinkedAccount, WebhookEvent)
    return [table.objects.count() for table in tables]


def test_everything_is_disconnected_then_erased_and_the_organization_can_be_deleted(
    organization: Organization, everything: None, stackone: FakeStackOne, told: list[Any]
) -> None:
    with pytest.raises(ProtectedError):
        organization.delete()
    owners.offboard(organization=organization)
    assert stackone.accounts == {}
    assert counts() == [1, 1, 1, 1]
    assert OriginOwner.objects.get().origin_owner_id == "other"
    assert [name for name, _ in told] == ["account_disconnected"] * 2
    organization.delete()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_failing_midway_erases_nothing_and_repeating_goes_on(
    number: int, organization: Organization, everything: None, stackone: FakeStackOne
) -> None:
    before = counts()
    fail_at(stackone, "delete_account", number, StackOneUnavailableError())
    with pytest.raises(StackOneUnavailableError):
        owners.offboard(organization=organization)
    assert counts() == before
    assert len(stackone.accounts) == 3 - (number - 1)
    assert LinkedAccount.objects.connected().count() <= 3
    stackone.during.clear()
    owners.offboard(organization=organization)
    assert (stackone.accounts, counts()) == ({}, [1, 1, 1, 1])


def test_a_list_that_cant_be_had_erases_nothing(
    organization: Organization, everything: None, stackone: FakeStackOne
) -> None:
    before = counts()
    stackone.failing["accounts_of"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        owners.offboard(organization=organization)
    assert counts() == before
    assert "delete_account" not in stackone.names


def test_an_account_that_stackone_has_moved_to_another_owner_is_not_deleted_there(
    organization: Organization, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    moved, _ = AccountFactory.create_batch(2, owner=owner)  # the other one is gone
    stackone.accounts[moved.account_id] = snapshot_of(moved, origin_owner_id="other")
    owners.offboard(organization=organization)
    assert list(stackone.accounts) == [moved.account_id]
    assert counts() == [0, 0, 0, 0]


def test_one_of_ours_that_the_list_left_out_is_deleted_all_the_same(
    organization: Organization,
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = AccountFactory.create(owner=owner)
    stackone.accounts[row.account_id] = snapshot_of(row)
    monkeypatch.setattr(stackone, "accounts_of", lambda owner_id, deadline: iter(()))
    owners.offboard(organization=organization)
    assert stackone.accounts == {}


def test_those_that_are_gone_already_cost_no_call(
    organization: Organization, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner, disconnected_at=clock.now())
    owners.offboard(organization=organization)
    assert stackone.names == ["accounts_of"]


def test_an_organization_that_never_connected_has_nothing_to_leave(
    organization: Organization, stackone: FakeStackOne
) -> None:
    owners.offboard(organization=organization)
    assert stackone.calls == []


def test_neither_is_called_inside_a_transaction(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        owners.repin(organization=organization_of(owner), name="New")
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        owners.offboard(organization=organization)
    assert stackone.calls == []
