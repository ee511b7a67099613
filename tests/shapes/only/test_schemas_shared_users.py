"""A schema for each tenant; users are public."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.only import schemas

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_member_is_told_nothing_on_another_tenants_domain(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    schemas.tells_a_member_nothing_on_another_domain(host, stackone, acme, globex)


def test_a_tenant_is_deleted_with_its_schema(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    schemas.deletes_a_tenant_with_its_schema(host, stackone, acme)


def test_a_tenants_admin_shows_its_own_rows_alone(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    schemas.shows_a_tenants_admin_its_own_rows_alone(host, stackone, acme, globex)


def test_a_user_works_for_the_tenant_of_the_domain(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    from tests.shapes.hosts.employments.models import Employment

    user = host.user("consultant@example.test", acme)
    Employment(user=user, client=globex).save()
    for tenant in (acme, globex):
        assert host.browser(user, tenant).post("connect-sessions/").status == 201
    owners = ConnectSession.objects.values_list("owner__organization", flat=True)
    assert set(owners) == {acme.pk, globex.pk}
