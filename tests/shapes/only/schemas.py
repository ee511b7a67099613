"""What a host with a schema for each tenant has to go through, whereever its users are."""

from __future__ import annotations

import contextlib
import re
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django_tenants.utils import schema_exists, tenant_context

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import accounts, owners
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.schemas.host import connection, in_public
from tests.shapes.hosts.schemas.models import Client

COMMANDS = ("stackone_process", "stackone_sync_accounts", "stackone_prune")


def connect(host: Host, stackone: FakeStackOne, tenant: Any, account: str) -> Any:
    """A member of the tenant, who has connected the account."""
    member = host.member(f"member@{tenant.name}.example", tenant)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json["id"]
    stackone.link(account, organization=tenant, name=tenant.name)
    done = member.post(f"connect-sessions/{issued}/complete/", {"account_id": account})
    assert done.status == 200, done.body
    return member


def tables(schema: str) -> set[str]:
    """The tables of a schema."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def keeps_our_tables_in_the_public_schema(acme: Any) -> None:
    assert "stackone_connect_originowner" in tables("public")
    assert tables(acme.schema_name)
    assert not {name for name in tables(acme.schema_name) if name.startswith("stackone")}


def serves_the_webhook_alone_on_the_public_domain(host: Host, stackone: FakeStackOne) -> None:
    assert host.stranger().get("connect-sessions/").status == 404
    assert host.stranger().get("accounts/").status == 404
    assert host.stranger().webhook("account.created", "acme-1").status == 200
    assert WebhookEvent.objects.count() == 1


def delivers_to_a_tenants_domain_as_well(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    member = connect(host, stackone, acme, "acme-1")
    stackone.link("acme-2", organization=acme)
    stranger = host.stranger()
    stranger.headers["Host"] = member.headers["Host"]
    assert stranger.webhook("account.created", "acme-2").status == 200
    assert len(member.get("accounts/").json["results"]) == 2


def tells_a_member_nothing_on_another_domain(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    member = connect(host, stackone, acme, "acme-1")
    connect(host, stackone, globex, "globex-1")
    member.headers["Host"] = globex.get_primary_domain().domain
    assert member.get("accounts/").status == 403
    assert member.get("accounts/globex-1/").status == 403
    assert member.post("connect-sessions/").status == 403
    assert member.request("DELETE", "accounts/globex-1/").status == 403
    assert set(stackone.accounts) == {"acme-1", "globex-1"}


def runs_every_command_on_the_public_schema(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    connect(host, stackone, acme, "acme-1")
    stackone.link("acme-2", organization=acme)
    with in_public():
        for command in COMMANDS:
            call_command(command, stdout=StringIO())
        out = StringIO()
        with contextlib.suppress(CommandError):
            call_command("stackone_doctor", stdout=out)
        wrong = re.findall(r"^(?:warning|error) .*", out.getvalue(), re.MULTILINE)
        assert wrong == ["warning  Settings (stackone_connect.W004)"]  # the cache of these tests
        call_command("stackone_connect_session", organization=str(acme.pk), stdout=StringIO())
    assert LinkedAccount.objects.count() == 2


def runs_commands_in_a_tenants_schema_as_well(stackone: FakeStackOne, acme: Any) -> None:
    with tenant_context(acme):
        for command in COMMANDS:
            call_command(command, stdout=StringIO())


def asks_services_from_a_tenants_schema(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    connect(host, stackone, acme, "acme-1")
    with tenant_context(acme):
        found = accounts.linked_accounts(organization=connection.tenant)
        assert [account.account_id for account in found] == ["acme-1"]
        assert accounts.organization_of(account_id="acme-1") == acme


def deletes_a_tenant_with_its_schema(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    connect(host, stackone, acme, "acme-1")
    schema = acme.schema_name
    with tenant_context(acme):  # on the tenant's own "close account" page
        connection.check_constraints()
        acme.delete()
    with in_public():
        assert not schema_exists(schema)
        assert OriginOwner.objects.get().organization_id is None
        call_command("stackone_process", stdout=StringIO())
        assert not OriginOwner.objects.exists()
        assert not ConnectSession.objects.exists()
    assert stackone.accounts == {}


def deletes_tenants_in_bulk(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any, settings: Any
) -> None:
    connect(host, stackone, acme, "acme-1")
    host.member("member@globex.example", globex).post("connect-sessions/")
    with in_public():
        connection.check_constraints()
        Client.objects.exclude(schema_name="public").delete()
    assert OriginOwner.objects.count() == 1
    assert owners.finish_deletions() == 1
    assert stackone.accounts == {}


def keeps_the_schema_of_a_tenant_that_may_not_go(
    host: Host, stackone: FakeStackOne, acme: Any, settings: Any
) -> None:
    connect(host, stackone, acme, "acme-1")
    settings.STACKONE_CONNECT = {
        **settings.STACKONE_CONNECT,
        "ON_ORGANIZATION_DELETE": "protect",
    }
    assert "stackone_connect.W020" in {message.id for message in run_checks(databases=[])}
    connection.check_constraints()
    with in_public(), pytest.raises(ProtectedError, match="offboard"), transaction.atomic():
        acme.delete()
    assert schema_exists(acme.schema_name)
    with in_public():
        owners.offboard(organization=acme)
        connection.check_constraints()
        acme.delete()
    assert not OriginOwner.objects.exists()


def shows_a_tenants_admin_its_own_rows_alone(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    connect(host, stackone, globex, "globex-1")
    connect(host, stackone, acme, "acme-1")
    with tenant_context(acme):
        staff = host.users.create_superuser("staff@acme.example")
    support = host.browser(staff, acme)
    for model, own, others in (
        (OriginOwner, "Acme", "Globex"),
        (ConnectSession, "member@Acme.example", "member@Globex.example"),
        (LinkedAccount, "acme-1", "globex-1"),
    ):
        name = f"admin:stackone_connect_{model._meta.model_name}"
        page = support.client.get(reverse(f"{name}_changelist"))
        assert page.status_code == 200
        assert own in page.text, model
        assert others not in page.text, model
        # One of another tenant is as one that does not exist.
        foreign = model._default_manager.exclude(**_of(model, acme)).get()
        answer = support.client.get(reverse(f"{name}_change", args=[foreign.pk]))
        assert answer.status_code in (302, 404), model


def _of(model: Any, tenant: Any) -> dict[str, Any]:
    path = "organization" if model is OriginOwner else "owner__organization"
    return {path: tenant.pk}
