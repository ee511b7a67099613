"""Rows and entities as they are in ordinary life; a test names only what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.entities import AccountSnapshot
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner


def organization_of(row: OriginOwner | User) -> Organization:
    """The organization of an owner or a member that certainly has one."""
    organization: Organization | None = row.organization
    assert organization is not None
    return organization


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")


class UserFactory(DjangoModelFactory[User]):
    """A member of an organization of their own."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"member{n}@acme.example")
    organization = factory.SubFactory(OrganizationFactory)


class OwnerFactory(DjangoModelFactory[OriginOwner]):
    """An organization that StackOne has been asked about already."""

    class Meta:
        model = OriginOwner

    organization = factory.SubFactory(OrganizationFactory)
    origin_owner_id = factory.LazyAttribute(lambda o: str(o.organization.pk))
    origin_owner_name = factory.LazyAttribute(lambda o: o.organization.name)
    accounts_read_at = factory.LazyFunction(clock.now)


class SessionFactory(DjangoModelFactory[ConnectSession]):
    """A session that was issued a minute ago and nothing is known of since."""

    class Meta:
        model = ConnectSession

    owner = factory.SubFactory(OwnerFactory)
    status = "issued"
    path = "create"
    provider = "bamboohr"
    sent = factory.LazyAttribute(lambda o: {"provider": o.provider, "expires_in": 1800})
    requested_by_name = "member@acme.example"
    stackone_id = factory.Sequence(lambda n: str(1000 + n))
    created_at = factory.LazyFunction(lambda: clock.now() - timedelta(minutes=1))
    stackone_created_at = factory.SelfAttribute("created_at")
    expires_at = factory.LazyAttribute(lambda o: o.stackone_created_at + timedelta(minutes=30))
    stackone_expires_at = factory.SelfAttribute("expires_at")


class AccountFactory(DjangoModelFactory[LinkedAccount]):
    """An active account that was linked a day ago."""

    class Meta:
        model = LinkedAccount

    owner = factory.SubFactory(OwnerFactory)
    account_id = factory.Sequence(lambda n: f"account-{n}")
    provider = "bamboohr"
    provider_name = "BambooHR"
    type = "production"
    status = "active"
    stackone_label = factory.SelfAttribute("label")
    label = ""
    origin_owner_name = factory.LazyAttribute(lambda o: o.owner.origin_owner_name)
    categories = factory.LazyFunction(lambda: ["hris"])
    stackone_created_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    stackone_updated_at = factory.SelfAttribute("stackone_created_at")
    fetched_at = factory.SelfAttribute("stackone_created_at")


class SnapshotFactory(factory.Factory[AccountSnapshot]):
    """What StackOne answers of an account that was linked just now."""

    class Meta:
        model = AccountSnapshot

    account_id = factory.Sequence(lambda n: f"linked-{n}")
    origin_owner_id = "owner"
    origin_owner_name = "Acme"
    origin_username = ""
    provider = "bamboohr"
    provider_name = "BambooHR"
    type = "production"
    status = "active"
    status_reasons = factory.LazyFunction(list)
    label = ""
    categories = factory.LazyFunction(lambda: ["hris"])
    created_at = factory.LazyFunction(clock.now)
    updated_at = factory.SelfAttribute("created_at")


def snapshot_of(account: LinkedAccount, **changes: Any) -> AccountSnapshot:
    """What StackOne answers of an account that we have, with changes."""
    same = (
        *("account_id", "provider", "provider_name", "type", "status", "status_reasons"),
        *("label", "categories", "origin_owner_name", "origin_username"),
    )
    values = {name: getattr(account, name) for name in same}
    values |= {
        "origin_owner_id": account.owner.origin_owner_id,
        "created_at": account.stackone_created_at,
        "updated_at": account.stackone_updated_at,
    }
    return AccountSnapshot(**{**values, **changes})
