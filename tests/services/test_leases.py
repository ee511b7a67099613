"""Whose turn an event is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stackone_connect import clock
from stackone_connect.choices import EventState
from stackone_connect.models import WebhookEvent
from stackone_connect.services import events
from stackone_connect.services._webhooks import queue
from stackone_connect.services._webhooks.queue import Claim

pytestmark = pytest.mark.django_db


def claimed() -> Claim:
    return queue.claim(WebhookEvent.objects.due())


def stored(number: int) -> list[int]:
    made = [
        WebhookEvent.objects.create(event="account.updated", account_id="acc-1", digest=str(n))
        for n in range(number)
    ]
    return [event.pk for event in made]


def test_a_worker_whose_event_was_replayed_and_claimed_by_another_changes_it_no_more() -> None:
    event_ids = stored(1)
    slow = claimed()
    events.replay(event_ids=event_ids)
    other = claimed()
    of_slow, of_other = slow.events["acc-1"], other.events["acc-1"]
    assert of_slow[0].attempts == of_other[0].attempts
    queue.renew(slow)
    queue.postpone(slow, "acc-1", "stackone_unavailable")
    queue.close(Claim(lease=slow.lease, events={"acc-1": of_slow}), of_slow, EventState.DONE)
    event = WebhookEvent.objects.get()
    assert (event.state, event.last_error, event.lease) == ("due", "", other.lease)
    queue.close(other, of_other, EventState.DONE)
    event.refresh_from_db()
    assert (event.state, event.lease, event.leased_until) == ("done", None, None)


def test_all_due_events_of_an_account_are_claimed_at_once_and_by_one_worker() -> None:
    event_ids = stored(3)
    WebhookEvent.objects.filter(pk=event_ids[2]).update(
        next_attempt_at=clock.now() + timedelta(hours=1)
    )
    claim = claimed()
    assert [event.pk for event in claim.events["acc-1"]] == event_ids[:2]
    assert claimed().events == {}


def test_what_is_released_is_due_at_once_with_all_its_attempts() -> None:
    stored(2)
    queue.release(claimed())
    assert set(WebhookEvent.objects.due().values_list("attempts", "lease")) == {(0, None)}


def test_an_event_is_free_again_when_its_workers_lease_has_run_out() -> None:
    stored(1)
    killed = claimed()
    WebhookEvent.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    assert claimed().lease != killed.lease
    assert WebhookEvent.objects.get().attempts == 2


def test_an_event_that_kills_every_worker_is_given_up() -> None:
    stored(1)
    WebhookEvent.objects.update(attempts=queue.MAX_ATTEMPTS)
    assert claimed().events == {}
    event = WebhookEvent.objects.get()
    assert (event.state, event.last_error) == ("failed", "worker_killed")
