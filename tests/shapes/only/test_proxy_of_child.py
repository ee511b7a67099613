"""A tenant model that is a proxy of a child of a model with a table: ``"disconnect"``."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from stackone_connect.models import LinkedAccount, OriginOwner, OwnerTombstone
from stackone_connect.models.transactions import database
from stackone_connect.services import accounts, owners
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.holdings.models import Customer, KeyCustomer, Team
from tests.shapes.only import deletions
from tests.shapes.only.deletions import WAYS, connect, issue, nothing_is_left, tenant

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize("way", WAYS)
def test_a_tenant_that_connected_nothing_goes_with_its_sessions(
    host: Host, stackone: FakeStackOne, way: str
) -> None:
    acme = tenant("Acme")
    issue(host, acme)
    WAYS[way](acme)
    assert nothing_is_left()


@pytest.mark.parametrize("way", WAYS)
def test_a_connected_tenant_goes_and_its_accounts_are_disconnected_later(
    host: Host, stackone: FakeStackOne, way: str
) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    WAYS[way](acme)
    assert not Team.all_objects.exists()
    [owner] = OriginOwner.objects.all()
    assert owner.organization_id is None
    assert stackone.accounts
    assert owners.finish_deletions() == 1
    assert not stackone.accounts
    assert nothing_is_left()
    assert OwnerTombstone.objects.count() == 1


def test_a_deletion_that_is_rolled_back_leaves_everything(
    host: Host, stackone: FakeStackOne
) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    with transaction.atomic(using=database()):
        Team.objects.filter(pk=acme.pk).delete()
        transaction.set_rollback(True, using=database())
    assert OriginOwner.objects.get().organization_id == acme.pk
    assert owners.finish_deletions() == 0
    assert stackone.accounts


@pytest.mark.parametrize("kind", [Customer, KeyCustomer])
def test_the_concrete_tenant_and_its_proxy_are_the_same_tenant(
    host: Host, stackone: FakeStackOne, kind: Any
) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    found = accounts.linked_accounts(organization=kind.objects.get(pk=acme.pk))
    assert [account.account_id for account in found] == [f"acct-{acme.pk}"]
    assert accounts.organization_of(account_id=f"acct-{acme.pk}").pk == acme.pk
    owners.offboard(organization=kind.objects.get(pk=acme.pk))
    assert not LinkedAccount.objects.exists()


def test_the_members_of_a_closed_tenant_have_no_tenant(host: Host, stackone: FakeStackOne) -> None:
    acme = tenant("Acme")
    member = connect(host, stackone, acme)
    Team.all_objects.filter(pk=acme.pk).update(is_closed=True)
    assert member.get("accounts/").code == "no_organization"
    assert member.post("connect-sessions/").code == "no_organization"
    assert member.request("DELETE", f"accounts/acct-{acme.pk}/").code == "no_organization"


@pytest.mark.parametrize("model", [Team, Customer, KeyCustomer])
def test_the_admins_action_deletes_a_connected_tenant(
    host: Host, stackone: FakeStackOne, model: Any
) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    deletions.action_of_the_admin(host, model, acme)
    assert not Customer.all_objects.exists()
    assert OriginOwner.objects.get().organization_id is None
