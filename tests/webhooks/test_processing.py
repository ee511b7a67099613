"""One event: StackOne is asked, and what StackOne answers is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from stackone_connect import clock
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
    TransactionOpenError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from stackone_connect.services._webhooks import queue
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, SnapshotFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import receive, row

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """Time stands still until it is moved."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def event_of(owner: OriginOwner) -> Callable[..., int]:
    """An event that names our owner, taken in and not processed."""

    def make(*args: Any, **fields: Any) -> int:
        return receive(*args, **{"origin_owner_id": owner.origin_owner_id, **fields})

    return make


def state(event_id: int) -> tuple[str, str]:
    event = row(event_id)
    return event.state, event.last_error


# --- What StackOne answers ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["account.created", "account.updated", "account.error"])
def test_whatever_the_event_is_called_stackone_is_asked_and_its_answer_recorded(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int], name: str
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1", status="error")
    event_id = event_of(name)
    events.process(event_id=event_id)
    assert stackone.calls == [("get_account", "linked-1")]
    account = LinkedAccount.objects.get()
    assert (account.owner, account.account_id, account.status) == (owner, "linked-1", "error")
    assert state(event_id) == ("done", "")


def test_an_event_that_says_deleted_is_not_believed_before_stackone_says_so(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    events.process(event_id=event_of("account.deleted"))
    assert LinkedAccount.objects.get().disconnected_at is None


@pytest.mark.parametrize("name", ["account.deleted", "account.updated"])
def test_an_account_that_stackone_no_longer_has_is_disconnected(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    told: list[tuple[str, Any]],
    name: str,
) -> None:
    account = AccountFactory.create(owner=owner, account_id="linked-1")
    event_id = event_of(name)
    events.process(event_id=event_id)
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert state(event_id) == ("done", "")
    assert told == [("account_disconnected", account.pk)]


def test_an_update_event_moves_the_account_to_its_date_and_never_back(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    newest = NOW + timedelta(days=400)
    for date in (NOW, newest, NOW + timedelta(days=1)):
        events.process(event_id=event_of("account.updated", event_date=date.isoformat()))
    account = LinkedAccount.objects.get()
    assert (account.event_at, account.changed_at) == (newest, newest)


@pytest.mark.parametrize("name", ["account.created", "account.error"])
def test_no_other_event_moves_the_account(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int], name: str
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    events.process(event_id=event_of(name))
    assert LinkedAccount.objects.get().event_at is None


def test_an_update_event_completes_the_session_that_edited_the_account(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
) -> None:
    made = NOW - timedelta(days=1)
    account = AccountFactory.create(owner=owner, account_id="linked-1", fetched_at=made)
    stackone.accounts["linked-1"] = SnapshotFactory.build(
        account_id="linked-1",
        origin_owner_id=owner.origin_owner_id,
        created_at=account.stackone_created_at,
    )
    session = SessionFactory.create(owner=owner)
    events.process(event_id=event_of("account.updated", event_date=NOW.isoformat()))
    session.refresh_from_db()
    assert (session.status, session.outcome, session.account_id) == (
        *("completed", "update"),
        "linked-1",
    )


def test_an_event_without_owner_finds_it_by_stackones_answer(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = receive()
    events.process(event_id=event_id)
    assert LinkedAccount.objects.get().owner == owner
    assert (row(event_id).state, row(event_id).origin_owner_id) == ("done", owner.origin_owner_id)


def test_an_event_without_owner_of_an_account_that_is_gone_disconnects_it(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner, account_id="linked-1")
    event_id = receive("account.deleted")
    events.process(event_id=event_id)
    assert LinkedAccount.objects.get().disconnected_at is not None
    assert row(event_id).state == "done"


def test_an_account_that_nobody_knows_is_asked_for_again_later(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
) -> None:
    event_id = event_of()
    events.process(event_id=event_id)
    assert state(event_id) == ("due", "account_not_found")
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    traveller.shift(5)
    events.process(event_id=event_id)
    assert state(event_id)[0] == "done"
    assert LinkedAccount.objects.count() == 1


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("deletion_first", [True, False])
def test_a_deletion_that_came_in_while_asking_has_the_last_word(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    is_known: bool,
    deletion_first: bool,
) -> None:
    """The answer to the first question is on its way when StackOne deletes the account."""
    asked = clock.now()
    with time_machine.travel(asked, tick=False) as traveller:
        if is_known:
            AccountFactory.create(owner=owner, account_id="linked-1")
        old = stackone.link(owner.origin_owner_id, account_id="linked-1")
        deletions = []

        def delete_meanwhile() -> None:
            del stackone.during["get_account"]
            del stackone.accounts["linked-1"]
            traveller.shift(1)
            deletions.append(event_of("account.deleted"))
            if deletion_first:
                events.process(event_id=deletions[0])
            stackone.accounts["linked-1"] = old

        stackone.during["get_account"] = delete_meanwhile
        events.process(event_id=event_of("account.updated"))
        del stackone.accounts["linked-1"]
        for _ in range(2):
            traveller.shift(10)
            events.process(event_id=deletions[0])
        assert state(deletions[0])[0] == "done"
    assert LinkedAccount.objects.get().disconnected_at is not None


# --- What became of sessions -------------------------------------------------------------------


def attempt(account_id: str, at: datetime) -> ConnectionAttempt:
    return ConnectionAttempt(status="authenticated", code="", account_id=account_id, at=at)


def test_an_event_settles_the_oauth_session_whose_attempt_names_the_account(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    first, second = SessionFactory.create_batch(2, owner=owner)
    made = stackone.link(owner.origin_owner_id, account_id="linked-1")
    assert made.created_at is not None
    stackone.attempts[second.stackone_id] = attempt("linked-1", made.created_at)
    events.process(event_id=event_of())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.outcome) == ("issued", "")
    assert (second.status, second.outcome, second.account_id) == (
        *("completed", "create"),
        "linked-1",
    )


def test_the_newest_ten_open_sessions_that_could_be_meant_are_asked_about(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    now = clock.now()
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    ages = {
        SessionFactory.create(
            owner=owner,
            provider="bamboohr" if age % 2 else "",
            created_at=now - timedelta(seconds=age),
        ).stackone_id: age
        for age in range(1, 14)
    }
    SessionFactory.create(owner=owner, provider="workday")
    SessionFactory.create(provider="bamboohr")
    SessionFactory.create(owner=owner, attempt_account_id="another")
    SessionFactory.create(owner=owner, status="failed", path="undetermined", outcome="")
    SessionFactory.create(owner=owner, created_at=now - timedelta(hours=2))
    SessionFactory.create(owner=owner, stackone_id="")
    events.process(event_id=event_of())
    asked = [ages[name] for call, name in stackone.calls if call == "latest_attempt"]
    assert asked == list(range(1, 11))


def test_attempts_that_cannot_be_had_do_not_hold_the_account_up(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    SessionFactory.create_batch(2, owner=owner)
    stackone.failing["latest_attempt"] = StackOneUnavailableError()
    event_id = event_of()
    events.process(event_id=event_id)
    assert state(event_id) == ("done", "")
    assert LinkedAccount.objects.count() == 1


def test_one_deadline_bounds_all_the_calls_for_an_event(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    configure: Callable[..., None],
) -> None:
    configure(DEADLINE=5)
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    SessionFactory.create_batch(3, owner=owner)
    events.process(event_id=event_of())
    assert len(stackone.remaining) == 4
    assert stackone.remaining[0] <= 5
    assert max(stackone.remaining[1:]) <= 4


# --- When StackOne does not answer -------------------------------------------------------------

FAILURES = [
    StackOneUnavailableError,
    StackOneRateLimitedError,
    StackOneMisconfiguredError,
    StackOneBadAnswerError,
    StackOneRejectedError,
]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_of_stackones_is_noted_and_tried_again(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
    failure: type[StackOneError],
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    stackone.failing["get_account"] = failure()
    event_id = event_of()
    events.process(event_id=event_id)
    assert state(event_id) == ("due", failure.code)
    stackone.failing.clear()
    traveller.shift(5)
    events.process(event_id=event_id)
    assert state(event_id) == ("done", "")


def test_it_waits_twice_as_long_each_time_and_has_failed_after_ten_attempts(
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
    lines: Callable[..., list[str]],
) -> None:
    stackone.failing["get_account"] = StackOneBadAnswerError()
    event_id = event_of()
    waits = []
    for _ in range(9):
        events.process(event_id=event_id)
        wait = row(event_id).next_attempt_at - clock.now()
        waits.append(int(wait.total_seconds()))
        traveller.shift(wait - timedelta(seconds=1))
        events.process(event_id=event_id)  # not yet
        traveller.shift(1)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280]
    events.process(event_id=event_id)
    assert len(stackone.calls) == row(event_id).attempts == 10
    assert state(event_id) == ("failed", "stackone_bad_answer")
    assert lines("webhook_event") == [
        "webhook_event.failed code=stackone_bad_answer event_name=account.created "
        "account=linked-1 provider=bamboohr"
    ]
    traveller.shift(timedelta(days=1))
    events.process(event_id=event_id)
    assert len(stackone.calls) == 10


def test_no_wait_is_longer_than_an_hour(
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue, "MAX_ATTEMPTS", 30)
    event_id = event_of()
    WebhookEvent.objects.update(attempts=20)
    events.process(event_id=event_id)
    assert row(event_id).next_attempt_at == NOW + timedelta(hours=1)


def test_an_answer_about_another_account_is_not_taken_for_this_one(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.accounts["linked-1"] = SnapshotFactory.build(
        account_id="linked-2", origin_owner_id=owner.origin_owner_id
    )
    event_id = event_of()
    events.process(event_id=event_id)
    assert state(event_id) == ("due", "stackone_bad_answer")
    assert not LinkedAccount.objects.exists()


# --- Whose turn it is --------------------------------------------------------------------------


def test_an_event_is_leased_while_stackone_is_asked(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = event_of()
    stackone.during["get_account"] = lambda: events.process(event_id=event_id)
    events.process(event_id=event_id)
    assert stackone.names == ["get_account"]
    assert row(event_id).attempts == 1


@pytest.mark.parametrize(
    "failure", [StackOneUnavailableError, StackOneRateLimitedError, StackOneMisconfiguredError]
)
def test_an_outage_is_no_attempt_and_is_tried_again_hourly_at_the_longest(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
    failure: type[StackOneError],
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    stackone.failing["get_account"] = failure()
    event_id = event_of()
    waits = []
    while clock.now() < NOW + timedelta(days=3):
        events.process(event_id=event_id)
        waits.append(row(event_id).next_attempt_at - clock.now())
        traveller.shift(waits[-1])
    assert [wait.total_seconds() for wait in waits[:5]] == [5, 10, 20, 40, 80]
    assert max(waits) == timedelta(hours=1)
    assert (row(event_id).attempts, row(event_id).state) == (0, "due")
    stackone.failing.clear()
    events.process(event_id=event_id)
    assert state(event_id) == ("done", "")


def claimed() -> bool:
    return bool(queue.claim(WebhookEvent.objects.due()).events)


def test_a_lease_outlives_any_deadline(
    event_of: Callable[..., int],
    configure: Callable[..., None],
    traveller: time_machine.Traveller,
) -> None:
    configure(DEADLINE=300)
    event_of()
    assert claimed()
    traveller.shift(301)
    assert not claimed()
    traveller.shift(60)
    assert claimed()


def test_an_event_that_kills_every_worker_rests_too(
    stackone: FakeStackOne, event_of: Callable[..., int], traveller: time_machine.Traveller
) -> None:
    event_id = event_of()
    for _ in range(10):
        assert claimed()
        traveller.shift(timedelta(hours=1))
    events.process(event_id=event_id)
    assert state(event_id) == ("failed", "worker_killed")
    assert stackone.calls == []


def test_a_worker_that_lost_its_lease_changes_the_event_no_more(
    owner: OriginOwner,
    stackone: FakeStackOne,
    event_of: Callable[..., int],
    traveller: time_machine.Traveller,
) -> None:
    """The slow one failed; the other one was answered."""
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = event_of()

    def overtaken() -> None:
        stackone.during.clear()
        traveller.shift(timedelta(minutes=3))
        events.process(event_id=event_id)
        stackone.failing["get_account"] = StackOneUnavailableError()

    stackone.during["get_account"] = overtaken
    events.process(event_id=event_id)
    assert stackone.names == ["get_account", "get_account"]
    assert state(event_id) == ("done", "")


def test_what_is_done_is_not_done_again(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = event_of()
    for _ in range(2):
        events.process(event_id=event_id)
    assert len(stackone.calls) == 1


def test_an_event_that_was_pruned_meanwhile_is_nothing_to_do(stackone: FakeStackOne) -> None:
    events.process(event_id=4711)
    assert stackone.calls == []


def test_no_event_is_processed_inside_a_transaction(
    stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    event_id = event_of()
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        events.process(event_id=event_id)
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        events.process_due()


# --- Replay ------------------------------------------------------------------------------------


@pytest.mark.parametrize("was", ["done", "failed", "quarantined", "due"])
def test_any_event_can_be_replayed_with_all_its_attempts(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int], was: str
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id, other = event_of(), event_of("account.updated")
    WebhookEvent.objects.update(
        state=was, attempts=10, last_error="x", next_attempt_at=clock.now() + timedelta(hours=1)
    )
    assert events.replay(event_ids=[event_id]) == 1
    assert (row(event_id).attempts, *state(event_id)) == (0, "due", "")
    events.process(event_id=event_id)
    assert state(event_id) == ("done", "")
    assert (row(other).attempts, row(other).state) == (10, was)


def test_a_replay_during_processing_is_not_lost(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = event_of()

    def replay() -> None:
        stackone.during.clear()
        events.replay(event_ids=[event_id])

    stackone.during["get_account"] = replay
    events.process(event_id=event_id)
    assert state(event_id) == ("due", "")
    events.process(event_id=event_id)
    assert state(event_id) == ("done", "")


def test_an_owner_that_was_offboarded_meanwhile_leaves_nothing_behind(
    owner: OriginOwner, stackone: FakeStackOne, event_of: Callable[..., int]
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    event_id = event_of()

    def offboard() -> None:
        WebhookEvent.objects.all().delete()
        OriginOwner.objects.all().delete()

    stackone.during["get_account"] = offboard
    events.process(event_id=event_id)
    assert not LinkedAccount.objects.exists()
    assert not ConnectSession.objects.exists()


def test_accounts_of_several_owners_are_told_apart(stackone: FakeStackOne) -> None:
    owners = OwnerFactory.create_batch(2)
    for number, owner in enumerate(owners):
        stackone.link(owner.origin_owner_id, account_id=f"linked-{number}")
        event_id = receive(
            "account.created", f"linked-{number}", origin_owner_id=owner.origin_owner_id
        )
        events.process(event_id=event_id)
    found = LinkedAccount.objects.order_by("account_id").values_list("owner", "account_id")
    assert list(found) == [(owners[0].pk, "linked-0"), (owners[1].pk, "linked-1")]
