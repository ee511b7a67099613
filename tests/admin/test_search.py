"""Support has a part of something, from a customer's message or a log, and finds the rest."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.admin.pages import VIEW, before, event, session
from tests.admin.people import narrowed, staff
from tests.factories import AccountFactory, OwnerFactory

pytestmark = pytest.mark.django_db

#: What a part of each may be typed; which lists find by it.
EVERYWHERE = {OriginOwner, ConnectSession, LinkedAccount}
PARTS: dict[str, set[type[Model]]] = {
    "Wayland": EVERYWHERE,
    "wner-47": {*EVERYWHERE, WebhookEvent},
    "bamboo": {*EVERYWHERE, WebhookEvent},
    "829149": {*EVERYWHERE, WebhookEvent},
    "Payro": {OriginOwner, LinkedAccount},
    "linker@": {OriginOwner, LinkedAccount},
    "asker@": {OriginOwner, ConnectSession},
    "access_den": {OriginOwner, ConnectSession},
    "90041": {OriginOwner, ConnectSession},
    "another_own": {WebhookEvent},
}


@pytest.fixture
def records(db: None) -> dict[type[Model], Model]:
    """One organization's records, which each part of :data:`PARTS` is in, and another's."""
    owner = OwnerFactory.create(origin_owner_name="Wayland Ltd", origin_owner_id="owner-4711")
    OwnerFactory.create(origin_owner_name="Other", origin_owner_id="x")
    for each in OriginOwner.objects.filter(origin_owner_id="x"):
        AccountFactory.create(owner=each, account_id="y", provider="lever", provider_name="Lever")
        session(each, before(hours=1), provider="lever", requested_by_name="z", stackone_id="1")
        event(each, before(hours=1), "y", provider="lever")
    return {
        OriginOwner: owner,
        LinkedAccount: AccountFactory.create(
            owner=owner, account_id="46215829149", label="Payroll", origin_username="linker@acme"
        ),
        ConnectSession: session(
            owner,
            before(hours=1),
            requested_by_name="asker@acme",
            requested_account_id="46215829149",
            attempt_status="error",
            attempt_code="access_denied",
            stackone_id="99004100",
        ),
        WebhookEvent: event(
            owner,
            before(hours=1),
            "46215829149",
            provider="bamboohr",
            state="quarantined",
            last_error="of_another_owner",
        ),
    }


def found(client: Client, model: type[Model], term: str) -> str:
    name = f"admin:stackone_connect_{model._meta.model_name}_changelist"
    page = client.get(reverse(name), {"q": term}).content.decode()
    return page[page.index('id="content"') :]


def page_of(row: Model) -> str:
    return reverse(f"admin:stackone_connect_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("model", [OriginOwner, ConnectSession, LinkedAccount, WebhookEvent])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_enough(
    client: Client, records: dict[type[Model], Model], model: type[Model], part: str
) -> None:
    staff(client, *VIEW)
    page = found(client, model, part)
    assert (page_of(records[model]) in page) == (model in PARTS[part])
    others = model._default_manager.exclude(pk=records[model].pk)
    assert [str(row) for row in others if page_of(row) in page] == []


def test_a_part_of_a_sessions_own_id_finds_it_and_its_organization(
    client: Client, records: dict[type[Model], Model]
) -> None:
    staff(client, *VIEW)
    part = str(records[ConnectSession].pk)[:13]
    for model in (ConnectSession, OriginOwner):
        assert page_of(records[model]) in found(client, model, part)


@pytest.mark.parametrize("part", ["829149", "asker@"])
def test_organizations_are_not_found_by_what_a_user_may_not_see(
    client: Client, records: dict[type[Model], Model], part: str
) -> None:
    owner = page_of(records[OriginOwner])
    staff(client, "view_originowner")
    assert owner not in found(client, OriginOwner, part)
    with narrowed(LinkedAccount, lambda rows: rows.none()):
        assert owner not in found(client, OriginOwner, part)


def test_a_narrowed_admin_narrows_what_organizations_are_found_by(
    client: Client, records: dict[type[Model], Model]
) -> None:
    staff(client, *VIEW)
    with narrowed(LinkedAccount, lambda rows: rows.none()):
        assert page_of(records[OriginOwner]) not in found(client, OriginOwner, "Payro")
    assert page_of(records[OriginOwner]) in found(client, OriginOwner, "Payro")
