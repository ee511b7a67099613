"""The admin over a long history: what an index finds is found, the rest among the newest rows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.admin import bounded, overview, owner_records
from stackone_connect.admin.lists import OWNER_COLUMNS
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.admin.pages import before, event
from tests.admin.people import staff
from tests.factories import AccountFactory, OrganizationFactory, OwnerFactory, SessionFactory

pytestmark = pytest.mark.django_db

SESSIONS, ACCOUNTS, OWNERS, EVENTS = (
    reverse(f"admin:stackone_connect_{model}_changelist")
    for model in ("connectsession", "linkedaccount", "originowner", "webhookevent")
)
PART = "Only the newest 3 rows were looked through."


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("support", password="x"))
    return client


@pytest.fixture(autouse=True)
def _three_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "NEWEST", 3)


@pytest.fixture
def old(db: None) -> ConnectSession:
    """A session behind three newer ones of another organization."""
    now = clock.now()
    acme = OwnerFactory.create(origin_owner_id="acme-1", origin_owner_name="Acme Holding")
    made: ConnectSession = SessionFactory.create(
        owner=acme,
        created_at=now - timedelta(days=9),
        stackone_id="4711",
        provider="lever",
        path="update",
        requested_by_name="ann@acme.example",
        attempt_status="ok",
        attempt_account_id="acc-1",
    )
    AccountFactory.create(owner=acme, account_id="acc-1", label="Old one", provider="lever")
    LinkedAccount.objects.update(created_at=now - timedelta(days=9))
    other = OwnerFactory.create(origin_owner_name="Globex")
    for n in range(3):
        SessionFactory.create(owner=other, created_at=now - timedelta(days=n))
        AccountFactory.create(owner=other, created_at=now - timedelta(days=n))
    return made


def listed(client: Client, url: str, **query: str) -> tuple[list[Any], str]:
    """The rows of the list, and its page."""
    answer = client.get(url, query)
    assert answer.status_code == 200, query
    return list(answer.context["cl"].result_list), answer.content.decode()


@pytest.mark.parametrize("term", ["4711", "acc-1", "Acme", "holding acme", "acme-1", '"Acme Hold"'])
def test_ids_and_organizations_are_searched_for_in_all_sessions(
    support: Client, old: ConnectSession, term: str
) -> None:
    rows, page = listed(support, SESSIONS, q=term)
    assert rows == [old]
    assert PART not in page


@pytest.mark.parametrize("term", ["acc-1", "Acme", "acme-1"])
def test_ids_and_organizations_are_searched_for_in_all_accounts(
    support: Client, old: ConnectSession, term: str
) -> None:
    rows, page = listed(support, ACCOUNTS, q=term)
    assert [row.account_id for row in rows] == ["acc-1"]
    assert PART not in page


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (SESSIONS, {"q": "ann@acme"}),
        (SESSIONS, {"provider": "lever"}),
        (SESSIONS, {"path": "update"}),
        (SESSIONS, {"effective_status": "issued", "error_code": ""}),
        (ACCOUNTS, {"q": "Old one"}),
        (ACCOUNTS, {"provider": "lever"}),
        (ACCOUNTS, {"disconnected_at__isempty": "0"}),
    ],
    ids=str,
)
def test_what_no_index_finds_is_looked_for_among_the_newest_and_the_page_says_so(
    support: Client, old: ConnectSession, url: str, query: dict[str, str]
) -> None:
    rows, page = listed(support, url, **query)
    assert not [row for row in rows if "acme" in row.owner.origin_owner_name.lower()]
    assert page.count(PART) == 1


def test_where_nothing_is_older_the_page_does_not_say_so(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "NEWEST", 4)
    rows, page = listed(support, SESSIONS, q="ann@acme")
    assert rows == [old]
    assert "looked through" not in page


def test_of_one_organization_its_own_newest_sessions_are_looked_through(
    support: Client, old: ConnectSession
) -> None:
    query = {"owner__id__exact": str(old.owner_id), "provider": "lever"}
    rows, page = listed(support, SESSIONS, **query)
    assert rows == [old]
    assert PART not in page


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (SESSIONS, {}),
        (SESSIONS, {"effective_status": "expired"}),
        (SESSIONS, {"created_at__lt": "2999-01-01 00:00:00+00:00"}),
        (ACCOUNTS, {"status": "active"}),
        (ACCOUNTS, {"disconnected_at__isempty": "1"}),
        (ACCOUNTS, {"status": "active", "disconnected_at__isempty": "1"}),
    ],
    ids=str,
)
def test_what_an_index_finds_is_looked_for_in_all_rows(
    support: Client, old: ConnectSession, url: str, query: dict[str, str]
) -> None:
    rows, page = listed(support, url, **query)
    assert [row for row in rows if row.owner_id == old.owner_id]
    assert PART not in page


def test_events_are_found_by_account_else_by_organization_however_old(support: Client) -> None:
    for n in range(5):
        WebhookEvent.objects.create(
            event="account.updated",
            digest=str(n),
            account_id=f"acc-{n}",
            origin_owner_id="acme-1" if n < 2 else "globex",
            received_at=clock.now() - timedelta(days=9 - n),
        )
    assert [row.digest for row in listed(support, EVENTS, q="acc-0")[0]] == ["0"]
    assert [row.digest for row in listed(support, EVENTS, q=" acme-1 ")[0]] == ["1", "0"]


def test_of_too_many_organizations_of_a_name_the_newest_sessions_are_shown(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "OWNERS", 1)
    OwnerFactory.create(origin_owner_name="Globex again")
    rows, page = listed(support, SESSIONS, q="globex")
    assert len(rows) == 3
    assert page.count(PART) == 1


@pytest.mark.parametrize("url", [SESSIONS, ACCOUNTS])
@pytest.mark.parametrize("term", ["nobody", " 4712 ", '"no body"'])
def test_the_names_of_all_organizations_are_compared_once(
    support: Client, old: ConnectSession, url: str, term: str
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert listed(support, url, q=term)[0] == []
    compared = re.compile(r"""origin_owner_name["`](::text\))? LIKE""")
    assert len([q for q in queries if compared.search(q["sql"])]) == 1


