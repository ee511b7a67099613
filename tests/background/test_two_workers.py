"""Two workers with one queue: each event is applied once."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from tests.background.conftest import SharedDatabase
from tests.factories import OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import event_body, receive, signature_of

WORKERS = 4


def owner_with(stackone: FakeStackOne, *account_ids: str) -> OriginOwner:
    owner = OwnerFactory.create()
    for name in account_ids:
        stackone.link(owner.origin_owner_id, account_id=name)
    return owner


def test_workers_that_process_one_event_at_once_ask_and_tell_once(
    shared_database: SharedDatabase, stackone: FakeStackOne, told: list[Any]
) -> None:
    owner = owner_with(stackone, "linked-1")
    SessionFactory.create(owner=owner)
    for _ in range(3):
        WebhookEvent.objects.all().delete()
        LinkedAccount.objects.all().delete()
        stackone.calls.clear()
        event_id = receive(origin_owner_id=owner.origin_owner_id)
        process = partial(events.process, event_id=event_id)
        shared_database.at_once(*[process] * WORKERS)
        assert stackone.names.count("get_account") == 1
        assert LinkedAccount.objects.count() == 1
        assert list(WebhookEvent.objects.values_list("state", "attempts")) == [("done", 1)]
    assert Counter(name for name, _ in told) == {"account_linked": 3, "session_completed": 1}


def test_workers_that_receive_one_event_at_once_store_it_once(
    shared_database: SharedDatabase, stackone: FakeStackOne
) -> None:
    body = event_body()
    deliver = partial(events.receive, body=body, signature_header=signature_of(body))
    answers = shared_database.at_once(*[deliver] * WORKERS)
    assert sorted(answer.status for answer in answers) == ["accepted", *["duplicate"] * 3]
    assert len({answer.event_id for answer in answers}) == WebhookEvent.objects.count() == 1


def test_workers_that_drain_at_once_apply_each_event_once(
    shared_database: SharedDatabase, stackone: FakeStackOne, told: list[Any]
) -> None:
    for number in range(10):
        names = [f"{number}-{letter}" for letter in "abc"]
        owner = owner_with(stackone, *names)
        for name in names:
            receive("account.created", name, origin_owner_id=owner.origin_owner_id)
    counts = shared_database.at_once(*[events.process_due] * WORKERS)
    assert sum(counts) == 30
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("done", 1)}
    assert LinkedAccount.objects.count() == 30
    assert Counter(name for name, _ in told) == {"account_linked": 30}


def test_two_events_of_one_account_at_once_are_one_question(
    shared_database: SharedDatabase, stackone: FakeStackOne
) -> None:
    owner = owner_with(stackone, "linked-1")
    stored = [
        receive(name, origin_owner_id=owner.origin_owner_id)
        for name in ("account.created", "account.updated")
    ]
    shared_database.at_once(*(partial(events.process, event_id=event_id) for event_id in stored))
    assert stackone.names.count("get_account") == 1
    assert [account.account_id for account in LinkedAccount.objects.all()] == ["linked-1"]
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("done", 1)}
