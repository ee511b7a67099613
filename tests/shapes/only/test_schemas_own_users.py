"""A schema for each tenant, with the tenant's users in it."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.only import schemas

pytestmark = pytest.mark.django_db(databases="__all__")


def test_our_tables_are_in_the_public_schema_alone(acme: Any) -> None:
    schemas.keeps_our_tables_in_the_public_schema(acme)


def test_the_public_domain_serves_the_webhook_alone(host: Host, stackone: FakeStackOne) -> None:
    schemas.serves_the_webhook_alone_on_the_public_domain(host, stackone)


def test_the_webhook_of_a_tenants_domain_does_as_well(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    schemas.delivers_to_a_tenants_domain_as_well(host, stackone, acme)


def test_a_member_is_told_nothing_on_another_tenants_domain(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    schemas.tells_a_member_nothing_on_another_domain(host, stackone, acme, globex)


def test_every_command_runs_on_the_public_schema(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    schemas.runs_every_command_on_the_public_schema(host, stackone, acme)


def test_commands_run_in_a_tenants_schema_as_well(stackone: FakeStackOne, acme: Any) -> None:
    schemas.runs_commands_in_a_tenants_schema_as_well(stackone, acme)


def test_services_answer_from_a_tenants_schema(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    schemas.asks_services_from_a_tenants_schema(host, stackone, acme)


def test_a_tenant_is_deleted_with_its_schema(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    schemas.deletes_a_tenant_with_its_schema(host, stackone, acme)


def test_tenants_are_deleted_in_bulk(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any, settings: Any
) -> None:
    schemas.deletes_tenants_in_bulk(host, stackone, acme, globex, settings)


def test_the_schema_of_a_tenant_that_may_not_go_stays(
    host: Host, stackone: FakeStackOne, acme: Any, settings: Any
) -> None:
    schemas.keeps_the_schema_of_a_tenant_that_may_not_go(host, stackone, acme, settings)


def test_a_tenants_admin_shows_its_own_rows_alone(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    schemas.shows_a_tenants_admin_its_own_rows_alone(host, stackone, acme, globex)


def test_users_of_two_schemas_with_the_same_key_are_told_apart(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    users = [host.user("first@acme.example", acme), host.user("first@globex.example", globex)]
    assert users[0].pk == users[1].pk
    for user, tenant in zip(users, (acme, globex), strict=True):
        answer = host.browser(user, tenant).post("connect-sessions/")
        assert answer.json["requested_by"] == user.username
    kept = ConnectSession.objects.values_list("requested_by_id", "requested_by_name")
    assert set(kept) == {(str(users[0].pk), user.username) for user in users}


def test_there_is_no_table_of_users_in_the_public_schema(acme: Any) -> None:
    assert "auth_user" not in schemas.tables("public")
    assert "auth_user" in schemas.tables(acme.schema_name)
