"""A tenant's own admin (django-tenants) shows that tenant's rows and no other's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from tests.factories import AccountFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

LISTS = ["originowner", "connectsession", "linkedaccount", "webhookevent", "ownertombstone"]
OVERVIEW = reverse("admin:stackone_connect_overview")


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


@pytest.fixture
def rows(owner: OriginOwner) -> list[Model]:
    """A row of each kind, all of another tenant than ``owner``'s."""
    other = OwnerFactory.create(organization__name="Hidden-tenant")
    event = WebhookEvent.objects.create(
        event="hidden-row",
        account_id="hidden-row",
        origin_owner_id=other.origin_owner_id,
        digest="1",
    )
    return [
        other,
        SessionFactory.create(owner=other, provider="hidden-row"),
        AccountFactory.create(owner=other, provider="hidden-row", status="error"),
        event,
        OwnerTombstone.objects.create(digest="hidden-row"),
    ]


def listed(name: str) -> str:
    return reverse(f"admin:stackone_connect_{name}_changelist")


def set_schema(monkeypatch: pytest.MonkeyPatch, schema: str, tenant: object) -> None:
    """As django-tenants' middleware does."""
    monkeypatch.setattr(connection, "schema_name", schema, raising=False)
    monkeypatch.setattr(connection, "tenant", tenant, raising=False)


def count(client: Client, name: str) -> int:
    return int(client.get(listed(name)).context["cl"].result_count)


def test_a_tenants_admin_shows_its_own_rows_only(
    root: Client, owner: OriginOwner, rows: list[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner)
    WebhookEvent.objects.create(
        event="x", account_id="x", origin_owner_id=owner.origin_owner_id, digest="2"
    )
    set_schema(monkeypatch, "acme", owner.organization)
    assert {name: count(root, name) for name in LISTS} == dict.fromkeys(LISTS, 1) | {
        "ownertombstone": 0
    }
    for url in (*map(listed, LISTS), OVERVIEW):
        page = root.get(url).content.decode()
        assert "Hidden-tenant" not in page, url
        assert "hidden-row" not in page, url
    for row in rows:
        page = reverse(f"admin:stackone_connect_{row._meta.model_name}_change", args=[row.pk])
        assert root.get(page).status_code == 302


def test_a_tenants_staff_acts_for_no_other_tenant(
    root: Client,
    owner: OriginOwner,
    rows: list[Model],
    monkeypatch: pytest.MonkeyPatch,
    stackone: FakeStackOne,
) -> None:
    set_schema(monkeypatch, "acme", owner.organization)
    for name in ("link", "repin"):
        url = reverse(f"admin:stackone_connect_originowner_{name}", args=[rows[0].pk])
        assert root.post(url).status_code == 404
    event = WebhookEvent.objects.get()
    WebhookEvent.objects.update(state="failed")
    act = {"action": "process_again", "_selected_action": [event.pk]}
    root.post(listed("webhookevent"), act)
    assert WebhookEvent.objects.get().state == "failed"
    assert stackone.calls == []


@pytest.mark.parametrize(
    "tenant", [SimpleNamespace(schema_name="acme"), User(pk=1), None], ids=["fake", "user", "none"]
)
def test_a_tenant_that_is_no_organization_sees_nothing(
    root: Client, rows: list[Model], monkeypatch: pytest.MonkeyPatch, tenant: object
) -> None:
    set_schema(monkeypatch, "acme", tenant)
    assert {name: count(root, name) for name in LISTS} == dict.fromkeys(LISTS, 0)


@pytest.mark.parametrize("schema", ["public", ""])
def test_the_public_schemas_admin_shows_every_tenant(
    root: Client,
    owner: OriginOwner,
    rows: list[Model],
    monkeypatch: pytest.MonkeyPatch,
    schema: str,
) -> None:
    set_schema(monkeypatch, schema, SimpleNamespace(schema_name=schema))
    assert count(root, "originowner") == 2
    assert count(root, "ownertombstone") == 1
