"""Many events at once: as few calls as will do, and none when StackOne is out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from stackone_connect import clock
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from stackone_connect.services._account_records import AccountRecords
from stackone_connect.services._webhooks import queue
from tests.factories import AccountFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne, Sandbox
from tests.webhooks.deliveries import SECRET, receive

pytestmark = pytest.mark.django_db

OUT = [StackOneUnavailableError, StackOneRateLimitedError, StackOneMisconfiguredError]


def arrive(owner: OriginOwner, *account_ids: str, event: str = "account.created") -> list[int]:
    return [receive(event, name, origin_owner_id=owner.origin_owner_id) for name in account_ids]


def link(stackone: FakeStackOne, owner: OriginOwner, *account_ids: str, **values: Any) -> None:
    for name in account_ids:
        stackone.link(owner.origin_owner_id, account_id=name, **values)


def states() -> dict[str, int]:
    return dict(Counter(WebhookEvent.objects.values_list("state", flat=True)))


def attempts() -> int:
    return sum(WebhookEvent.objects.values_list("attempts", flat=True))


# --- Together ----------------------------------------------------------------------------------


def test_events_of_one_owner_are_asked_about_with_one_list(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    link(stackone, owner, "a", "b", "c", "not-asked-for")
    arrive(owner, "a", "b", "c")
    assert events.process_due() == 3
    assert stackone.calls == [("accounts_named", ("a", "b", "c"))]
    assert set(LinkedAccount.objects.values_list("account_id", flat=True)) == {"a", "b", "c"}
    assert states() == {"done": 3}


def test_several_events_of_one_account_are_one_question(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    link(stackone, owner, "a")
    arrive(owner, "a")
    newest = datetime(2030, 1, 1, tzinfo=UTC)
    for date in (newest, newest - timedelta(days=1)):
        receive(
            "account.updated",
            "a",
            origin_owner_id=owner.origin_owner_id,
            event_date=date.isoformat(),
        )
    assert events.process_due() == 3
    assert stackone.calls == [("get_account", "a")]
    assert LinkedAccount.objects.get().event_at == newest
    assert states() == {"done": 3}


def test_each_owner_is_asked_about_apart(stackone: FakeStackOne) -> None:
    for number, owner in enumerate(OwnerFactory.create_batch(2)):
        link(stackone, owner, f"{number}a", f"{number}b")
        arrive(owner, f"{number}a", f"{number}b")
    events.process_due()
    assert stackone.calls == [
        ("accounts_named", ("0a", "0b")),
        ("accounts_named", ("1a", "1b")),
    ]
    found = LinkedAccount.objects.order_by("account_id").values_list("owner__origin_owner_id")
    assert len(set(found)) == 2


def test_an_account_that_the_list_does_not_show_is_asked_for_alone(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list may lag behind; only a 404 says that an account is gone."""
    gone = AccountFactory.create(owner=owner, account_id="gone")
    link(stackone, owner, "a", "late")
    listed = stackone.accounts_named
    monkeypatch.setattr(
        stackone,
        "accounts_named",
        lambda *args, **options: (a for a in listed(*args, **options) if a.account_id != "late"),
    )
    arrive(owner, "a", "late", "gone", "never-seen")
    assert events.process_due() == 4
    assert stackone.calls == [
        ("accounts_named", ("a", "late", "gone", "never-seen")),
        ("get_account", "late"),
        ("get_account", "gone"),
        ("get_account", "never-seen"),
    ]
    gone.refresh_from_db()
    assert gone.disconnected_at is not None
    connected = LinkedAccount.objects.connected().values_list("account_id", flat=True)
    assert set(connected) == {"a", "late"}
    assert states() == {"done": 3, "due": 1}


