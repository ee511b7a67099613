"""A tenant that the host deletes while StackOne is asked for it has no organization any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from example_project.accounts.models import Organization, User
from stackone_connect import tenancy
from stackone_connect.exceptions import NoOrganizationError, StackOneUnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import accounts, owners, sessions
from tests.factories import AccountFactory, SessionFactory, organization_of, snapshot_of
from tests.fakes import FakeStackOne

# With real commits: a row that points to nothing is found by the database at the end of each.
pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/stackone/"


def delete(organization: Organization) -> Callable[[], object]:
    """What the host does meanwhile, in a process of its own: here, by other objects."""

    def now() -> None:
        User.objects.filter(organization=organization).update(organization=None)
        for row in Organization.objects.filter(pk=organization.pk):
            row.delete()

    return now


@pytest.fixture(autouse=True)
def _disconnect(configure: Callable[..., None]) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")


@pytest.mark.parametrize("call", ["accounts_of", "create_connect_session"])
@pytest.mark.parametrize("fails", [False, True])
def test_issuing_for_it_ends_without_an_organization(
    client: Client,
    member: User,
    organization: Organization,
    stackone: FakeStackOne,
    call: str,
    fails: bool,
) -> None:
    stackone.during[call] = delete(organization)
    if fails:
        stackone.failing[call] = StackOneUnavailableError()
    client.force_login(member)
    answer = client.post(f"{API}connect-sessions/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_organization")
    assert not OriginOwner.objects.exists()
    assert not ConnectSession.objects.exists()


def test_an_account_that_was_named_is_not_recorded(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.accounts[account.account_id] = snapshot_of(account)
    organization: Any = owner.organization
    LinkedAccount.objects.all().delete()
    stackone.during["get_account"] = delete(organization)
    with pytest.raises(NoOrganizationError):
        sessions.issue(organization=organization, account_id=account.account_id)
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize("call", ["get_account", "latest_attempt"])
def test_completing_for_it_ends_without_an_organization(
    owner: OriginOwner, stackone: FakeStackOne, call: str
) -> None:
    session = SessionFactory.create(owner=owner)
    snapshot = stackone.link(owner.origin_owner_id)
    organization: Any = owner.organization
    stackone.during[call] = delete(organization)
    with pytest.raises(NoOrganizationError):
        sessions.complete(
            organization=organization, session_id=session.pk, account_id=snapshot.account_id
        )
    assert not OriginOwner.objects.exists()


def test_disconnecting_for_it_ends_without_an_organization(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.accounts[account.account_id] = snapshot_of(account)
    organization: Any = owner.organization

    def offboarded() -> None:
        LinkedAccount.objects.update(disconnected_at=account.fetched_at)
        delete(organization)()

    stackone.during["delete_account"] = offboarded
    with pytest.raises(NoOrganizationError):
        accounts.disconnect(organization=organization, account_id=account.account_id)
    assert not OriginOwner.objects.exists()


def test_repinning_it_ends_without_an_organization(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.during["accounts_of"] = delete(organization_of(owner))
    with pytest.raises(NoOrganizationError):
        owners.repin(organization=organization_of(owner), name="Another name")


def test_offboarding_it_ends_quietly(owner: OriginOwner, stackone: FakeStackOne) -> None:
    organization: Any = owner.organization
    stackone.during["accounts_of"] = delete(organization)
    owners.offboard(organization=organization)
    assert not OriginOwner.objects.exists()


def test_a_tenant_that_is_gone_is_not_pinned(organization: Organization) -> None:
    stale = Organization.objects.get(pk=organization.pk)
    delete(organization)()
    with pytest.raises(NoOrganizationError):
        tenancy.pin(stale)
