"""Webhooks that are lost, doubled, out of order, late, forged, or of nothing that happened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Delivery, Fault
from stackone_connect.sandbox.sender import sign
from tests.sandbox.conftest import Receiver


def connect(browser: Any) -> str:
    return str(browser().connect().json()["id"])


def test_a_lost_webhook_is_noted_but_never_sent(browser: Any, receiver: Receiver) -> None:
    control.set_fault("lost")
    connect(browser)
    connect(browser)
    assert control.deliver_due() == 1
    assert receiver.names == ["account.updated"]
    assert [delivery.state for delivery in Delivery.objects.all()] == ["delivered", "lost"]


def test_a_duplicated_webhook_is_the_same_event_twice(browser: Any, receiver: Receiver) -> None:
    control.set_fault("duplicated")
    connect(browser)
    assert control.deliver_due() == 2
    first, second = receiver.events
    assert {**first, "sent_at": ""} == {**second, "sent_at": ""}


def test_a_reordered_webhook_goes_after_the_next_one(browser: Any, receiver: Receiver) -> None:
    control.set_fault("reordered")
    connect(browser)
    assert control.deliver_due() == 0
    connect(browser)
    assert control.deliver_due() == 2
    assert receiver.names == ["account.updated", "account.created"]


def test_a_reordered_webhook_goes_alone_when_nothing_follows(
    browser: Any, receiver: Receiver
) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        control.set_fault("reordered")
        connect(browser)
        clock.shift(59)
        assert control.deliver_due() == 0
        clock.shift(1)
        assert control.deliver_due() == 1


def test_a_late_webhook_goes_later(browser: Any, receiver: Receiver) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        control.set_fault("late", seconds=20)
        connect(browser)
        clock.shift(19)
        assert control.deliver_due() == 0
        clock.shift(1)
        assert control.deliver_due() == 1
    [event] = receiver.events
    assert event["event_date"] < event["sent_at"]


def test_a_forged_webhook_is_signed_with_no_secret_of_its_own(
    browser: Any, receiver: Receiver
) -> None:
    control.set_fault("forged")
    receiver.answers = [401]
    connect(browser)
    control.deliver_due()
    [request] = receiver.arrived
    signature = request.headers["x-stackone-signature"]
    assert len(signature) == 43
    assert signature not in {sign(request.get_data(), secret) for secret in receiver.secrets}


def test_a_fault_waits_for_the_event_it_was_set_for(browser: Any, receiver: Receiver) -> None:
    control.set_fault("lost", prefix="account.deleted")
    account_id = connect(browser)
    control.delete_account(account_id)
    assert control.deliver_due() == 1
    assert receiver.names == ["account.created"]


@pytest.mark.django_db
def test_a_fault_is_not_spent_while_nobody_is_told(browser: Any) -> None:
    control.set_fault("lost")
    connect(browser)
    assert Fault.objects.exists()


@pytest.mark.parametrize("forged", [False, True])
def test_what_did_not_happen_can_be_told(browser: Any, receiver: Receiver, forged: bool) -> None:
    account_id = connect(browser)
    words = ["send", "--event", "account.deleted", *(["--forged"] if forged else [])]
    call_command("stackone_sandbox", *words, "--", account_id, stdout=None)
    control.deliver_due()
    assert receiver.names == ["account.created", "account.deleted"]
    request = receiver.arrived[1]
    right = sign(request.get_data(), receiver.secrets[0])
    assert (request.headers["x-stackone-signature"] == right) is not forged
    with pytest.raises(ValueError, match="none of account"):
        control.send_webhook(account_id, "account.connected")
    with pytest.raises(CommandError, match="no such account"):
        call_command("stackone_sandbox", "send", "unknown")


def test_a_delivery_can_be_repeated(browser: Any, receiver: Receiver) -> None:
    connect(browser)
    control.deliver_due()
    control.redeliver(Delivery.objects.get().pk)
    assert control.deliver_due() == 1
    first, second = receiver.events
    assert first["event_date"] == second["event_date"]
