"""``BACKGROUND`` as a host's own function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stackone_connect import background
from stackone_connect.models import OriginOwner, WebhookEvent
from stackone_connect.services import events
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, said

queue: list[tuple[str, dict[str, Any]]] = []


def enqueue(job: str, **ids: Any) -> None:
    queue.append((job, ids))


def refuse(job: str, **ids: Any) -> None:
    raise ConnectionError("no broker at amqp://user:hunter2@queue")


@pytest.fixture(autouse=True)
def _queue_is_empty() -> None:
    queue.clear()


@pytest.mark.parametrize("given", [enqueue, "tests.background.test_enqueue.enqueue"])
def test_a_job_is_handed_to_the_hosts_function_and_stackone_not_asked(
    owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None], given: Any
) -> None:
    configure(BACKGROUND=given)
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    answer = StackOneDelivers().event(origin_owner_id=owner.origin_owner_id)
    assert said(answer) == (200, "accepted")
    event = WebhookEvent.objects.get()
    assert queue == [("process_event", {"event_id": event.pk})]
    assert stackone.calls == []
    for job, ids in queue * 2:
        background.run(job, **ids)
    event.refresh_from_db()
    assert (event.state, event.attempts) == ("done", 1)


def test_a_duplicate_of_what_is_still_due_is_handed_over_again(
    owner: OriginOwner, configure: Callable[..., None]
) -> None:
    configure(BACKGROUND=enqueue)
    for _ in range(2):
        StackOneDelivers().event(origin_owner_id=owner.origin_owner_id)
    assert len(queue) == 2
    WebhookEvent.objects.update(state="done")
    StackOneDelivers().event(origin_owner_id=owner.origin_owner_id)
    assert len(queue) == 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (refuse, "ConnectionError"),
        ("tests.background.test_enqueue.nothing_of_that_name", "ConfigurationError"),
        ("no_such_project.queue.enqueue", "ConfigurationError"),
    ],
)
def test_what_can_not_be_handed_over_is_logged_and_stays_due(
    owner: OriginOwner,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    given: Any,
    error: str,
) -> None:
    configure(BACKGROUND=given)
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    answer = StackOneDelivers().event(origin_owner_id=owner.origin_owner_id)
    assert said(answer) == (200, "accepted")
    assert [record.getMessage() for record in caplog.records] == [
        f"background.failed job=process_event error={error}"
    ]
    assert "hunter2" not in caplog.text
    assert events.process_due() == 1
    assert WebhookEvent.objects.get().state == "done"


def test_a_job_that_is_not_ours_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        background.run("delete_everything")
