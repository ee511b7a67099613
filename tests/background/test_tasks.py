"""``stackone_connect.tasks.enqueue``: Django's tasks, in workers of their own."""

from __future__ import annotations

from collections.abc import Callable

from django_tasks_db.models import DBTaskResult
from pytest_httpserver import HTTPServer

from stackone_connect.models import LinkedAccount, WebhookEvent
from tests.background.conftest import PATIENCE, SharedDatabase
from tests.background.stackone_over_http import StackOneOverHttp
from tests.factories import OwnerFactory
from tests.webhooks.deliveries import StackOneDelivers, said

EVENTS = 12
WORKER = ("django", "db_worker", "--batch", "--interval", "0.05", "--no-startup-delay")


def test_two_worker_processes_apply_each_event_once(
    shared_database: SharedDatabase, httpserver: HTTPServer, configure: Callable[..., None]
) -> None:
    configure(BACKGROUND="stackone_connect.tasks.enqueue")
    owner = OwnerFactory.create()
    stackone = StackOneOverHttp(httpserver, owner.origin_owner_id)
    site = StackOneDelivers()
    for status in ("accepted", "duplicate"):
        for number in range(EVENTS):
            answer = site.event(
                account_id=f"linked-{number}", origin_owner_id=owner.origin_owner_id
            )
            assert said(answer) == (200, status)
    assert DBTaskResult.objects.count() == 2 * EVENTS
    assert stackone.asked == {}

    stackone.hold()
    with (
        shared_database.process(*WORKER, STACKONE_BASE_URL=stackone.url) as one,
        shared_database.process(*WORKER, STACKONE_BASE_URL=stackone.url) as other,
    ):
        assert stackone.comes_to_be_asked(2)
        stackone.let_go()
        outputs = [worker.communicate(timeout=PATIENCE)[0] for worker in (one, other)]
    assert stackone.asked == {f"linked-{number}": 1 for number in range(EVENTS)}
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("done", 1)}
    assert LinkedAccount.objects.filter(owner=owner).count() == EVENTS
    finished = DBTaskResult.objects.filter(status="SUCCESSFUL")
    assert finished.count() == 2 * EVENTS, outputs
    workers = {name for names in finished.values_list("worker_ids", flat=True) for name in names}
    assert len(workers) == 2
