"""Who did what: in Django's history of the row, and in our log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import Organization
from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from tests.admin.people import staff
from tests.factories import AccountFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

Lines = Callable[..., list[str]]


def page(name: str, owner: OriginOwner, *more: str) -> str:
    return reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk, *more])


def the_entry() -> LogEntry:
    entry = LogEntry.objects.get()
    assert entry.user.get_username() == "some-staff"
    return entry


def test_a_link_names_who_made_it_and_not_the_link(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, lines: Lines
) -> None:
    staff(client, "view_originowner", "issue_link")
    assert client.post(page("link", owner)).status_code == 200
    entry = the_entry()
    session = owner.sessions.get()
    assert entry.get_edited_object() == owner
    assert entry.action_flag == CHANGE
    assert str(session.pk) in entry.change_message
    written = lines("admin.link_issued")
    assert len(written) == 1
    assert written[0].endswith(f"session={session.pk} account=- by=some-staff")
    for text in (entry.change_message, entry.object_repr, *lines()):
        assert "token-1" not in text
    assert "Issued a link" in client.get(page("history", owner)).content.decode()


def test_a_link_to_reconnect_names_the_account(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, lines: Lines
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.link(owner.origin_owner_id, account_id=account.account_id)
    staff(client, "view_originowner", "issue_link")
    client.post(page("reconnect", owner, account.account_id))
    assert f"reconnect account {account.account_id} " in the_entry().change_message
    assert f"account={account.account_id} by=some-staff" in lines("admin.link_issued")[0]


def test_a_link_that_was_refused_is_no_entry(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, lines: Lines
) -> None:
    staff(client, "view_originowner", "issue_link")
    stackone.failing["create_connect_session"] = StackOneUnavailableError(retry_after=5)
    client.post(page("link", owner))
    assert not LogEntry.objects.exists()
    assert lines("admin.") == []


def test_repinning_names_who_did_it_and_both_names(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, lines: Lines
) -> None:
    staff(client, "view_originowner", "change_originowner")
    Organization.objects.update(name="Acme Holding")
    assert client.get(page("repin", owner)).status_code == 200
    assert not LogEntry.objects.exists()
    client.post(page("repin", owner))
    entry = the_entry()
    assert entry.get_edited_object() == owner
    assert entry.change_message == "Repinned the name from “Acme” to “Acme Holding”."
    assert lines("admin.repinned")[0].endswith("by=some-staff")


def test_repinning_that_ended_midway_names_who_began_it(
    client: Client, owner: OriginOwner, stackone: FakeStackOne, lines: Lines
) -> None:
    staff(client, "view_originowner", "change_originowner")
    Organization.objects.update(name="Acme Holding")
    stackone.failing["accounts_of"] = StackOneUnavailableError(retry_after=5)
    client.post(page("repin", owner))
    assert "it ended in stackone_unavailable" in the_entry().change_message
    assert lines("admin.repin_failed")[0].endswith("code=stackone_unavailable by=some-staff")


def test_replaying_leaves_an_entry_for_each_event(client: Client, lines: Lines) -> None:
    events = [
        WebhookEvent.objects.create(event="x", account_id="x", digest=str(n), state="failed")
        for n in range(2)
    ]
    staff(client, "view_webhookevent", "change_webhookevent")
    chosen = {"action": "process_again", "_selected_action": [event.pk for event in events]}
    client.post(reverse("admin:stackone_connect_webhookevent_changelist"), chosen)
    entries = LogEntry.objects.all()
    assert {entry.get_edited_object() for entry in entries} == set(events)
    assert {entry.user.get_username() for entry in entries} == {"some-staff"}
    assert lines("admin.events_replayed") == ["admin.events_replayed count=2 by=some-staff"]


def test_replaying_without_the_permission_leaves_nothing(client: Client, lines: Lines) -> None:
    event = WebhookEvent.objects.create(event="x", account_id="x", digest="1", state="failed")
    staff(client, "view_webhookevent")
    chosen = {"action": "process_again", "_selected_action": [event.pk]}
    client.post(reverse("admin:stackone_connect_webhookevent_changelist"), chosen)
    assert not LogEntry.objects.exists()
    assert lines("admin.") == []


@pytest.mark.parametrize("one_by_one", [True, False])
def test_deleting_a_tombstone_names_who_said_so(
    client: Client, lines: Lines, one_by_one: bool
) -> None:
    tombstone = OwnerTombstone.objects.create(digest=OwnerTombstone.digest_of("default", "7"))
    staff(client, "view_ownertombstone", "delete_ownertombstone")
    if one_by_one:
        url = reverse("admin:stackone_connect_ownertombstone_delete", args=[tombstone.pk])
        data: dict[str, object] = {"post": "yes"}
    else:
        url = reverse("admin:stackone_connect_ownertombstone_changelist")
        data = {"action": "delete_selected", "_selected_action": [tombstone.pk], "post": "yes"}
    asked = client.get(url) if one_by_one else client.post(url, {**data, "post": ""})
    assert "any organization may use the id again" in asked.content.decode()
    assert OwnerTombstone.objects.exists()
    client.post(url, data)
    assert not OwnerTombstone.objects.exists()
    assert the_entry().is_deletion()
    written = f"admin.tombstone_deleted digest={tombstone} by=some-staff"
    assert lines("admin.") == [written]
