"""Sessions, accounts and events lead to each other, and are told in words."""

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

KINDS: tuple[type[Model], ...] = (ConnectSession, LinkedAccount, WebhookEvent)


def page_of(row: Model) -> str:
    return reverse(f"admin:stackone_connect_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def records(owner: OriginOwner) -> dict[type[Model], Model]:
    """An account, the session that it came of, and an event that names it."""
    account = AccountFactory.create(owner=owner, account_id="acc-1")
    made = session(
        owner,
        before(hours=3),
        requested_by_name="member@acme.example",
        status="completed",
        outcome="create",
        account_id="acc-1",
        completed_at=before(hours=2),
    )
    return {
        ConnectSession: made,
        LinkedAccount: account,
        WebhookEvent: event(owner, before(hours=1), "acc-1"),
    }


@pytest.mark.parametrize("start", KINDS)
def test_each_leads_to_the_two_others_and_to_the_organization(
    client: Client, owner: OriginOwner, records: dict[type[Model], Model], start: type[Model]
) -> None:
    staff(client, *VIEW)
    page = client.get(page_of(records[start])).content.decode()
    for record in (owner, *(records[kind] for kind in KINDS if kind is not start)):
        assert page_of(record) in page, record


@pytest.mark.parametrize("field", ["requested_account_id", "attempt_account_id"])
def test_a_session_that_only_asked_for_the_account_is_its_session_too(
    client: Client, owner: OriginOwner, field: str
) -> None:
    account = AccountFactory.create(owner=owner, account_id="acc-1")
    other = session(owner, before(hours=3), **{field: "acc-1"})
    staff(client, *VIEW)
    assert page_of(other) in client.get(page_of(account)).content.decode()
    assert page_of(account) in client.get(page_of(other)).content.decode()


def test_what_another_organization_has_is_not_named(client: Client, owner: OriginOwner) -> None:
    others = OwnerFactory.create()
    AccountFactory.create(owner=others, account_id="acc-1")
    mine = session(owner, before(hours=3), requested_account_id="acc-1")
    staff(client, *VIEW)
    page = client.get(page_of(mine)).content.decode()
    assert "acc-1" in page
    assert "linkedaccount/" not in page[page.index('id="content"') :]


@pytest.mark.parametrize("hidden", KINDS)
@pytest.mark.parametrize("start", KINDS)
def test_what_a_user_may_not_see_is_not_named(
    client: Client, records: dict[type[Model], Model], start: type[Model], hidden: type[Model]
) -> None:
    if hidden is start:
        return
    staff(client, *(name for name in VIEW if name != f"view_{hidden._meta.model_name}"))
    page = client.get(page_of(records[start])).content.decode()
    assert page_of(records[hidden]) not in page
    staff_page = client.get(page_of(records[start]))
    assert staff_page.status_code == 200


def test_a_narrowed_admin_narrows_what_is_named(
    client: Client, records: dict[type[Model], Model]
) -> None:
    staff(client, *VIEW)
    with narrowed(ConnectSession, lambda rows: rows.none()):
        page = client.get(page_of(records[LinkedAccount])).content.decode()
    assert page_of(records[ConnectSession]) not in page


def test_a_session_tells_its_request_in_words(client: Client, owner: OriginOwner) -> None:
    sent = {
        "provider": "greenhouse",
        "categories": ["ats", "hris", "of_tomorrow"],
        "expires_in": 5_400,
        "multiple": True,
        "metadata": {"plan": "gold", "seats": [1, 2]},
        "of_the_host": None,
    }
    made = session(owner, before(hours=3), sent=sent)
    staff(client, *VIEW)
    page = client.get(page_of(made)).content.decode()
    for text in (
        "<dt>Categories</dt><dd>Recruiting (ATS), HR (HRIS), of_tomorrow</dd>",
        "<dt>Lasts</dt><dd>90 minutes</dd>",
        "<dt>Another account</dt><dd>Yes</dd>",
        "<dt>Metadata</dt><dd>plan: gold, seats: 1, 2</dd>",
        "<dt>of_the_host</dt><dd>-</dd>",
    ):
        assert text in page
    assert "{" not in page[page.index("stackone-request") : page.index("</dl>")]


def test_an_account_tells_its_reasons_and_categories_in_words(
    client: Client, owner: OriginOwner
) -> None:
    reason = {"code": "x", "description": "The key was revoked.", "timestamp": None}
    account = AccountFactory.create(
        owner=owner, status="error", status_reasons=[reason], categories=["hris", "lms"]
    )
    staff(client, *VIEW)
    page = client.get(page_of(account)).content.decode()
    assert "The key was revoked" in page
    assert "HR (HRIS), Learning (LMS)" in page
    assert "timestamp" not in page[page.index('id="content"') :]


def test_the_lists_show_attempt_and_person(client: Client, owner: OriginOwner) -> None:
    session(
        owner,
        before(hours=1),
        requested_by_name="member@acme",
        attempt_status="error",
        attempt_code="access_denied",
    )
    AccountFactory.create(owner=owner, origin_username="linker@acme", status="error")
    staff(client, *VIEW)
    sessions = reverse("admin:stackone_connect_connectsession_changelist")
    page = client.get(sessions).content.decode()
    assert "access was not granted (access_denied)" in page
    assert "member@acme" in page
    page = client.get(reverse("admin:stackone_connect_linkedaccount_changelist")).content.decode()
    assert "linker@acme" in page
    assert "StackOne can&#x27;t sign in any more" in page
