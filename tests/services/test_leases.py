"""Whose turn an event is."""

from __future__ import annotations

import pytest

from stackone_connect.choices import EventState
from stackone_connect.models import WebhookEvent
from stackone_connect.services import events, leases


@pytest.mark.django_db
def test_a_worker_whose_event_was_replayed_and_taken_by_another_changes_it_no_more() -> None:
    event_id = WebhookEvent.objects.create(event="account.updated", account_id="acc-1").pk
    slow = leases.take(event_id)
    events.replay(event_ids=[event_id])
    other = leases.take(event_id)
    assert slow is not None
    assert other is not None
    assert slow.attempts == other.attempts
    leases.close(slow, EventState.DONE)
    leases.postpone(slow, "stackone_unavailable")
    event = WebhookEvent.objects.get()
    assert (event.state, event.last_error) == ("due", "")
    assert event.next_attempt_at == other.next_attempt_at
    leases.close(other, EventState.DONE)
    assert WebhookEvent.objects.get().state == "done"
