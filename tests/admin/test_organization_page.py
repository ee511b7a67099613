"""Support's page of an organization: for view-only staff, in ten queries, and its buttons."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.exceptions import StackOneRateLimitedError, StackOneUnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.admin.pages import VIEW, address, before, broken, event, link, session, text_of, verdict
from tests.admin.people import narrowed, staff, unregistered
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


def fill(owner: OriginOwner, *, accounts: int, sessions: int) -> None:
    """A long history: broken and working accounts, abandoned, failed and completed sessions."""
    made = [
        LinkedAccount(
            owner=owner,
            account_id=f"account-{n}",
            provider="bamboohr" if n % 2 else "greenhouse",
            provider_name="BambooHR" if n % 2 else "Greenhouse",
            type="production",
            status="active" if n % 12 else "error",
            label=f"Subsidiary {n}",
            stackone_created_at=before(days=n + 1),
            fetched_at=clock.now(),
        )
        for n in range(accounts)
    ]
    LinkedAccount.objects.bulk_create(made)
    ConnectSession.objects.bulk_create(
        SessionFactory.build(
            owner=owner,
            created_at=before(hours=n + 1),
            status="issued" if n % 5 else "failed",
            error_code="" if n % 5 else "stackone_rejected",
            requested_account_id=f"account-{n}" if n % 7 == 0 and n < accounts else "",
        )
        for n in range(sessions)
    )
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            event="account.updated",
            account_id=f"account-{n % accounts}",
            origin_owner_id=owner.origin_owner_id,
            digest=f"{n}",
            received_at=before(hours=n),
            state="done" if n % 9 else "quarantined",
        )
        for n in range(sessions)
    )


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("more", [(), ("issue_link", "change_originowner")])
def test_500_sessions_and_120_accounts_take_ten_queries(
    client: Client, owner: OriginOwner, more: tuple[str, ...]
) -> None:
    fill(owner, accounts=120, sessions=500)
    staff(client, *VIEW, *more)
    assert queries(client, address(owner)) <= 10
    assert queries(client, f"{address(owner)}?before={clock.now():%Y-%m-%d}T00:00Z") <= 10
    page = client.get(address(owner)).content.decode()
    assert len(set(re.findall(r"<code>(account-\d+)</code>", page))) == 120


def test_view_only_staff_reads_all_of_it_and_finds_no_button_that_changes_anything(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = broken(owner, before(days=3))
    link(owner, before(days=1), account)
    staff(client, *VIEW)
    page = client.get(address(owner)).content.decode()
    for text in ("Key revoked", "Linked accounts", "What happened", "made a link to reconnect"):
        assert text in page
    buttons = [
        text_of(found) for found in re.findall(r"<button[^>]*>.*?</button>", page, re.DOTALL)
    ]
    assert [text for text in buttons if "ink" in text] == []
    assert "Ask StackOne now" in buttons
    for name in (("link",), ("reconnect", account.account_id), ("repin",)):
        assert client.post(address(owner, *name)).status_code == 403
    assert stackone.calls == []


def test_asking_stackone_now_brings_accounts_and_sessions_in_sync_and_says_so(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = broken(owner, before(days=3), status_reasons=[])
    stackone.link(owner.origin_owner_id, account_id="new")
    stackone.accounts[account.account_id] = snapshot_of(
        account, status="active", updated_at=clock.now()
    )
    staff(client, *VIEW)
    page = client.post(address(owner, "ask"), follow=True).content.decode()
    assert "StackOne was asked: it has 2 accounts. 2 were different here." in page
    assert verdict(client, owner) == ["All 2 accounts work"]
    page = client.post(address(owner, "ask"), follow=True).content.decode()
    assert "Nothing was different here." in page


def test_asking_has_one_deadline_and_does_not_wait_for_a_rate_limit(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(DEADLINE=5)
    for minutes in (5, 10):
        session(owner, before(minutes=minutes))
    stackone.during["accounts_of"] = lambda: time.sleep(0.1)
    staff(client, *VIEW)
    client.post(address(owner, "ask"))
    assert stackone.names == ["accounts_of", "latest_attempt", "latest_attempt", "accounts_of"]
    assert max(stackone.remaining[1:]) <= 4.9
    stackone.failing["accounts_of"] = StackOneRateLimitedError(retry_after=60)
    page = client.post(address(owner, "ask"), follow=True).content.decode()
    assert "StackOne could not be asked" in page


def test_when_stackone_is_down_asking_says_so_and_changes_nothing(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.failing["accounts_of"] = StackOneUnavailableError(retry_after=5)
    staff(client, *VIEW)
    page = client.post(address(owner, "ask"), follow=True).content.decode()
    assert "StackOne could not be asked" in page
    account.refresh_from_db()
    assert account.disconnected_at is None


def test_most_accounts_gone_is_not_believed_here_either(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create_batch(12, owner=owner)
    staff(client, *VIEW)
    page = client.post(address(owner, "ask"), follow=True).content.decode()
    assert "StackOne does not list 12 of 12 linked accounts" in page
    assert owner.accounts.filter(disconnected_at=None).count() == 12


def test_only_who_may_see_the_accounts_may_ask_and_only_by_a_post_with_a_token(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    url = address(owner, "ask")
    root = Client(enforce_csrf_checks=True)
    root.force_login(User.objects.create_superuser("root", password="x"))
    assert root.post(url).status_code == 403
    assert root.get(url).status_code == 302
    staff(client, "view_originowner", "view_connectsession")
    assert client.post(url).status_code == 403
    assert "Ask StackOne now" not in client.get(address(owner)).content.decode()
    with narrowed(OriginOwner, lambda rows: rows.none()):
        assert root.get(url).status_code == 404
    with unregistered(LinkedAccount):
        assert client.post(url).status_code == 403
    assert stackone.calls == []


def test_the_page_of_a_reconnect_link_names_the_account_and_who_made_it(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = broken(owner, before(days=3), label="Payroll")
    stackone.accounts[account.account_id] = snapshot_of(account)
    staff(client, *VIEW, "issue_link")
    page = client.post(address(owner, "reconnect", account.account_id)).content.decode()
    assert "Link to reconnect BambooHR · Payroll" in page
    assert "Made by some-staff" in page
    assert 'data-copy="stackone-link"' in page
    assert "stackone_connect/admin.js" in page
    assert verdict(client, owner) == [
        "BambooHR · Payroll: Key revoked 3 days ago; link made just now, not used yet some-staff"
    ]


def test_an_organization_without_anything_has_a_page(client: Client) -> None:
    owner = OwnerFactory.create()
    staff(client, *VIEW)
    assert verdict(client, owner) == ["No account is connected"]


def test_the_index_leads_to_the_organizations(client: Client, owner: OriginOwner) -> None:
    staff(client, *VIEW)
    page = client.get(reverse("admin:index")).content.decode()
    listed = reverse("admin:stackone_connect_originowner_changelist")
    assert f'href="{listed}"' in page
    assert "Organizations at StackOne" in page
    assert address(owner) in client.get(listed).content.decode()


def test_no_page_of_ours_needs_an_inline_script_or_style(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    fill(owner, accounts=12, sessions=20)
    client.force_login(User.objects.create_superuser("root", password="x"))
    pages = [client.get(address(owner)), client.post(address(owner, "link"))]
    pages.append(client.get(reverse("admin:stackone_connect_overview")))
    for page in pages:
        text = page.content.decode()
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style", text[text.index('id="content"') :])


def test_an_event_of_another_owner_with_the_same_account_is_not_shown(
    client: Client, owner: OriginOwner
) -> None:
    other = OwnerFactory.create()
    account = AccountFactory.create(owner=owner)
    event(other, before(hours=1), account.account_id, state="failed", last_error="of_other")
    staff(client, *VIEW)
    assert "of_other" not in client.get(address(owner)).content.decode()
