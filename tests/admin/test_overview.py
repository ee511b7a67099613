"""The overview: two weeks of sessions, and the current problems."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.admin import site
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.admin import overview
from stackone_connect.models import ConnectSession, OriginOwner, WebhookEvent
from tests.factories import AccountFactory, OwnerFactory, SessionFactory

pytestmark = pytest.mark.django_db
OVERVIEW = reverse("admin:stackone_connect_overview")


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("support", password="x"))
    return client


def done(owner: OriginOwner, outcome: str, **values: object) -> None:
    account = AccountFactory.create(owner=owner)
    SessionFactory.create(
        owner=owner,
        status="completed",
        outcome=outcome,
        account_id=account.account_id,
        completed_at=clock.now(),
        **values,
    )


def pieces(page: str) -> list[str]:
    """What each piece of the chart says of itself."""
    return re.findall(r"<title>(Nov\. [^<]*)</title>", page)


@time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False)
def test_the_chart_shows_what_came_of_the_sessions_of_each_day(
    support: Client, owner: OriginOwner
) -> None:
    now = clock.now()
    done(owner, "create")
    done(owner, "create")
    done(owner, "update", created_at=now - timedelta(days=13))
    SessionFactory.create(owner=owner, status="failed", error_code="stackone_unavailable")
    SessionFactory.create(owner=owner, created_at=now - timedelta(days=14))
    assert pieces(support.get(OVERVIEW).content.decode()) == [
        "Nov. 9, 2026, updated an account: 1",
        "Nov. 22, 2026, linked a new account: 2",
        "Nov. 22, 2026, failed: 1",
    ]


@time_machine.travel(datetime(2026, 11, 22, 22, tzinfo=UTC), tick=False)
def test_a_day_is_utcs_also_for_a_host_whose_times_have_no_zone(
    settings: Settings, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    settings.USE_TZ, settings.TIME_ZONE = False, "Asia/Kolkata"
    [(day, _)] = overview._by_day(ConnectSession.objects.all())
    assert day == date(2026, 11, 22)


def test_the_pieces_of_a_day_are_stacked_and_the_tallest_day_fills_the_chart(
    owner: OriginOwner, rf: RequestFactory
) -> None:
    done(owner, "create")
    done(owner, "update")
    request = rf.get(OVERVIEW)
    request.user = User(is_superuser=True, is_staff=True)
    shown = overview.gather(site, request)
    assert shown is not None
    today = shown["days"][-1]
    assert today.total == 2
    assert [(bar.kind, bar.y, bar.height) for bar in today.bars] == [
        ("create", 60.0, 60.0),
        ("update", 0.0, 60.0),
    ]


def test_numbers_in_the_chart_are_readable_by_the_browser_in_every_language(
    support: Client, owner: OriginOwner
) -> None:
    for _ in range(7):
        done(owner, "create")
    done(owner, "update")
    page = support.get(OVERVIEW, headers={"Accept-Language": "de"}).content.decode()
    assert re.findall(r'height="([^"]*)"><title>', page) == ["105.0", "15.0"]


def test_failures_are_counted_by_reason_and_lead_to_the_sessions(
    support: Client, owner: OriginOwner
) -> None:
    for code in ("stackone_unavailable", "stackone_unavailable", "stackone_rejected"):
        SessionFactory.create(owner=owner, status="failed", error_code=code)
    page = support.get(OVERVIEW).content.decode()
    links = re.findall(
        r'<td><a href="([^"]*)">[^<]* \((stackone_\w+)\)</a></td><td>(\d)</td>', page
    )
    assert [(code, count) for _, code, count in links] == [
        ("stackone_unavailable", "2"),
        ("stackone_rejected", "1"),
    ]
    listed = support.get(unescape(links[0][0])).content.decode()
    assert listed.count("(stackone_unavailable)</span></td>") == 2


def test_accounts_that_need_reconnecting_are_named_with_their_organization(
    support: Client, owner: OriginOwner
) -> None:
    broken = AccountFactory.create(owner=owner, status="error", provider_name="Lever")
    AccountFactory.create(owner=owner)
    AccountFactory.create(owner=owner, status="error", disconnected_at=clock.now())
    page = support.get(OVERVIEW).content.decode()
    assert page.count("Lever") == 1
    for row in (broken, owner):
        name = f"admin:stackone_connect_{row._meta.model_name}_change"
        assert reverse(name, args=[row.pk]) in page
    assert "<strong>1</strong> needs reconnecting" in page


def test_events_that_wait_and_that_have_failed_are_counted_with_the_age_of_the_oldest(
    support: Client, owner: OriginOwner
) -> None:
    page = support.get(OVERVIEW).content.decode()
    assert "the oldest came in" not in page
    assert "<strong>0</strong> events failed" in page
    ages = {"due": [3, 1], "failed": [5], "quarantined": [], "done": [9]}
    for state, days in ages.items():
        for age in days:
            WebhookEvent.objects.create(
                event="account.updated",
                digest=f"{state}{age}",
                state=state,
                received_at=clock.now() - timedelta(days=age),
            )
    page = support.get(OVERVIEW).content.decode().replace("\xa0", " ")
    figures = re.findall(r"<strong>(\d+)</strong> (events? [\w ]+)</a>\s*(?:<small>([^<]*))?", page)
    assert figures == [
        ("2", "events waiting", "the oldest came in 3 days ago"),
        ("1", "event failed", "the oldest came in 5 days ago"),
        ("0", "events in quarantine", ""),
    ]
    [failed] = re.findall(r'<li class="bad">\s*<a href="([^"]*)"><strong>1', page)
    assert "state__exact=failed" in failed


def test_everything_that_is_named_can_be_followed(support: Client, owner: OriginOwner) -> None:
    done(owner, "create")
    AccountFactory.create(owner=owner, status="error")
    SessionFactory.create(owner=owner, status="failed", error_code="stackone_rejected")
    WebhookEvent.objects.create(event="account.updated", account_id="a", digest="1")
    page = support.get(OVERVIEW).content.decode()
    content = page[page.index("stackone-figures") :]
    for url in set(re.findall(r'href="(/admin/stackone_connect/[^"]*)"', content)):
        answer = support.get(url.replace("&amp;", "&"))
        assert answer.status_code == 200, url
        assert "e=1" not in str(answer.request["QUERY_STRING"])


def test_it_costs_the_same_for_few_sessions_and_for_many(
    support: Client, owner: OriginOwner
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert support.get(OVERVIEW).status_code == 200
        return len(queries)

    AccountFactory.create(owner=owner, status="error")
    SessionFactory.create(owner=owner)
    few = cost()
    for _ in range(8):
        other = OwnerFactory.create()
        AccountFactory.create(owner=other, status="error")
        SessionFactory.create(owner=other)
    assert cost() == few


def test_staff_who_may_not_see_sessions_may_not_see_the_overview(client: Client) -> None:
    client.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    assert client.get(OVERVIEW).status_code == 403


def test_the_list_of_sessions_leads_to_it(support: Client) -> None:
    page = support.get(reverse("admin:stackone_connect_connectsession_changelist"))
    assert OVERVIEW in page.content.decode()