def test_a_part_of_an_organizations_id_finds_its_newest_sessions(
    support: Client, old: ConnectSession
) -> None:
    other = OwnerFactory.create(origin_owner_id="globex-4711-x", origin_owner_name="Globex two")
    made = SessionFactory.create(owner=other)
    rows, page = listed(support, SESSIONS, q="711-x")
    assert rows == [made]
    assert page.count(PART) == 1


@pytest.mark.parametrize("field", ["owner__organization__name", "requested_by_name"])
def test_what_a_host_has_searched_is_searched(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    shown = admin.site.get_model_admin(ConnectSession)
    monkeypatch.setattr(shown, "search_fields", (*shown.search_fields[:3], f"={field}"))
    organization = OrganizationFactory.create(name="Initech")
    other = OwnerFactory.create(organization=organization, origin_owner_name="Initrode")
    made = SessionFactory.create(owner=other, requested_by_name="Initech")
    SessionFactory.create(owner=other, requested_by_name="not Initech alone")
    rows, _page = listed(support, SESSIONS, q="initech")
    assert made in rows
    assert len(rows) == (1 if field == "requested_by_name" else 2)


@pytest.mark.parametrize(
    "fields",
    [
        ("account_id", "^owner__origin_owner_name"),
        ("account_id", "owner__organization__name"),
        ("account_id", "owner__origin_owner_name"),
    ],
    ids=str,
)
def test_an_organizations_accounts_are_found_however_old_whatever_a_host_has_searched(
    support: Client,
    old: ConnectSession,
    monkeypatch: pytest.MonkeyPatch,
    fields: tuple[str, ...],
) -> None:
    monkeypatch.setattr(admin.site.get_model_admin(LinkedAccount), "search_fields", fields)
    rows, _page = listed(support, ACCOUNTS, q="Acme")
    assert [row.account_id for row in rows] == ["acc-1"]
    assert listed(support, ACCOUNTS, q="cme-1")[0] == []


def test_where_a_host_has_only_organizations_searched_no_other_row_is_found(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in (LinkedAccount, ConnectSession):
        monkeypatch.setattr(admin.site.get_model_admin(model), "search_fields", OWNER_COLUMNS)
    for url in (SESSIONS, ACCOUNTS, OWNERS):
        assert listed(support, url, q="nobody")[0] == []
        assert listed(support, url, q="no body")[0] == []
        assert listed(support, url, q="acme")[0] != []


@pytest.mark.parametrize("field", ["label__iexact", "=label", "^label", "label"])
def test_organizations_are_found_by_what_a_host_has_searched_of_their_accounts(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setattr(bounded, "NEWEST", 9)
    monkeypatch.setattr(admin.site.get_model_admin(LinkedAccount), "search_fields", (field,))
    rows, _page = listed(support, OWNERS, q='"old one"')
    assert rows == [old.owner]
    rows, _page = listed(support, OWNERS, q='"ld one"')
    assert rows == ([old.owner] if field == "label" else [])


def test_a_long_list_is_counted_to_a_limit_and_a_short_one_is_read_once(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COUNTED", 120)
    SessionFactory.create_batch(60, owner=owner)
    for page, rows in (("1", 50), ("2", 10)):
        found, html = listed(support, SESSIONS, p=page)
        assert len(found) == rows
        assert "60 connect sessions" in html
    SessionFactory.create_batch(70, owner=owner)
    assert "120 connect sessions" in listed(support, SESSIONS)[1]
    with CaptureQueriesContext(connection) as queries:
        assert listed(support, SESSIONS, effective_status="failed")[0] == []
    about_sessions = [q for q in queries if 'FROM "stackone_connect_connectsession"' in q["sql"]]
    assert len([q for q in about_sessions if "failed" in q["sql"]]) <= 1
    assert not [q for q in about_sessions if "COUNT(*)" in q["sql"]]


def test_all_that_are_chosen_are_as_many_as_the_page_says(
    client: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COUNTED", 60)
    made = [event(owner, before(minutes=n), f"a{n}", state="failed") for n in range(70)]
    staff(client, "view_webhookevent", "change_webhookevent")
    assert "Select all 60 webhook events" in client.get(EVENTS).content.decode()
    act = {"action": "process_again", "_selected_action": [made[0].pk], "select_across": "1"}
    page = client.post(EVENTS, act, follow=True).content.decode()
    assert "60 events are due again." in page
    left = WebhookEvent.objects.filter(state="failed").values_list("pk", flat=True)
    assert set(left) == {each.pk for each in made[60:]}


@pytest.mark.parametrize("column", ["2", "-3", "4", "5", "6", "7", "99", "x"])
def test_no_link_and_no_address_sorts_a_history_by_what_has_no_index(
    support: Client, old: ConnectSession, column: str
) -> None:
    rows, page = listed(support, SESSIONS, o=column)
    assert [row.created_at for row in rows] == sorted(
        (row.created_at for row in rows), reverse=True
    )
    assert 'scope="col" class="sortable column-owner_link' not in page


def test_a_history_can_be_read_from_its_beginning(support: Client, old: ConnectSession) -> None:
    column = list(support.get(SESSIONS).context["cl"].list_display).index("created_at")
    with CaptureQueriesContext(connection) as queries:
        rows, _ = listed(support, SESSIONS, o=str(column))
    assert rows[0] == old
    [order] = [q["sql"].partition("ORDER BY")[2] for q in queries if "ASC" in q["sql"]]
    assert order.count("ASC") == 2  # as in the index, read backward


def test_owners_are_counted_for_by_page(support: Client, old: ConnectSession) -> None:
    rows, _ = listed(support, OWNERS)
    assert {row.origin_owner_name: row.connected for row in rows} == {
        "Acme Holding": 1,
        "Globex": 3,
    }


def test_an_owners_page_shows_some_accounts_those_that_need_reconnecting_first(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_records, "ACCOUNTS", 4)
    monkeypatch.setattr(owner_records, "OF_MORE", 3)
    now = clock.now()
    for n in range(5):
        AccountFactory.create(
            owner=owner,
            account_id=f"acc-{n}",
            created_at=now - timedelta(days=n),
            status="error" if n == 4 else "active",
        )
    answer = support.get(reverse("admin:stackone_connect_originowner_change", args=[owner.pk]))
    shown = [line.account.account_id for line in answer.context["accounts"]["first"]]
    assert shown == ["acc-4", "acc-0", "acc-1"]
    assert "There are more accounts than are shown here" in answer.content.decode()
    assert f"{ACCOUNTS}?owner__id__exact={owner.pk}" in answer.content.decode()


@pytest.mark.parametrize(("broken", "going", "gone"), [(2, 1, 2), (0, 0, 6), (5, 2, 0), (0, 0, 0)])
def test_of_many_accounts_the_same_come_first_as_if_all_were_read(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch, broken: int, going: int, gone: int
) -> None:
    now, working = clock.now(), 8 - broken - going - gone
    kinds: list[tuple[int, dict[str, Any]]] = [
        (gone, {"disconnected_at": now}),
        (working, {}),
        (going, {"disconnect_requested_at": now}),
        (broken, {"status": "error"}),
    ]
    values = [value for count, value in kinds for _ in range(count)]
    for n, value in enumerate(values):
        AccountFactory.create(owner=owner, created_at=now - timedelta(days=n * 5 % 8), **value)
    every = owner_records.accounts(LinkedAccount.objects.all(), owner)
    assert (len(every[0]), every[1]) == (8, False)
    for most in range(1, 8):
        monkeypatch.setattr(owner_records, "ACCOUNTS", most)
        for shown in range(1, most + 1):
            monkeypatch.setattr(owner_records, "OF_MORE", shown)
            found = owner_records.accounts(LinkedAccount.objects.all(), owner)
            assert found == (every[0][:shown], True)


def test_with_as_many_accounts_as_are_shown_there_are_no_more(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_records, "ACCOUNTS", 3)
    for _ in range(3):
        AccountFactory.create(owner=owner)
    page = reverse("admin:stackone_connect_originowner_change", args=[owner.pk])
    assert "There are more accounts" not in support.get(page).content.decode()
    AccountFactory.create(owner=owner)
    assert "There are more accounts" in support.get(page).content.decode()


def test_a_long_history_costs_as_many_queries_however_long_it_is(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("NEWEST", 4), ("RECORDS", 3), ("ACCOUNTS", 3), ("OF_MORE", 2)):
        monkeypatch.setattr(owner_records, name, most)
    page = reverse("admin:stackone_connect_originowner_change", args=[owner.pk])
    counts = []
    for _ in range(3):
        for n in range(9):
            account = AccountFactory.create(owner=owner, status="error" if n % 4 else "active")
            SessionFactory.create(owner=owner, requested_account_id=account.account_id)
            WebhookEvent.objects.create(
                event="account.updated",
                account_id=account.account_id,
                origin_owner_id=owner.origin_owner_id,
                digest=f"event-{account.pk}",
            )
        with CaptureQueriesContext(connection) as queries:
            assert support.get(page).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 11


def test_an_owners_page_takes_ten_queries(support: Client, old: ConnectSession) -> None:
    page = reverse("admin:stackone_connect_originowner_change", args=[old.owner_id])
    with CaptureQueriesContext(connection) as queries:
        assert support.get(page).status_code == 200
    assert len(queries) <= 10, [q["sql"] for q in queries]


def test_the_overview_counts_to_a_limit_and_says_since_when(
    support: Client, old: ConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "CHARTED", 3)
    monkeypatch.setattr(bounded, "COUNTED", 2)
    page = support.get(reverse("admin:stackone_connect_overview")).content.decode()
    assert "Only the newest 3 sessions are counted here" in page
    assert page.count("<title>") == 1 + 3
    assert "<strong>2+</strong> linked accounts" in page