def test_an_account_of_someone_else_in_the_list_is_quarantined(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stranger = OwnerFactory.create()
    link(stackone, owner, "a")
    link(stackone, stranger, "b")
    arrive(owner, "a", "b")
    events.process_due()
    assert states() == {"done": 1, "quarantined": 1}
    assert list(LinkedAccount.objects.values_list("owner", "account_id")) == [(owner.pk, "a")]


def test_open_sessions_are_asked_about_once_for_all_the_events(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    either = SessionFactory.create(owner=owner, provider="")
    one = SessionFactory.create(owner=owner, provider="bamboohr")
    other = SessionFactory.create(owner=owner, provider="workday")
    SessionFactory.create(owner=owner, provider="greenhouse")
    link(stackone, owner, "a", "b")
    link(stackone, owner, "c", provider="workday")
    made = stackone.accounts["b"].created_at
    assert made is not None
    stackone.attempts[one.stackone_id] = ConnectionAttempt(
        status="authenticated", code="", account_id="b", at=made
    )
    arrive(owner, "a", "b", "c")
    events.process_due()
    asked = [name for call, name in stackone.calls if call == "latest_attempt"]
    assert sorted(asked) == sorted(s.stackone_id for s in (either, one, other))
    one.refresh_from_db()
    assert (one.outcome, one.account_id) == ("create", "b")


def test_no_list_asks_for_more_than_fits_an_address(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    names = [f"account-{number}" for number in range(120)]
    link(stackone, owner, *names)
    arrive(owner, *names)
    assert events.process_due() == 120
    assert [len(ids) for _, ids in stackone.calls] == [50, 50, 20]
    assert states() == {"done": 120}


def test_what_is_oldest_comes_first_and_no_more_than_asked_for(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    link(stackone, owner, "a", "b", "c")
    for name in ("b", "c", "a"):
        arrive(owner, name)
    assert events.process_due(limit=2) == 2
    assert stackone.calls == [("accounts_named", ("b", "c"))]


def test_events_without_owner_are_asked_about_account_by_account(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    link(stackone, owner, "a", "b")
    for name in ("a", "b"):
        receive("account.created", name)
    events.process_due()
    assert stackone.calls == [("get_account", "a"), ("get_account", "b")]
    assert states() == {"done": 2}


def test_unknown_owners_cost_nothing_and_do_not_stop_the_others(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    for number in range(5):
        receive("account.created", f"x{number}", origin_owner_id="of-staging")
    link(stackone, owner, "a")
    arrive(owner, "a")
    assert events.process_due() == 6
    assert stackone.calls == [("get_account", "a")]
    assert states() == {"quarantined": 5, "done": 1}


def test_two_events_cost_one_request_at_the_sandbox(
    owner: OriginOwner, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])  # the sandbox came with its own
    names = []
    for provider in ("bamboohr", "personio"):
        body = {
            "origin_owner_id": owner.origin_owner_id,
            "origin_owner_name": owner.origin_owner_name,
            "provider": provider,
        }
        token = sandbox._browser.post(
            "/sandbox/connect_sessions",
            body,
            content_type="application/json",
            headers={"Authorization": "Basic c2FuZGJveC1rZXk6"},
        ).json()["token"]
        filled = {"client_id": "1", "client_secret": "2"} if provider == "personio" else {}
        names.append(sandbox.finish_hub(token, provider, **filled))
    arrive(owner, *names)
    assert events.process_due() == 2
    assert [(method, path) for method, path, _ in sandbox.requests] == [("GET", "/accounts")]
    assert set(LinkedAccount.objects.values_list("account_id", flat=True)) == set(names)


# --- When StackOne is out ---------------------------------------------------------------------


@pytest.mark.parametrize("failure", OUT)
def test_a_stackone_that_is_out_is_asked_three_times_and_what_is_left_keeps_its_attempts(
    stackone: FakeStackOne, failure: type[StackOneError], lines: Callable[..., list[str]]
) -> None:
    for number in range(20):
        arrive(OwnerFactory.create(), f"a{number}")
    stackone.failing["get_account"] = failure()
    assert events.process_due() == 3
    assert (len(stackone.calls), attempts()) == (3, 0)
    assert states() == {"due": 20}
    assert lines("webhook_events.stopped") == [f"webhook_events.stopped code={failure.code}"]


def test_one_owners_events_keep_their_attempts_too(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    arrive(owner, *(f"a{number}" for number in range(80)))
    for call in ("accounts_named", "get_account"):
        stackone.failing[call] = StackOneUnavailableError()
    assert events.process_due() == 2
    assert stackone.names == ["accounts_named", "get_account", "get_account"]
    assert attempts() == 0
    assert WebhookEvent.objects.due().count() == 78


def test_failures_in_a_row_are_meant(stackone: FakeStackOne) -> None:
    """StackOne that answers now and then is not out."""
    for number in range(6):
        owner = OwnerFactory.create()
        if number % 3 == 2:
            link(stackone, owner, f"a{number}")
        arrive(owner, f"a{number}")

    def fail_unless_linked() -> None:
        stackone.failing.clear()
        if stackone.calls[-1][1] not in stackone.accounts:
            stackone.failing["get_account"] = StackOneUnavailableError()

    stackone.during["get_account"] = fail_unless_linked
    assert events.process_due() == 6
    assert states() == {"done": 2, "due": 4}


def test_an_account_that_stackone_rejects_is_not_taken_for_silence(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.failing["get_account"] = StackOneRejectedError()
    for number in range(6):
        arrive(OwnerFactory.create(), f"a{number}")
    assert events.process_due() == 6


def test_a_list_that_stackone_will_not_give_is_made_up_for_one_by_one(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    link(stackone, owner, "a", "b")
    arrive(owner, "a", "b")
    stackone.failing["accounts_named"] = StackOneRejectedError()
    assert events.process_due() == 2
    assert states() == {"done": 2}


def test_one_account_that_fails_here_does_not_hold_up_the_others(
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[..., list[str]],
) -> None:
    present = AccountRecords.present

    def fail_at_b(rows: AccountRecords, snapshot: AccountSnapshot, *args: Any) -> None:
        if snapshot.account_id == "b":
            raise ZeroDivisionError
        present(rows, snapshot, *args)

    monkeypatch.setattr(AccountRecords, "present", fail_at_b)
    link(stackone, owner, "a", "b", "c")
    arrive(owner, "a", "b", "c")
    events.process_due()
    assert states() == {"done": 2, "due": 1}
    stuck = WebhookEvent.objects.get(state="due")
    assert (stuck.account_id, stuck.last_error, stuck.attempts) == ("b", "unexpected_error", 1)
    assert (
        lines("webhook_event.unexpected_error")
        == ["webhook_event.unexpected_error error=ZeroDivisionError"] * 2
    )


class TimeLimitError(Exception):
    """As Celery's, and RQ's timeouts: raised wherever the worker is, once."""


class InterruptError(BaseException):
    """As Dramatiq's time limit, gevent's, and RQ's notice that its machine is being stopped."""


INTERRUPTIONS = [TimeLimitError, InterruptError, KeyboardInterrupt, SystemExit]


@pytest.mark.parametrize("kind", INTERRUPTIONS)
@pytest.mark.parametrize("asking", ["accounts_named", "get_account"])
def test_a_time_limit_of_the_hosts_queue_ends_the_run_and_costs_no_attempt(
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
    asking: str,
    kind: type[BaseException],
) -> None:
    link(stackone, owner, "a", "b", "c")
    arrive(owner, "a", "b", "c")

    def interrupted(*args: Any, **options: Any) -> None:
        stackone.calls.append((asking, ()))
        raise kind

    if asking == "get_account":
        stackone.failing["accounts_named"] = StackOneRejectedError()
    with monkeypatch.context() as patch:
        patch.setattr(stackone, asking, interrupted)
        with pytest.raises(kind):
            events.process_due()
    assert [name for name, _ in stackone.calls].count(asking) == 1
    assert (states(), attempts()) == ({"due": 3}, 0)
    stackone.failing.clear()
    assert events.process_due() == 3
    assert states() == {"done": 3}


@pytest.mark.parametrize("kind", INTERRUPTIONS)
@pytest.mark.parametrize("work", ["renew", "defer"])
def test_nor_does_one_between_two_questions(
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
    work: str,
    kind: type[BaseException],
) -> None:
    link(stackone, owner, "a", "b", "c")
    arrive(owner, "a", "b", "c")
    stackone.failing["accounts_named"] = StackOneRejectedError()
    stackone.failing["get_account"] = StackOneUnavailableError()

    def interrupted(*args: Any, **options: Any) -> Any:
        raise kind

    with monkeypatch.context() as patch:
        patch.setattr(queue, work, interrupted)
        with pytest.raises(kind):
            events.process_due()
    assert states() == {"due": 3}
    assert attempts() == 0
    assert not WebhookEvent.objects.exclude(lease=None).exists()


@pytest.mark.parametrize("kind", INTERRUPTIONS)
def test_a_time_limit_that_meets_a_single_event_costs_no_attempt(
    owner: OriginOwner, stackone: FakeStackOne, kind: type[BaseException]
) -> None:
    link(stackone, owner, "a")
    [event_id] = arrive(owner, "a")
    stackone.failing["get_account"] = kind()
    with pytest.raises(kind):
        events.process(event_id=event_id)
    event = WebhookEvent.objects.get()
    assert (event.state, event.attempts, event.last_error) == ("due", 0, "")
    assert event.lease is None


def test_an_outage_of_twelve_minutes_lets_no_event_fail(stackone: FakeStackOne) -> None:
    owners = OwnerFactory.create_batch(10)
    for number, owner in enumerate(owners):
        arrive(owner, f"a{number}")
    stackone.failing["get_account"] = StackOneUnavailableError()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(12):
            traveller.shift(60)
            events.process_due()
        stackone.failing.clear()
        for number, owner in enumerate(owners):
            link(stackone, owner, f"a{number}")
        traveller.shift(timedelta(hours=2))
        assert events.process_due() == 10
    assert states() == {"done": 10}


# --- The command -------------------------------------------------------------------------------


def test_the_command_processes_what_is_due(
    owner: OriginOwner, stackone: FakeStackOne, capsys: pytest.CaptureFixture[str]
) -> None:
    link(stackone, owner, "a", "b")
    arrive(owner, "a", "b")
    call_command("stackone_process", "--no-poll")
    assert states() == {"done": 2}
    assert "2 events processed" in capsys.readouterr().out


def test_events_that_wait_for_each_other_longer_than_a_lease_are_asked_about_once(
    owner: OriginOwner,
    stackone: FakeStackOne,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each question takes 40 seconds, and another worker processes what is due meanwhile."""
    link(stackone, owner, "a", "b", "c")
    arrive(owner, "a", "b", "c")
    monkeypatch.setattr(stackone, "accounts_named", lambda ids, *, deadline: iter(()))

    def slowly() -> None:
        traveller.shift(40)
        del stackone.during["get_account"]  # the other worker is quick
        events.process_due()
        stackone.during["get_account"] = slowly

    stackone.during["get_account"] = slowly
    with time_machine.travel(clock.now(), tick=False) as traveller:
        events.process_due()
    asked = [name for call, name in stackone.calls if call == "get_account"]
    assert sorted(asked) == ["a", "b", "c"]
    assert states() == {"done": 3}
