"""The admin as support uses it: read what happened, mint a link, repin a name, replay an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.admin import OriginOwnerAdmin
from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

EVENTS = reverse("admin:stackone_connect_webhookevent_changelist")


def page_of(owner: OriginOwner) -> str:
    return reverse("admin:stackone_connect_originowner_change", args=[owner.pk])


def address(name: str, owner: OriginOwner, *more: str) -> str:
    return reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk, *more])


def linked(owner: OriginOwner, account_id: str = "acc-1", **fields: object) -> LinkedAccount:
    values: dict[str, object] = {
        "provider": "bamboohr",
        "provider_name": "BambooHR",
        "status": "active",
        "stackone_created_at": clock.now(),
    }
    return LinkedAccount.objects.create(
        owner=owner, account_id=account_id, fetched_at=clock.now(), **{**values, **fields}
    )


@pytest.fixture
def support(client: Client) -> Client:
    """Staff who may look at everything of ours, and do nothing."""
    staff = User.objects.create_user("support", password="x", is_staff=True)
    seen = ("originowner", "connectsession", "linkedaccount", "webhookevent")
    allow(staff, *(f"view_{model}" for model in seen))
    client.force_login(staff)
    return client


def allow(staff: User, *codenames: str) -> None:
    staff.user_permissions.add(
        *Permission.objects.filter(
            codename__in=codenames, content_type__app_label="stackone_connect"
        )
    )


def allow_support(*codenames: str) -> None:
    allow(User.objects.get(username="support"), *codenames)


def test_an_owners_page_tells_what_happened_and_what_to_do_next(
    support: Client, owner: OriginOwner
) -> None:
    linked(owner, status="error")
    SessionFactory.create(
        owner=owner,
        status="failed",
        error_code="stackone_misconfigured",
        provider="lever",
        requested_by_name="member@acme.example",
        stackone_created_at=None,
        expires_at=None,
    )
    WebhookEvent.objects.create(
        event="account.updated",
        account_id="acc-9",
        origin_owner_id=owner.origin_owner_id,
        digest="1",
        state="quarantined",
        last_error="of_another_owner",
    )
    page = support.get(page_of(owner)).content.decode()
    assert "member@acme.example asked to connect lever. It failed: our API key was refused" in page
    assert "(stackone_misconfigured)" in page
    assert "Run stackone_doctor." in page
    assert "stopped working: StackOne can&#x27;t sign in any more" in page
    assert "Send them a link to reconnect it." in page
    assert "account.updated for acc-9" in page
    assert "another organization&#x27;s (of_another_owner)" in page


def test_a_denied_consent_is_not_a_mystery(support: Client, owner: OriginOwner) -> None:
    SessionFactory.create(owner=owner, attempt_status="error", attempt_code="access_denied")
    page = support.get(page_of(owner)).content.decode()
    assert "At the provider: access was not granted (access_denied)." in page
    assert "Ask them to try again" in page


def test_the_page_costs_the_same_for_a_short_and_a_long_history(
    support: Client, owner: OriginOwner
) -> None:

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert support.get(page_of(owner)).status_code == 200
        return len(queries)

    linked(owner)
    SessionFactory.create(owner=owner)
    cost()  # what Django reads once and keeps
    short = cost()
    for number in range(12):
        linked(owner, f"acc-more-{number}")
        SessionFactory.create(owner=owner)
    assert cost() == short


def test_a_link_is_shown_once_and_kept_nowhere(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("issue_link")
    answer = support.post(address("link", owner))
    assert "https://app.stackone.test/?token=token-1" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    session = ConnectSession.objects.get()
    assert session.requested_by_name == "support"
    assert session.expires_at is not None
    assert session.expires_at - session.created_at > timedelta(days=4)
    assert "token-1" not in str(ConnectSession.objects.values())
    assert "token-1" not in support.get(page_of(owner)).content.decode()


def test_a_reconnect_link_edits_that_very_account(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("issue_link")
    account = linked(owner, status="error")
    stackone.accounts[account.account_id] = snapshot_of(account)
    assert support.post(address("reconnect", owner, account.account_id)).status_code == 200
    assert stackone.bodies[0]["account_id"] == account.account_id


def test_an_account_that_was_disconnected_meanwhile_gets_no_link_and_support_is_told(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("issue_link")
    account = AccountFactory.create(owner=owner, label="EMEA", disconnected_at=clock.now())
    page = support.post(address("reconnect", owner, account.account_id), follow=True)
    assert "No link: BambooHR · EMEA is disconnected." in page.content.decode()
    assert stackone.calls == []


def test_where_only_some_providers_are_offered_support_chooses_one_of_them(
    support: Client, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(PROVIDERS=["bamboohr", "greenhouse"])
    allow_support("issue_link")
    assert "<option>greenhouse</option>" in support.get(page_of(owner)).content.decode()
    chosen = support.post(address("link", owner), {"provider": "greenhouse"})
    assert chosen.status_code == 200
    assert stackone.bodies[0]["provider"] == "greenhouse"
    refused = support.post(address("link", owner), {"provider": "another"}, follow=True)
    assert "No link: This provider is not offered here." in refused.content.decode()
    assert len(stackone.bodies) == 1


def test_looking_at_an_owner_does_not_mint_a_link(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("issue_link")
    assert support.get(address("link", owner)).status_code == 302
    assert stackone.calls == []


@pytest.mark.parametrize("name", ["link", "repin"])
def test_without_the_permission_nothing_is_offered_or_done(
    support: Client, owner: OriginOwner, stackone: FakeStackOne, name: str
) -> None:
    organization_of(owner).name = "Renamed"
    organization_of(owner).save()
    assert address(name, owner) not in support.get(page_of(owner)).content.decode()
    assert support.post(address(name, owner)).status_code == 403
    assert stackone.calls == []


def test_an_owner_outside_the_hosts_own_queryset_is_not_there(
    support: Client,
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    allow_support("issue_link", "change_originowner")
    monkeypatch.setattr(
        OriginOwnerAdmin, "get_queryset", lambda self, request: OriginOwner.objects.none()
    )
    assert support.post(address("link", owner)).status_code == 404
    assert support.post(address("repin", owner)).status_code == 404
    assert stackone.calls == []


def test_repinning_explains_its_consequence_and_does_it(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("change_originowner")
    stackone.link(owner.origin_owner_id, account_id="acc-1", origin_owner_name="Acme")
    linked(owner)
    organization_of(owner).name = "Acme Holding"
    organization_of(owner).save()
    explained = support.get(address("repin", owner)).content.decode()
    assert "renamed at StackOne first" in explained
    assert stackone.calls == []
    assert support.post(address("repin", owner)).status_code == 302
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Acme Holding"
    assert stackone.accounts["acc-1"].origin_owner_name == "Acme Holding"


def test_only_the_name_that_was_shown_is_repinned_and_only_once(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    """A page that was open while the organization was renamed once more, or in two tabs."""
    allow_support("change_originowner")
    stackone.link(owner.origin_owner_id, account_id="acc-1", origin_owner_name="Acme")
    organization = organization_of(owner)
    for name in ("Acme Holding", "Acme & Sons"):
        organization.name = name
        organization.save()
    again = support.post(address("repin", owner), {"name": "Acme Holding"}).content.decode()
    assert "Acme &amp; Sons" in again
    assert stackone.calls == []
    assert support.post(address("repin", owner), {"name": "Acme & Sons"}).status_code == 302
    done = LogEntry.objects.count()
    stackone.calls.clear()
    again = support.post(address("repin", owner), {"name": "Acme & Sons"}).content.decode()
    assert "There is nothing to do." in again
    assert (stackone.calls, LogEntry.objects.count()) == ([], done)


def test_when_stackone_is_down_nothing_is_repinned_and_support_is_told(
    support: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    allow_support("change_originowner", "issue_link")
    stackone.failing["accounts_of"] = StackOneUnavailableError(retry_after=5)
    stackone.failing["create_connect_session"] = StackOneUnavailableError(retry_after=5)
    organization_of(owner).name = "Acme Holding"
    organization_of(owner).save()
    for name in ("repin", "link"):
        answer = support.post(address(name, owner), follow=True)
        assert "can&#x27;t be reached right now" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.origin_owner_name != "Acme Holding"


def test_an_event_can_be_replayed_by_whoever_may_change_events(support: Client) -> None:
    event = WebhookEvent.objects.create(
        event="account.updated", account_id="acc", digest="1", state="failed", attempts=10
    )
    act = {"action": "process_again", "_selected_action": [event.pk]}
    support.post(EVENTS, act)
    event.refresh_from_db()
    assert event.state == "failed"
    allow_support("change_webhookevent")
    answer = support.post(EVENTS, act, follow=True)
    event.refresh_from_db()
    assert (event.state, event.attempts) == ("due", 0)
    assert "1 event is due again" in answer.content.decode()


def test_an_event_that_was_pruned_or_processed_meanwhile_is_not_said_to_be_due_again(
    support: Client,
) -> None:
    allow_support("change_webhookevent")
    event = WebhookEvent.objects.create(event="x", account_id="acc", digest="1", state="failed")
    act = {"action": "process_again", "_selected_action": [event.pk]}
    WebhookEvent.objects.update(state="done")
    page = support.post(f"{EVENTS}?state__exact=failed", act, follow=True).content.decode()
    assert "There are no such rows." in page
    event.delete()
    page = support.post(EVENTS, act, follow=True).content.decode()
    assert "There are no such rows." in page
    assert "due again" not in page


def test_pages_of_an_owner_that_does_not_exist_are_not_found(support: Client) -> None:
    allow_support("issue_link", "change_originowner")
    missing = OwnerFactory.build(pk=4711)
    assert support.post(address("link", missing)).status_code == 404
    assert support.get(address("repin", missing)).status_code == 404
