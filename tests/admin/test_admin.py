"""The admin as a support person meets it: it finds, it shows, it costs the same for any history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.factories import organization_of

pytestmark = pytest.mark.django_db

SESSIONS = reverse("admin:stackone_connect_connectsession_changelist")
ACCOUNTS = reverse("admin:stackone_connect_linkedaccount_changelist")
OWNERS = reverse("admin:stackone_connect_originowner_changelist")


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("support", password="x"))
    return client


def owner(name: str = "Acme") -> OriginOwner:
    organization = Organization.objects.create(name=name)
    return OriginOwner.objects.create(
        organization=organization, origin_owner_id=str(organization.pk), origin_owner_name=name
    )


def session(of: OriginOwner, **fields: object) -> ConnectSession:
    began = clock.now()
    values: dict[str, object] = {
        "status": "issued",
        "stackone_created_at": began,
        "expires_at": began + timedelta(minutes=30),
        "sent": {"provider": "bamboohr"},
    }
    return ConnectSession.objects.create(owner=of, **{**values, **fields})


def account(of: OriginOwner, account_id: str = "acc", **fields: object) -> LinkedAccount:
    values: dict[str, object] = {"provider": "bamboohr", "status": "active"}
    return LinkedAccount.objects.create(
        owner=of, account_id=account_id, fetched_at=clock.now(), **{**values, **fields}
    )


@pytest.mark.parametrize("term", ["Acme", "member@", "4711", "acc-1"])
def test_a_session_is_found_by_organization_user_and_stackone_ids(
    support: Client, term: str
) -> None:
    found = session(
        owner(), stackone_id="4711", requested_account_id="acc-1", requested_by_name="member@acme"
    )
    other = session(owner("Globex"), stackone_id="12")
    page = support.get(SESSIONS, {"q": term}).content.decode()
    assert str(found.pk) in page
    assert str(other.pk) not in page


def test_a_session_is_found_by_its_own_id(support: Client) -> None:
    found, other = session(owner()), session(owner("Globex"))
    page = support.get(SESSIONS, {"q": f" {found.pk} "}).content.decode()
    assert str(found.pk) in page
    assert str(other.pk) not in page


@pytest.mark.parametrize(
    "query",
    [
        {"path": "create"},
        {"outcome": "create"},
        {"effective_status": "completed"},
        {"provider": "bamboohr"},
    ],
)
def test_sessions_are_filtered(support: Client, query: dict[str, str]) -> None:
    found = session(
        owner(),
        path="create",
        provider="bamboohr",
        status="completed",
        outcome="create",
        account_id="acc",
        completed_at=clock.now(),
    )
    other = session(owner("Globex"), provider="lever")
    page = support.get(SESSIONS, query).content.decode()
    assert str(found.pk) in page
    assert str(other.pk) not in page


def test_an_issued_session_past_its_time_is_found_as_expired(support: Client) -> None:
    old = session(owner(), expires_at=clock.now() - timedelta(seconds=1))
    page = support.get(SESSIONS, {"effective_status": "expired"}).content.decode()
    assert str(old.pk) in page
    assert str(old.pk) not in support.get(SESSIONS, {"effective_status": "issued"}).content.decode()


@pytest.mark.parametrize("url", [SESSIONS, ACCOUNTS, OWNERS])
def test_a_list_costs_the_same_for_one_row_and_for_many(support: Client, url: str) -> None:
    def fill(name: str) -> None:
        of = owner(name)
        session(of)
        account(of)

    fill("first")
    one = _queries(support, url)
    for number in range(8):
        fill(f"more {number}")
    assert _queries(support, url) == one


def _queries(client: Client, url: str) -> int:

    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_nothing_can_be_added_changed_or_deleted_by_hand(support: Client) -> None:
    of = owner()
    rows = [of, session(of), account(of)]
    for row in rows:
        name = f"admin:stackone_connect_{row._meta.model_name}"
        assert support.get(reverse(f"{name}_add")).status_code == 403
        assert support.post(reverse(f"{name}_delete", args=[row.pk])).status_code == 403
        page = reverse(f"{name}_change", args=[row.pk])
        assert support.get(page).status_code == 200
        assert support.post(page, {}).status_code == 403


def test_without_djangos_view_permission_nothing_is_shown(client: Client) -> None:
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    client.force_login(staff)
    assert client.get(SESSIONS).status_code == 403
    staff.user_permissions.add(
        Permission.objects.get(
            codename="view_connectsession", content_type__app_label="stackone_connect"
        )
    )
    client.force_login(User.objects.get(pk=staff.pk))
    assert client.get(SESSIONS).status_code == 200
    assert client.get(ACCOUNTS).status_code == 403


def test_an_organization_that_was_renamed_shows_on_its_owner(support: Client) -> None:
    of = owner("Acme")
    assert "called" not in support.get(OWNERS).content.decode()
    organization_of(of).name = "Acme Holding"
    organization_of(of).save()
    assert "No: it is called Acme Holding today" in support.get(OWNERS).content.decode()


def test_what_an_organization_is_called_can_not_break_out_of_the_page(support: Client) -> None:
    of = owner("<script>alert(1)</script>")
    session(of, sent={"label": "<script>alert(2)</script>"})
    account(of, status="<script>alert(3)</script>", label="<script>alert(4)</script>")
    pages = [SESSIONS, ACCOUNTS, OWNERS]
    pages += [
        reverse(f"admin:stackone_connect_{row._meta.model_name}_change", args=[row.pk])
        for row in (of, of.sessions.get(), of.accounts.get())
    ]
    for page in pages:
        assert "<script>alert(" not in support.get(page).content.decode()


def test_an_account_that_needs_reconnecting_says_so(support: Client) -> None:
    of = owner()
    account(of, status="error")
    account(of, "gone", status="error", disconnected_at=clock.now())
    page = support.get(ACCOUNTS).content.decode()
    assert page.count("Needs reconnecting") == 1
    assert page.count("Disconnected</span>") == 1


EVENTS = reverse("admin:stackone_connect_webhookevent_changelist")


ODD_QUERIES = [
    *("q=%00", "provider=%00", "provider=a%00b", "status__exact=%00", "state__exact=%00"),
    *("effective_status=%00", "account_id=%00", "origin_owner_id__exact=%00", "%00=1"),
    *("provider=%ED%A0%80", "q=%ED%A0%80", "created_at__gte=%00", "o=%00", "p=%00"),
]


@pytest.mark.parametrize("page", [SESSIONS, ACCOUNTS, OWNERS, EVENTS])
def test_no_character_in_a_filter_breaks_a_list(support: Client, page: str) -> None:
    session(owner())
    for query in ODD_QUERIES:
        answer = support.get(f"{page}?{query}", follow=True)
        assert answer.status_code == 200, query
        assert answer.context["cl"] is not None, query
