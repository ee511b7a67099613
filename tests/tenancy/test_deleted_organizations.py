"""Deleting an organization or a user is the host's right; what it costs, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.exceptions import (
    ConfigurationError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    OwnerTombstone,
    WebhookEvent,
)
from stackone_connect.services import accounts, owners, sessions
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

KEPT = (OriginOwner, ConnectSession, LinkedAccount, WebhookEvent)


def connected(owner: OriginOwner, stackone: FakeStackOne, **values: Any) -> LinkedAccount:
    """An account that is connected here and at StackOne."""
    account = AccountFactory.create(owner=owner, **values)
    stackone.accounts[account.account_id] = snapshot_of(account)
    return account


# --- Nothing connected ---------------------------------------------------------------------------


def test_an_organization_with_history_and_nothing_connected_can_be_deleted(
    owner: OriginOwner, organization: Organization
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner, disconnected_at=clock.now())
    WebhookEvent.objects.create(
        event="account.updated", account_id="a", origin_owner_id=owner.origin_owner_id, digest="1"
    )
    organization.delete()
    assert not any(model.objects.exists() for model in KEPT)


def test_organizations_can_be_deleted_many_at_once() -> None:
    for owner in OwnerFactory.create_batch(3):
        SessionFactory.create(owner=owner)
    Organization.objects.all().delete()
    assert not any(model.objects.exists() for model in KEPT)


def test_another_organizations_rows_stay(owner: OriginOwner, organization: Organization) -> None:
    other = SessionFactory.create()
    organization.delete()
    assert list(ConnectSession.objects.all()) == [other]
    assert list(OriginOwner.objects.all()) == [other.owner]


def test_deleting_costs_the_same_however_long_the_history_is(
    owner: OriginOwner, organization: Organization
) -> None:
    SessionFactory.create_batch(2, owner=owner)
    with CaptureQueriesContext(connection) as few:
        organization.delete()
    other = OwnerFactory.create()
    SessionFactory.create_batch(20, owner=other)
    with CaptureQueriesContext(connection) as many:
        organization_of(other).delete()
    assert len(many) == len(few)


def test_an_account_of_the_other_type_stands_in_nobodys_way(
    owner: OriginOwner, organization: Organization
) -> None:
    AccountFactory.create(owner=owner, type="test")
    organization.delete()
    assert not OriginOwner.objects.exists()


def test_a_deleted_user_costs_nothing(member: User, owner: OriginOwner) -> None:
    session = SessionFactory.create(
        owner=owner, requested_by_id=str(member.pk), requested_by_name="member@acme.example"
    )
    with CaptureQueriesContext(connection) as queries:
        member.delete()
    assert not any("stackone_connect" in query["sql"] for query in queries)
    session.refresh_from_db()
    assert session.requested_by_name == "member@acme.example"


# --- Protected -----------------------------------------------------------------------------------


def test_connected_accounts_protect_their_organization_and_the_way_on_is_said(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    connected(owner, stackone)
    with pytest.raises(ProtectedError, match=r"owners\.offboard\(organization=…\) first"):
        organization.delete()
    assert Organization.objects.filter(pk=organization.pk).exists()
    owner.refresh_from_db()
    assert owner.organization == organization
    owners.offboard(organization=organization)
    organization.delete()
    assert (stackone.accounts, OriginOwner.objects.count()) == ({}, 0)


def test_an_account_that_is_to_be_disconnected_already_does_not_protect(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    account = connected(owner, stackone)
    stackone.failing["get_account"] = StackOneUnavailableError()
    accounts.disconnect(organization=organization, account_id=account.account_id)
    organization.delete()
    assert OriginOwner.objects.get().organization is None
    stackone.failing.clear()
    call_command("stackone_process", verbosity=0)
    assert stackone.accounts == {}
    assert not any(model.objects.exists() for model in KEPT)


# --- Settings that can't be used -----------------------------------------------------------------

UNUSABLE: dict[str, dict[str, Any]] = {
    "a key with a line break": {"API_KEY": "a\nkey"},
    "no key": {"API_KEY": ""},
    "a left-over setting": {"OLD_SETTING": 1},
    "a project that is gone": {"PROJECTS": {"eu": {"API_KEY": "k", "WEBHOOK_SECRETS": ["s"]}}},
}


@pytest.fixture(params=UNUSABLE)
def unusable(request: pytest.FixtureRequest, configure: Callable[..., None]) -> Callable[[], None]:
    """Makes the settings unusable, as a deployment can."""
    return lambda: configure(**UNUSABLE[request.param])


def test_settings_that_can_not_be_used_do_not_keep_an_organization_from_being_deleted(
    unusable: Callable[[], None], owner: OriginOwner, organization: Organization
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner, disconnected_at=clock.now())
    unusable()
    organization.delete()
    assert not any(model.objects.exists() for model in KEPT)


def test_nor_is_a_connected_account_forgotten_because_of_them(
    unusable: Callable[[], None],
    owner: OriginOwner,
    organization: Organization,
    stackone: FakeStackOne,
) -> None:
    connected(owner, stackone)
    unusable()
    with pytest.raises(ProtectedError):
        organization.delete()
    assert OriginOwner.objects.get().organization == organization


def test_what_was_let_go_stays_until_its_project_can_be_asked_again(
    owner: OriginOwner,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")
    connected(owner, stackone)
    configure(PROJECTS=UNUSABLE["a project that is gone"]["PROJECTS"])
    organization.delete()
    assert OriginOwner.objects.get().organization is None
    assert owners.finish_deletions() == 0
    configure(PROJECTS=None)
    assert owners.finish_deletions() == 1
    assert stackone.accounts == {}


# --- Disconnected by the minute's job ------------------------------------------------------------


@pytest.fixture
def letting_go(configure: Callable[..., None]) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")


@pytest.mark.usefixtures("letting_go")
def test_an_organization_can_go_and_its_accounts_are_disconnected_afterwards(
    owner: OriginOwner,
    organization: Organization,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
) -> None:
    connected(owner, stackone)
    stackone.link(owner.origin_owner_id)  # one that we have not heard of
    organization.delete()
    assert stackone.calls == []
    left = OriginOwner.objects.get()
    assert (left.organization, left.origin_owner_id) == (None, owner.origin_owner_id)
    assert owners.finish_deletions() == 1
    assert stackone.accounts == {}
    assert not any(model.objects.exists() for model in KEPT)
    assert lines("origin_owner.offboarded") == ["origin_owner.offboarded organization=-"]


@pytest.mark.usefixtures("letting_go")
def test_while_stackone_is_unavailable_the_owner_stays_and_is_tried_again(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    connected(owner, stackone)
    organization.delete()
    stackone.failing["accounts_of"] = StackOneUnavailableError()
    assert owners.finish_deletions() == 0
    assert OriginOwner.objects.count() == LinkedAccount.objects.count() == 1
    stackone.failing.clear()
    assert owners.finish_deletions() == 1
    assert stackone.accounts == {}


@pytest.mark.usefixtures("letting_go")
@pytest.mark.parametrize("refusal", [StackOneRejectedError, StackOneBadAnswerError])
def test_an_account_that_stackone_refuses_to_delete_stands_in_no_others_way(
    owner: OriginOwner,
    organization: Organization,
    stackone: FakeStackOne,
    refusal: type[StackOneError],
) -> None:
    refused = connected(owner, stackone, account_id="a")
    stackone.link(owner.origin_owner_id, account_id="b")
    organization.delete()
    second = OwnerFactory.create()
    connected(second, stackone, account_id="c")
    organization_of(second).delete()

    def refuse() -> None:
        if stackone.calls[-1] == ("delete_account", refused.account_id):
            raise refusal

    stackone.during["delete_account"] = refuse
    assert owners.finish_deletions() == 1
    assert set(stackone.accounts) == {"a"}
    assert OriginOwner.objects.get() == owner
    stackone.during.clear()
    assert owners.finish_deletions() == 1
    assert stackone.accounts == {}


@pytest.mark.usefixtures("letting_go")
def test_an_account_that_stackone_fails_to_delete_stands_in_no_other_organizations_way(
    stackone: FakeStackOne,
) -> None:
    deleted = OwnerFactory.create_batch(2)
    for owner, account_id in zip(deleted, "ab", strict=True):
        connected(owner, stackone, account_id=account_id)
        organization_of(owner).delete()

    def fail() -> None:
        if stackone.calls[-1] == ("delete_account", "a"):
            raise StackOneUnavailableError

    stackone.during["delete_account"] = fail
    assert owners.finish_deletions() == 1
    assert set(stackone.accounts) == {"a"}


@pytest.mark.usefixtures("letting_go")
def test_where_stackone_answers_nobody_it_is_left_in_peace(stackone: FakeStackOne) -> None:
    for owner in OwnerFactory.create_batch(5):
        connected(owner, stackone)
        organization_of(owner).delete()
    stackone.failing["accounts_of"] = StackOneUnavailableError()
    assert owners.finish_deletions() == 0
    assert stackone.names == ["accounts_of"] * 3


@pytest.mark.usefixtures("letting_go")
def test_an_event_that_comes_meanwhile_changes_nothing_about_the_end(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    account = connected(owner, stackone)
    organization.delete()
    WebhookEvent.objects.create(
        event="account.updated",
        account_id=account.account_id,
        origin_owner_id=owner.origin_owner_id,
        digest="1",
    )
    stackone.link(owner.origin_owner_id, account_id="late")
    call_command("stackone_process", verbosity=0)
    assert stackone.accounts == {}
    assert not any(model.objects.exists() for model in KEPT)


# --- A key that comes again ----------------------------------------------------------------------


@pytest.fixture
def named_by_slug(configure: Callable[..., None]) -> None:
    """A host whose owner ids are names that can come again."""
    configure(OWNER_ID=lambda organization: organization.name.lower())


def test_an_offboarded_id_is_not_given_to_another_organization(
    named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    sessions.issue(organization=organization, provider="bamboohr")
    owners.offboard(organization=organization)
    organization.delete()
    again = OrganizationFactory.create(name="Acme")
    stackone.link("acme")  # by a link of the former customer's
    calls = len(stackone.calls)
    with pytest.raises(ConfigurationError, match="an id that a former one had"):
        sessions.issue(organization=again, provider="bamboohr")
    assert len(stackone.calls) == calls
    assert not OriginOwner.objects.exists()
    assert list(accounts.linked_accounts(organization=again)) == []


def test_staff_can_say_that_it_is_the_same_customer(
    named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    sessions.issue(organization=organization, provider="bamboohr")
    owners.offboard(organization=organization)
    organization.delete()
    OwnerTombstone.objects.all().delete()
    assert sessions.issue(organization=OrganizationFactory.create(name="Acme")).token


def test_an_organization_that_still_exists_may_come_back(
    named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    sessions.issue(organization=organization, provider="bamboohr")
    owners.offboard(organization=organization)
    assert sessions.issue(organization=organization, provider="bamboohr").token
    with pytest.raises(ConfigurationError, match="OWNER_ID gives organization"):
        sessions.issue(organization=OrganizationFactory.create(name="ACME"))


@pytest.mark.parametrize("left", ["an account", "a link"])
def test_an_id_that_was_deleted_with_something_left_behind_is_not_given_again(
    left: str, named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    owner = sessions.issue(organization=organization, expires_in=604_800).session.owner
    if left == "an account":
        AccountFactory.create(owner=owner, disconnected_at=clock.now())
        ConnectSession.objects.all().delete()
    organization.delete()
    with pytest.raises(ConfigurationError, match="an id that a former one had"):
        sessions.issue(organization=OrganizationFactory.create(name="Acme"))


def test_an_id_of_which_nothing_is_left_can_be_given_again(
    named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    owner = sessions.issue(organization=organization).session.owner
    ConnectSession.objects.update(expires_at=clock.now() - timedelta(days=1))
    organization.delete()
    again = sessions.issue(organization=OrganizationFactory.create(name="Acme"))
    assert again.session.owner.origin_owner_id == owner.origin_owner_id
    assert not OwnerTombstone.objects.exists()


def test_while_the_former_ones_accounts_are_still_connected_the_id_is_refused(
    named_by_slug: None,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")
    owner = sessions.issue(organization=organization).session.owner
    connected(owner, stackone)
    organization.delete()
    again = OrganizationFactory.create(name="Acme")
    with pytest.raises(ConfigurationError, match="OWNER_ID gives organization"):
        sessions.issue(organization=again)
    owners.finish_deletions()
    with pytest.raises(ConfigurationError, match="an id that a former one had"):
        sessions.issue(organization=again)


def test_a_tombstone_holds_nobodys_data(
    named_by_slug: None, organization: Organization, stackone: FakeStackOne
) -> None:
    sessions.issue(organization=organization)
    owners.offboard(organization=organization)
    [tombstone] = OwnerTombstone.objects.values("digest", "organization_digest")
    assert all(len(str(digest)) == 64 for digest in tombstone.values())
    assert "acme" not in str(tombstone).lower()
