"""Ids that differ only in case, in an accent or in a space at the end are different ids."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from example_project.accounts.models import Organization
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.fields import ExactCharField
from stackone_connect.services import accounts, events, sessions, sync
from stackone_connect.services._reconcile import reconcile
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import receive, row

pytestmark = pytest.mark.django_db

#: Texts that MariaDB's usual collations take for equal.
ALIKE = [("tnt_aB3x", "tnt_Ab3X"), ("résumé", "resume"), ("straße", "strasse"), ("a", "a ")]
#: Columns that people read and search, of which nothing is decided by comparing in the database.
FOR_PEOPLE = {
    "OriginOwner.origin_owner_name",
    "LinkedAccount.provider_name",
    "LinkedAccount.origin_owner_name",
    "LinkedAccount.origin_username",
    "LinkedAccount.label",
    "LinkedAccount.stackone_label",
    "ConnectSession.requested_by_name",
}


def columns() -> list[models.CharField[Any, Any]]:
    return [
        column
        for model in apps.get_app_config("stackone_connect").get_models()
        for column in model._meta.fields
        if isinstance(column, models.CharField)
    ]


def test_every_text_that_a_machine_made_is_compared_exactly() -> None:
    inexact = {
        f"{column.model.__name__}.{column.name}"
        for column in columns()
        if not isinstance(column, ExactCharField)
    }
    assert inexact == FOR_PEOPLE


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_ids_that_look_alike_are_kept_and_found_apart(one: str, other: str) -> None:
    owners = {name: OwnerFactory.create(origin_owner_id=name) for name in (one, other)}
    owner = owners[one]
    held = {name: AccountFactory.create(owner=owner, account_id=name) for name in (one, other)}
    told = {
        name: WebhookEvent.objects.create(
            event="account.updated", digest=name, account_id=name, origin_owner_id=name
        )
        for name in (one, other)
    }
    for name in (one, other):
        assert OriginOwner.objects.get(origin_owner_id=name) == owners[name]
        assert LinkedAccount.objects.of(owner).get(account_id=name) == held[name]
        assert WebhookEvent.objects.get(digest=name) == told[name]
        assert WebhookEvent.objects.get(origin_owner_id__in=[name]) == told[name]
    assert not OriginOwner.objects.filter(origin_owner_id=one.upper()).exists()


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_facts_of_sessions_are_compared_exactly(one: str, other: str) -> None:
    session = SessionFactory.create(
        stackone_id=one,
        provider=one,
        requested_account_id=one,
        attempt_account_id=one,
        claimed_account_id=one,
    )
    for name in (
        *("stackone_id", "provider", "requested_account_id"),
        *("attempt_account_id", "claimed_account_id"),
    ):
        assert ConnectSession.objects.filter(**{name: one}).get() == session
        assert not ConnectSession.objects.filter(**{name: other}).exists()


# --- The main job --------------------------------------------------------------------------------


@pytest.fixture
def tenants() -> tuple[OriginOwner, OriginOwner]:
    one, other = ALIKE[0]
    return OwnerFactory.create(origin_owner_id=one), OwnerFactory.create(origin_owner_id=other)


def holder_of(account_id: str) -> list[str]:
    """Whose account it is, by what is connected."""
    connected = LinkedAccount.objects.connected().filter(account_id=account_id)
    return list(connected.values_list("owner__origin_owner_id", flat=True))


def test_two_tenants_whose_ids_differ_in_case_can_both_connect(
    stackone: FakeStackOne, configure: Any
) -> None:
    configure(OWNER_ID=lambda organization: organization.name)
    for name in ALIKE[0]:
        organization: Organization = OrganizationFactory.create(name=name)
        sessions.issue(organization=organization)
    assert [body["origin_owner_id"] for body in stackone.bodies] == list(ALIKE[0])
    assert OriginOwner.objects.count() == 2


def test_an_account_that_moves_to_such_a_tenant_leaves_the_first(
    tenants: tuple[OriginOwner, OriginOwner],
) -> None:
    before, after = tenants
    account = AccountFactory.create(owner=before)
    moved = snapshot_of(account, origin_owner_id=after.origin_owner_id)
    reconcile(project=before.project, fetch=FetchNumber.take(), present=[moved])
    assert holder_of(account.account_id) == [after.origin_owner_id]


@pytest.mark.parametrize("everything", [True, False])
def test_a_sync_gives_each_tenant_its_own(
    tenants: tuple[OriginOwner, OriginOwner], stackone: FakeStackOne, everything: bool
) -> None:
    for owner in tenants:
        stackone.link(owner.origin_owner_id, account_id=f"of-{owner.origin_owner_id}")
        AccountFactory.create(owner=tenants[0], account_id=f"of-{owner.origin_owner_id}")
    if everything:
        sync.sync_all(client=stackone)
    else:
        for owner in tenants:
            sync.sync_organization(organization=organization_of(owner), client=stackone)
    for owner in tenants:
        assert holder_of(f"of-{owner.origin_owner_id}") == [owner.origin_owner_id]


def test_a_sync_keeps_accounts_apart_whose_ids_differ_in_case(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    for account_id, label in (("Acc", "first"), ("aCC", "second")):
        stackone.link(owner.origin_owner_id, account_id=account_id, label=label)
    sync.sync_all(client=stackone)
    found = LinkedAccount.objects.of(owner).values_list("account_id", "label")
    assert set(found) == {("Acc", "first"), ("aCC", "second")}
    report = sync.sync_all(client=stackone)
    assert (report.repaired, report.disconnected) == (0, 0)


def test_an_event_reaches_the_tenant_that_it_names(
    tenants: tuple[OriginOwner, OriginOwner], stackone: FakeStackOne
) -> None:
    for owner in tenants:
        stackone.link(owner.origin_owner_id, account_id=f"of-{owner.origin_owner_id}")
        receive(account_id=f"of-{owner.origin_owner_id}", origin_owner_id=owner.origin_owner_id)
    assert events.process_due(client=stackone) == 2
    for owner in tenants:
        assert holder_of(f"of-{owner.origin_owner_id}") == [owner.origin_owner_id]


def test_an_event_of_an_owner_who_is_not_ours_is_not_taken_for_one(
    tenants: tuple[OriginOwner, OriginOwner], stackone: FakeStackOne
) -> None:
    event_id = receive(origin_owner_id=tenants[0].origin_owner_id.lower())
    events.process_due(client=stackone)
    assert row(event_id).last_error == "unknown_owner"
    assert stackone.calls == []


def test_pinning_wakes_only_the_events_of_that_owner(
    stackone: FakeStackOne, configure: Any
) -> None:
    one, other = ALIKE[0]
    waiting = {
        name: receive(account_id=f"of-{name}", origin_owner_id=name) for name in (one, other)
    }
    events.process_due(client=stackone)
    configure(OWNER_ID=lambda organization: organization.name)
    sessions.issue(organization=OrganizationFactory.create(name=one))
    assert row(waiting[one]).state == "due"
    assert row(waiting[other]).state == "quarantined"


def test_one_tenants_account_does_not_exist_for_the_other(
    tenants: tuple[OriginOwner, OriginOwner],
) -> None:
    AccountFactory.create(owner=tenants[0], account_id="Acc")
    held = accounts.linked_accounts(organization=organization_of(tenants[1]), usable=False)
    assert not held.exists()
    assert not LinkedAccount.objects.of(tenants[0]).filter(account_id="ACC").exists()


def test_forgetting_a_tenant_keeps_the_others_events(
    tenants: tuple[OriginOwner, OriginOwner],
) -> None:
    for owner in tenants:
        receive(account_id=f"of-{owner.pk}", origin_owner_id=owner.origin_owner_id)
    WebhookEvent.objects.filter(origin_owner_id=tenants[0].origin_owner_id).delete()
    assert WebhookEvent.objects.get().origin_owner_id == tenants[1].origin_owner_id


@pytest.mark.parametrize(
    ("vendor", "is_mariadb", "collation"),
    [
        ("mysql", True, "utf8mb4_nopad_bin"),
        ("mysql", False, "utf8mb4_0900_bin"),
        ("postgresql", False, None),
        ("sqlite", False, None),
    ],
)
def test_each_database_is_given_the_collation_that_pads_nothing(
    vendor: str, is_mariadb: bool, collation: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "vendor", vendor)
    monkeypatch.setattr(connection, "mysql_is_mariadb", is_mariadb, raising=False)
    column = OriginOwner._meta.get_field("origin_owner_id")
    assert column.db_parameters(connection)["collation"] == collation
    assert "db_collation" not in column.deconstruct()[3]  # one migration serves them all
