"""When the client tries again, how long it waits, and what it tells the caller."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect.client import StackOneClient, retries
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    StackOneError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from tests.client.servers import ACCOUNT

URL = "https://api.stackone.test"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.fixture
def stackone() -> Any:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client(make_client: Any) -> StackOneClient:
    made: StackOneClient = make_client(URL)
    return made


def fail(client: StackOneClient, seconds: float = 12) -> StackOneError:
    with pytest.raises(StackOneError) as caught:
        client.get_account("a", deadline=Deadline(seconds))
    return caught.value


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_passing_status_is_tried_three_times_in_all(
    status: int, client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    stackone.get(f"{URL}/accounts/a", status=status)
    fail(client)
    assert len(stackone.calls) == 3
    assert 0 <= pauses[0] <= 0.25
    assert 0 <= pauses[1] <= 0.5


@pytest.mark.parametrize("status", [400, 401, 403, 409, 412, 422, 500, 501, 505, 302])
def test_a_status_that_would_stay_is_tried_once(
    status: int, client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    stackone.get(f"{URL}/accounts/a", status=status)
    fail(client)
    assert len(stackone.calls) == 1
    assert pauses == []


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_later_try_that_succeeds_is_the_answer(
    status: int, client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    stackone.get(f"{URL}/accounts/a", status=status)
    stackone.get(f"{URL}/accounts/a", body=requests.ConnectionError("reset"))
    stackone.get(f"{URL}/accounts/a", json=ACCOUNT)
    assert client.get_account("a", deadline=Deadline(12)).provider == "bamboohr"
    assert len(pauses) == 2


def test_the_error_is_that_of_the_last_try(
    client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    for status in (503, 429, 422):
        stackone.get(f"{URL}/accounts/a", status=status)
    assert fail(client).code == "stackone_rejected"


def test_a_retry_after_that_fits_in_the_deadline_is_obeyed(
    client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    stackone.get(f"{URL}/accounts/a", status=429, headers={"Retry-After": "3"})
    stackone.get(f"{URL}/accounts/a", json=ACCOUNT)
    client.get_account("a", deadline=Deadline(12))
    assert pauses == [3]


@pytest.mark.parametrize(("wish", "told"), [("12", 12), ("11.5", 12), ("3600", 60)])
def test_a_retry_after_that_does_not_fit_ends_it_at_once(
    wish: str, told: int, client: StackOneClient, stackone: Any, pauses: list[float]
) -> None:
    stackone.get(f"{URL}/accounts/a", status=429, headers={"Retry-After": wish})
    error = fail(client, seconds=11)
    assert type(error) is StackOneRateLimitedError
    assert error.retry_after == told
    assert len(stackone.calls) == 1
    assert pauses == []


def test_a_pause_that_the_deadline_has_no_room_for_is_not_made(
    client: StackOneClient,
    stackone: Any,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "BACKOFF_SECONDS", 1e9)
    stackone.get(f"{URL}/accounts/a", status=503)
    fail(client)
    assert len(stackone.calls) == 1
    assert pauses == []


def test_nothing_is_sent_once_the_deadline_has_passed(
    client: StackOneClient, stackone: Any
) -> None:
    error = fail(client, seconds=0)
    assert type(error) is StackOneUnavailableError
    assert error.retry_after == 5
    assert len(stackone.calls) == 0


def test_a_pause_that_took_longer_than_hoped_is_followed_by_no_try(
    client: StackOneClient, stackone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadline = Deadline(60)
    monkeypatch.setattr(retries, "sleep", lambda _: setattr(deadline, "_at", 0.0))
    stackone.get(f"{URL}/accounts/a", status=503, headers={"Retry-After": "7"})
    with pytest.raises(StackOneUnavailableError) as caught:
        client.get_account("a", deadline=deadline)
    assert caught.value.retry_after == 7
    assert len(stackone.calls) == 1


def test_a_500_passes_on_when_stackone_wants_to_be_asked_again(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts/a", status=500, headers={"Retry-After": "30"})
    assert fail(client).retry_after == 30


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("0.2", 0.2),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30),
        ("Saturday, 31-Jan-26 12:00:30 GMT", 30),
        ("Sat Jan 31 12:00:30 2026", 30),
        ("Sat, 31 Jan 2026 12:00:30 -0000", 30),
        ("Sat, 31 Jan 2026 13:00:30 +0100", 30),
        ("Sat, 31 Jan 2026 11:59:00 GMT", None),
        (None, None),
        *((value, None) for value in ("", "0", "0.0", "-3", "+3", "1e3", "1_0", "soon", "nan")),
        *((value, None) for value in ("inf", "٣", "3 s", "3,5", ".5", "5.", "0x10")),
        ("Sat, 99 Jan 2026 12:00:30 GMT", None),
        ("Sat, 31 Jan 99999 12:00:30 GMT", None),
        ("31 Jan 2026 12:00:30 +9999999999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_above_zero(
    value: str | None, seconds: float | None
) -> None:
    with time_machine.travel(NOW, tick=False):
        assert retries.retry_after(value) == seconds


@given(st.integers(min_value=1, max_value=10**400))
def test_any_number_of_seconds_becomes_advice_of_a_minute_at_most(seconds: int) -> None:
    assert retries.advice(retries.retry_after(str(seconds))) == min(seconds, 60)


@given(st.decimals(min_value=0, max_value=100, places=3))
def test_a_fraction_is_rounded_up(seconds: Any) -> None:
    expected = min(math.ceil(seconds), 60) if seconds > 0 else 5
    assert retries.advice(retries.retry_after(f"{seconds:f}")) == expected


@given(st.integers(min_value=-(10**8), max_value=10**8))
def test_any_http_date_reads_as_the_seconds_until_then(seconds: int) -> None:
    with time_machine.travel(NOW, tick=False):
        value = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
        assert retries.retry_after(value) == (seconds if seconds > 0 else None)


@given(st.one_of(st.text(), st.text(alphabet="0123456789.:-+, GMTSunJan"), st.none()))
def test_whatever_is_sent_the_advice_is_from_1_to_60_seconds(value: str | None) -> None:
    assert 1 <= retries.advice(retries.retry_after(value)) <= 60
