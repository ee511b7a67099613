"""What happened to an organization: whole sentences, what means nothing folded, all of it paged."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from stackone_connect import clock
from stackone_connect.admin import owner_records
from stackone_connect.admin.timeline import LINES
from stackone_connect.models import ConnectSession, OriginOwner, WebhookEvent
from tests.admin.pages import VIEW, address, before, broken, event, link, session, timeline
from tests.admin.people import staff
from tests.factories import AccountFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client: Client) -> Client:
    return staff(client, *VIEW)


def test_forms_that_nobody_finished_are_one_line_between_two_that_mean_something(
    support: Client, owner: OriginOwner
) -> None:
    session(owner, before(hours=9))
    session(owner, before(hours=8), status="failed", error_code="stackone_rejected")
    for hours in (7, 6, 5):
        session(owner, before(hours=hours))
        event(owner, before(hours=hours, minutes=1), "gone")
    session(owner, before(hours=1), attempt_status="error", attempt_code="access_denied")
    page = support.get(address(owner)).content.decode()
    folded = re.findall(r"<summary>([^<]*\w)", page[page.index("What happened") :])
    assert folded == [
        "3 forms were opened and not finished",
        "3 events from StackOne were processed",
        "1 form was opened and not finished",
    ]


def test_a_link_says_who_made_it_for_what_and_whether_it_was_used(
    support: Client, owner: OriginOwner
) -> None:
    account = broken(owner, before(days=3))
    link(owner, before(days=1), account)
    link(owner, before(hours=1))
    found = timeline(support, owner)
    assert "anna made a link to connect BambooHR, for 5 days. It is not used yet." in found[0]
    assert "anna made a link to reconnect BambooHR , for 5 days. It is not used yet." in found[1]


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("access_denied", "Ask them to try again and to allow access."),
        ("invalid_client", "Check the app that the integration has at StackOne."),
        ("temporarily_unavailable", "Ask them to try again later."),
        ("of_tomorrow", "Session"),
    ],
)
def test_the_next_step_fits_what_the_provider_said(
    support: Client, owner: OriginOwner, code: str, step: str
) -> None:
    session(owner, before(hours=1), attempt_status="error", attempt_code=code)
    assert timeline(support, owner)[0].endswith(step)


def test_each_line_leads_to_its_session_event_and_account(
    support: Client, owner: OriginOwner
) -> None:
    account = AccountFactory.create(owner=owner)
    records = [
        session(owner, before(hours=1), requested_account_id=account.account_id),
        event(owner, before(hours=2), account.account_id, state="quarantined", last_error="x"),
        account,
    ]
    page = support.get(address(owner)).content.decode()
    shown = page[page.index("What happened") :]
    for record in records:
        url = reverse(f"admin:stackone_connect_{record._meta.model_name}_change", args=[record.pk])
        assert url in shown


def test_everything_is_reached_page_by_page_and_once(support: Client, owner: OriginOwner) -> None:
    now = clock.now()
    failed = [
        session(
            owner, now - timedelta(hours=n), status="failed", error_code=f"code_{n}", stackone_id=""
        )
        for n in range(LINES * 2 + 7)
    ]
    url, seen, pages = address(owner), list[str](), 0
    while url and pages < 10:
        page = support.get(url).content.decode()
        pages += 1
        seen += re.findall(r"connectsession/([0-9a-f-]{36})/change/\">Session", page)
        following = re.search(r'href="(\?before=[^"]*)"', page)
        url = address(owner) + following[1].replace("&amp;", "&") if following else ""
    assert seen == [str(each.pk) for each in failed]
    assert pages == 3


def test_what_happened_at_the_very_same_time_is_on_one_page(
    support: Client, owner: OriginOwner
) -> None:
    at = before(days=1)
    AccountFactory.create_batch(LINES + 5, owner=owner, stackone_created_at=at)
    SessionFactory.create(owner=owner, created_at=before(days=2), status="failed", error_code="x")
    found = timeline(support, owner)
    assert len([line for line in found if "was linked" in line]) == LINES + 5
    page = support.get(address(owner)).content.decode()
    following = re.search(r'href="(\?before=[^"]*)"', page)
    assert following is not None
    older = timeline(support, owner, following[1])
    assert len(older) == 1
    assert "It failed: x." in older[0]


def test_more_records_than_a_page_reads_are_on_the_next_one(
    support: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_records, "NEWEST", 10)
    monkeypatch.setattr(owner_records, "RECORDS", 8)
    for hours in range(25):
        session(owner, before(hours=hours + 1))
    event(owner, before(hours=24.5), "x", state="failed", last_error="unknown_owner")
    url, forms, events, pages = address(owner), 0, 0, 0
    while url and pages < 9:
        page = support.get(url).content.decode()
        pages += 1
        forms += len(set(re.findall(r"connectsession/[0-9a-f-]{36}/", page.split("happened")[1])))
        events += page.count("It was given up")
        following = re.search(r'href="(\?before=[^"]*)"', page)
        url = address(owner) + following[1].replace("&amp;", "&") if following else ""
    assert (forms, events) == (25, 1)


@pytest.mark.parametrize("value", ["", "x", "%00", "2026-99-99", "9999-12-31T23:59:59Z", "-1"])
def test_no_time_in_the_address_is_a_500(support: Client, owner: OriginOwner, value: str) -> None:
    session(owner, before(hours=1))
    assert support.get(f"{address(owner)}?before={value}").status_code == 200


def test_an_older_page_is_the_timeline_alone(support: Client, owner: OriginOwner) -> None:
    AccountFactory.create(owner=owner)
    page = support.get(address(owner), {"before": clock.now().isoformat()})
    parts = urlsplit(address(owner))
    text = page.content.decode()
    assert "stackone-verdict" not in text
    assert 'id="stackone-accounts"' not in text
    assert f'href="{parts.path}">Back to the newest' in text


@pytest.mark.parametrize("kind", [ConnectSession, WebhookEvent])
def test_of_what_a_user_may_not_see_nothing_is_said(
    client: Client, owner: OriginOwner, kind: type[ConnectSession | WebhookEvent]
) -> None:
    session(owner, before(hours=1), status="failed", error_code="code_of_session")
    event(owner, before(hours=2), "x", state="failed", last_error="code_of_event")
    staff(client, *(name for name in VIEW if name != f"view_{kind._meta.model_name}"))
    found = " ".join(timeline(client, owner))
    assert ("code of session" in found) == (kind is WebhookEvent)
    assert ("code of event" in found) == (kind is ConnectSession)
