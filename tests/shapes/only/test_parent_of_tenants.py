"""Deleting is the host's right, whichever way it goes; only what is connected stands in its way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.transactions import database
from stackone_connect.services import owners
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.holdings.models import Account, Customer, Team, User
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
def test_a_tenant_with_a_connected_account_is_kept_and_the_way_out_is_named(
    host: Host, stackone: FakeStackOne, way: str
) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    with (
        pytest.raises(ProtectedError, match="offboard") as refused,
        transaction.atomic(using=database()),
    ):
        WAYS[way](acme)
    assert refused.value.protected_objects == {OriginOwner.objects.get()}
    assert Team.objects.filter(pk=acme.pk).exists()
    assert OriginOwner.objects.get().organization_id == acme.pk
    owners.offboard(organization=acme)
    WAYS[way](acme)
    assert nothing_is_left()


def test_one_connected_tenant_keeps_the_others_of_its_account(
    host: Host, stackone: FakeStackOne
) -> None:
    acme, globex = tenant("Acme"), tenant("Globex")
    Team.objects.update(account=acme.account)
    connect(host, stackone, acme)
    issue(host, globex)
    with pytest.raises(ProtectedError, match="offboard"), transaction.atomic(using=database()):
        acme.account.delete()
    assert Team.objects.count() == OriginOwner.objects.count() == 2
    assert OriginOwner.objects.filter(organization=None).count() == 0


def test_many_tenants_go_at_once(host: Host, stackone: FakeStackOne) -> None:
    tenants = [tenant(f"Tenant {number}") for number in range(5)]
    for one in tenants:
        issue(host, one)
    Team.objects.all().delete()
    assert nothing_is_left()


def test_a_user_who_closes_the_account_takes_the_tenant_along(
    host: Host, stackone: FakeStackOne
) -> None:
    acme = tenant("Acme")
    issue(host, acme)
    user = User.objects.get()
    with transaction.atomic(using=database()):  # as a "close account" page does it
        user.delete()
        acme.account.delete()
    assert nothing_is_left()


def test_a_deletion_that_is_rolled_back_leaves_everything(
    host: Host, stackone: FakeStackOne
) -> None:
    acme = tenant("Acme")
    issue(host, acme)
    with transaction.atomic(using=database()):
        Team.objects.filter(pk=acme.pk).delete()
        transaction.set_rollback(True, using=database())
    assert OriginOwner.objects.get().organization_id == acme.pk
    assert ConnectSession.objects.count() == 1


def test_a_tenant_whose_accounts_are_gone_may_go(host: Host, stackone: FakeStackOne) -> None:
    acme = tenant("Acme")
    member = connect(host, stackone, acme)
    assert member.request("DELETE", f"accounts/acct-{acme.pk}/").status == 204
    acme.delete()
    assert nothing_is_left()
    assert not LinkedAccount.objects.exists()


def test_keeping_the_parent_keeps_the_tenant(host: Host, stackone: FakeStackOne) -> None:
    acme = tenant("Acme")
    connect(host, stackone, acme)
    Customer.objects.get(pk=acme.pk).delete(keep_parents=True)
    assert OriginOwner.objects.get().organization_id == acme.pk


def test_a_closed_tenant_may_be_deleted_and_nothing_fails_meanwhile(
    host: Host, stackone: FakeStackOne
) -> None:
    acme = tenant("Acme")
    member = connect(host, stackone, acme)
    Team.all_objects.filter(pk=acme.pk).update(is_closed=True)
    support = host.browser()
    support.client.force_login(host.superuser("support@holding.example"))
    owner = OriginOwner.objects.get()
    page = support.page(f"/admin/stackone_connect/originowner/{owner.pk}/change/")
    assert page.status == 200
    # The resolver of this host looks at no team, and its related manager hides the closed ones.
    assert member.get("accounts/").status < 500
    closed = Customer.all_objects.get(pk=acme.pk)
    with pytest.raises(ProtectedError, match="offboard"), transaction.atomic(using=database()):
        closed.delete()
    owners.offboard(organization=closed)
    closed.delete()
    assert nothing_is_left()


@pytest.mark.parametrize("model", [Team, Customer])
def test_the_admins_action_deletes_or_says_what_stands_in_its_way(
    host: Host, stackone: FakeStackOne, model: Any
) -> None:
    acme, globex = tenant("Acme"), tenant("Globex")
    connect(host, stackone, acme)
    issue(host, globex)
    refused = deletions.action_of_the_admin(host, model, acme)
    assert refused.status_code == 200
    assert "Cannot delete" in refused.text
    assert "offboard" in refused.text
    assert Team.objects.filter(pk=acme.pk).exists()
    User.objects.filter(is_superuser=True).delete()
    deletions.action_of_the_admin(host, model, globex)
    assert not Team.objects.filter(pk=globex.pk).exists()
    assert Account.objects.count() == 2
