"""Events about someone else's accounts: nothing is attached, and the operator sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from example_project.accounts.models import Organization
from stackone_connect import tenancy
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from stackone_connect.services._webhooks import queue
from tests.factories import AccountFactory, OrganizationFactory, OwnerFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, receive, row, said

pytestmark = pytest.mark.django_db


def state(event_id: int) -> tuple[str, str]:
    event = row(event_id)
    return event.state, event.last_error


def test_an_event_of_an_unknown_owner_costs_no_call(
    owner: OriginOwner,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
    webhook: StackOneDelivers,
) -> None:
    stackone.link("of-staging", account_id="linked-1")
    assert said(webhook.event(origin_owner_id="of-staging")) == (200, "accepted")
    assert stackone.calls == []
    assert not LinkedAccount.objects.exists()
    assert [event.state for event in WebhookEvent.objects.all()] == ["quarantined"]
    assert lines("webhook_event") == [
        "webhook_event.quarantined code=unknown_owner event_name=account.created "
        "account=linked-1 provider=bamboohr"
    ]


def test_an_account_that_stackone_says_is_someone_elses_is_not_attached(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    other = OwnerFactory.create()
    stackone.link(other.origin_owner_id, account_id="linked-1")
    event_id = receive(origin_owner_id=owner.origin_owner_id)
    events.process(event_id=event_id)
    assert state(event_id) == ("quarantined", "of_another_owner")
    assert not LinkedAccount.objects.exists()
    assert lines("webhook_event") == [
        "webhook_event.quarantined code=of_another_owner event_name=account.created "
        "account=linked-1 provider=bamboohr"
    ]


def test_an_account_that_moved_to_another_owner_moves_here_too(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    other = OwnerFactory.create()
    AccountFactory.create(owner=owner, account_id="linked-1")
    stackone.link(other.origin_owner_id, account_id="linked-1")
    event_id = receive("account.updated", origin_owner_id=owner.origin_owner_id)
    events.process(event_id=event_id)
    assert state(event_id) == ("quarantined", "of_another_owner")
    assert LinkedAccount.objects.get(owner=owner).disconnected_at is not None
    assert LinkedAccount.objects.get(owner=other).disconnected_at is None


@pytest.mark.parametrize("names_owner", [True, False])
def test_it_is_looked_at_again_when_its_owner_is_pinned(
    organization: Organization, stackone: FakeStackOne, names_owner: bool
) -> None:
    owner_id = str(organization.pk)
    stackone.link(owner_id, account_id="linked-1")
    event_id = receive(origin_owner_id=owner_id if names_owner else None)
    other_id = receive("account.created", "linked-2", origin_owner_id="of-staging")
    events.process_due()
    assert state(event_id) == state(other_id) == ("quarantined", "unknown_owner")
    owner = tenancy.pin(organization)
    assert row(event_id).state == "due"
    events.process_due()
    assert state(event_id) == ("done", "")
    assert state(other_id) == ("quarantined", "unknown_owner")
    assert LinkedAccount.objects.get().owner == owner


def test_an_owner_that_is_pinned_at_that_very_moment_is_noticed_by_the_next_run(
    organization: Organization, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackone.link(str(organization.pk), account_id="linked-1")
    event_id = receive(origin_owner_id=str(organization.pk))
    close = queue._close

    def close_after_the_pin(*args: Any) -> None:
        tenancy.pin(organization)
        close(*args)

    monkeypatch.setattr(queue, "_close", close_after_the_pin)
    events.process(event_id=event_id)
    assert state(event_id) == ("quarantined", "unknown_owner")
    assert events.process_due() == 1
    assert state(event_id) == ("done", "")


def test_each_minute_only_the_newest_owners_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all of them, and all events that are quarantined for good, it would cost ever more."""
    monkeypatch.setattr(queue, "NEWEST_OWNERS", 2)
    of = {}
    for name, project in (("old", "default"), ("other", "elsewhere"), ("new", "default")):
        OwnerFactory.create(origin_owner_id=name, project=project)
        of[name] = receive(account_id=f"of-{name}", origin_owner_id=name)
    quarantined = {"state": "quarantined", "last_error": "unknown_owner"}
    WebhookEvent.objects.filter(pk__in=of.values()).update(**quarantined)
    assert queue.release_known() == 1
    assert {name: state(event_id)[0] for name, event_id in of.items()} == {
        "old": "quarantined",
        "other": "quarantined",  # of another StackOne project than the owner
        "new": "due",
    }


def test_what_is_another_owners_is_not_asked_about_again_and_again(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link("of-staging", account_id="linked-1")
    receive(origin_owner_id=owner.origin_owner_id)
    receive("account.updated", origin_owner_id=None)
    assert events.process_due() == 2
    assert events.process_due() == 0
    assert len(stackone.calls) == 1  # one question for both


def test_it_can_be_replayed_and_is_quarantined_again_while_nothing_has_changed(
    stackone: FakeStackOne,
) -> None:
    event_id = receive(origin_owner_id="of-staging")
    for _ in range(2):
        events.process(event_id=event_id)
        assert state(event_id) == ("quarantined", "unknown_owner")
        events.replay(event_ids=[event_id])
    assert stackone.calls == []


def test_an_owner_id_that_is_too_long_to_be_ours_matches_nobody(stackone: FakeStackOne) -> None:
    OwnerFactory.create(organization=OrganizationFactory.create(), origin_owner_id="7" * 255)
    stackone.link("7" * 256, account_id="linked-1")
    event_id = receive()
    for _ in range(2):
        events.process_due()
    assert state(event_id) == ("quarantined", "unknown_owner")
    assert row(event_id).origin_owner_id == ""
    assert len(stackone.calls) == 1
