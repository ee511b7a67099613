"""The tenant-denial battery on the example's own addresses, as a host project runs it."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from example_project.accounts.models import Organization, User
from stackone_connect.testing.tenants import Tenant, assert_tenants_are_denied


def tenant(name: str) -> Tenant:
    organization = Organization.objects.create(name=name)
    client = Client()
    client.force_login(User.objects.create_user(f"member@{name}", organization=organization))
    return Tenant(organization=organization, client=client)


@pytest.mark.django_db
def test_members_reach_nothing_of_another_organization(settings: Settings) -> None:
    settings.ROOT_URLCONF = "example_project.urls"
    assert_tenants_are_denied(tenant("acme.example"), tenant("globex.example"))
