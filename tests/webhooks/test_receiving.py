"""The webhook's address: who may write there, and what every caller is answered."""

from __future__ import annotations

import json
import sys
import time
from asyncio import Queue
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from stackone_connect import logs, signals
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent, statements
from stackone_connect.webhooks import views
from tests.fakes import FakeStackOne, held_transactions
from tests.webhooks.deliveries import (
    ADDRESS,
    SECRET,
    StackOneDelivers,
    event_body,
    row,
    said,
    signature_of,
)

LIMIT = 1024 * 1024


@pytest.fixture(autouse=True)
def _stackone_has_no_account(stackone: FakeStackOne) -> None:
    """What is processed after the answer finds nothing."""


def stored() -> list[WebhookEvent]:
    return list(WebhookEvent.objects.order_by("pk"))


# --- Who may write -----------------------------------------------------------------------------


def test_an_account_event_is_stored_by_its_allow_listed_columns(webhook: StackOneDelivers) -> None:
    answer = webhook.event(
        "account.updated",
        origin_owner_id="another",
        origin_owner_name="Acme",
        setup_information={"password": "hunter2"},
    )
    assert said(answer) == (200, "accepted")
    (event,) = stored()
    assert (event.event, event.account_id) == ("account.updated", "linked-1")
    assert (event.origin_owner_id, event.provider) == ("another", "bamboohr")
    assert str(event.event_date) == "2026-01-31 12:00:00+00:00"
    assert "hunter2" not in str(WebhookEvent.objects.values())


@pytest.mark.parametrize(
    "signature", ["", "junk", "Ü", "=" * 43, signature_of(event_body(), "another secret")]
)
def test_without_a_valid_signature_nothing_is_written(
    webhook: StackOneDelivers, signature: str, verified: list[Any]
) -> None:
    assert said(webhook.post(event_body(), signature)) == (401, "invalid_signature")
    assert stored() == verified == []


def test_a_missing_signature_is_refused(webhook: StackOneDelivers) -> None:
    answer = webhook.http.post(ADDRESS, event_body(), content_type="application/json")
    assert said(answer) == (401, "invalid_signature")
    assert stored() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.binary() | st.sampled_from([event_body(), b"{}"]),
    signature=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
)
def test_no_junk_writes_anything(webhook: StackOneDelivers, body: bytes, signature: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert said(webhook.post(body, signature)) == (401, "invalid_signature")
    assert list(queries) == []


def test_the_raw_bytes_are_verified_and_not_the_json_they_say(webhook: StackOneDelivers) -> None:
    body = event_body().replace(b": ", b":    ")
    assert said(webhook.post(body, signature_of(event_body()))) == (401, "invalid_signature")
    assert said(webhook.post(body)) == (200, "accepted")


@pytest.mark.parametrize("signer", [SECRET, "the-next-one"])
def test_both_secrets_are_accepted_while_they_rotate(
    webhook: StackOneDelivers, configure: Callable[..., None], signer: str
) -> None:
    configure(WEBHOOK_SECRETS=[SECRET, "the-next-one"])
    answer = webhook.post(event_body(), signature_of(event_body(), signer))
    assert said(answer) == (200, "accepted")


def test_secrets_may_come_from_a_callable_that_is_asked_each_time(
    webhook: StackOneDelivers, configure: Callable[..., None]
) -> None:
    secrets = [SECRET]
    configure(WEBHOOK_SECRETS=lambda: secrets)
    assert said(webhook.event()) == (200, "accepted")
    secrets[:] = ["the-next-one"]
    assert said(webhook.event()) == (401, "invalid_signature")


@pytest.mark.parametrize("secrets", [[], list])
def test_without_a_secret_nobody_is_believed(
    webhook: StackOneDelivers, configure: Callable[..., None], secrets: Any
) -> None:
    configure(WEBHOOK_SECRETS=secrets)
    body = event_body()
    for signature in ("", signature_of(body, ""), signature_of(body)):
        assert said(webhook.post(body, signature)) == (404, "webhook_not_configured")
    assert stored() == []


# --- What is said of those who are refused -----------------------------------------------------


@pytest.fixture
def _no_flood_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_refused", logs.Flood())


@pytest.mark.usefixtures("_no_flood_yet")
def test_a_refused_signature_is_one_line_without_its_body(
    webhook: StackOneDelivers, lines: Callable[..., list[str]]
) -> None:
    webhook.post(b'{"event": "hunter2"}', "junk")
    assert lines("webhook") == ["webhook.refused code=invalid_signature count=1"]


@pytest.mark.usefixtures("_no_flood_yet")
def test_a_flood_of_refused_signatures_is_counted_and_does_not_fill_the_log(
    webhook: StackOneDelivers, lines: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(views, "_refused", logs.Flood())
    for _ in range(1000):
        webhook.post(b"{}", "junk")
    assert len(lines("webhook.refused")) == logs.Flood.BURST
    now += 1
    webhook.post(b"{}", "junk")
    webhook.post(b"{}", "junk")
    assert len(lines("webhook.refused")) == logs.Flood.BURST + 1
    counted = [int(line.rpartition("=")[2]) for line in lines("webhook.refused")]
    assert sum(counted) == 1001
    now += 3600
    for _ in range(1000):
        webhook.post(b"{}", "junk")
    assert len(lines("webhook.refused")) == 2 * logs.Flood.BURST + 1


# --- Every answer ------------------------------------------------------------------------------


def nested(levels: int) -> bytes:
    """An account event without a date, so that its digest is of all that it says."""
    deep = b"[" * levels + b"]" * levels
    return event_body(event_date=None, extra="here").replace(b'"here"', deep)


def test_a_signed_event_nested_to_any_depth_is_answered(webhook: StackOneDelivers) -> None:
    """Reading JSON, writing it and looking into it each stop at another depth."""
    answers = {said(webhook.post(nested(levels))) for levels in range(100, 3000, 50)}
    limit = sys.getrecursionlimit()
    answers |= {said(webhook.post(nested(levels))) for levels in range(limit - 150, limit + 5)}
    # From Python 3.12 on, what C code reads has a limit of its own.
    answers |= {said(webhook.post(nested(levels))) for levels in (10_000, 50_000, 100_000)}
    assert answers <= {(200, "accepted"), (200, "duplicate"), (400, "invalid_event")}
    assert (400, "invalid_event") in answers


@pytest.mark.parametrize("body", [b"", b"junk", b"[]", b"{}", b'{"event": "account.created"}'])
def test_signed_but_not_understandable_is_said_so(webhook: StackOneDelivers, body: bytes) -> None:
    assert said(webhook.post(body)) == (400, "invalid_event")
    assert stored() == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_only_post_is_taken(webhook: StackOneDelivers, method: str) -> None:
    answer = getattr(webhook.http, method)(ADDRESS)
    assert said(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def padded(size: int) -> bytes:
    body = event_body(padding="")
    return body.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(body)) + b'"')


def test_a_body_of_a_mebibyte_is_taken_whatever_the_hosts_upload_limit_is(
    webhook: StackOneDelivers, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    body = padded(LIMIT)
    assert len(body) == LIMIT
    assert said(webhook.post(body)) == (200, "accepted")


def test_a_larger_body_is_refused_signed_or_not(webhook: StackOneDelivers) -> None:
    body = padded(LIMIT + 1)
    assert said(webhook.post(body)) == (413, "too_large")
    assert said(webhook.post(body, "")) == (413, "too_large")
    assert stored() == []


def test_no_more_than_the_limit_is_read_whatever_length_was_announced() -> None:
    class Endless:
        taken = 0

        def read(self, size: int) -> bytes:
            self.taken += size
            return b"x" * size

    request: Any = RequestFactory().post(ADDRESS)
    request._stream = endless = Endless()
    assert said(views.webhook(request)) == (413, "too_large")
    assert endless.taken == LIMIT + 1


@pytest.mark.parametrize("length", ["5", "0"])
def test_a_length_that_is_too_short_is_only_another_body(
    webhook: StackOneDelivers, length: str
) -> None:
    assert said(webhook.post(event_body(), CONTENT_LENGTH=length)) == (401, "invalid_signature")
    assert stored() == []


@pytest.mark.usefixtures("db")
def test_a_length_that_is_too_long_does_no_harm() -> None:
    body = event_body()
    headers = {"x-stackone-signature": signature_of(body)}
    request = RequestFactory(headers=headers).post(ADDRESS, CONTENT_LENGTH="999999")
    request._stream = BytesIO(body)
    assert said(views.webhook(request)) == (200, "accepted")


@pytest.mark.parametrize("error", [OSError("connection reset"), Exception("a chunk's size")])
def test_a_body_that_breaks_off_or_is_none_is_said_to_be_that_and_not_signed_wrongly(
    error: Exception,
) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise error

    request: Any = RequestFactory().post(ADDRESS)
    request._stream = Broken()
    assert said(views.webhook(request)) == (400, "invalid_event")


@pytest.mark.usefixtures("db")
def test_a_body_that_ends_before_its_length_is_said_to_be_short() -> None:
    body = event_body()
    headers = {"x-stackone-signature": signature_of(body)}
    request = RequestFactory(headers=headers).post(ADDRESS, CONTENT_LENGTH=str(len(body)))
    request._stream = BytesIO(body[:-5])
    answer: Any = views.webhook(request)
    assert said(answer) == (400, "invalid_event")
    assert "to its end" in json.loads(answer.content)["detail"]


@pytest.mark.parametrize("length", ["", "many", "-1", "9" * 5000])
@pytest.mark.parametrize("chunked", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_where_the_server_hides_the_length_the_answer_says_that_it_is_missing(
    webhook: StackOneDelivers, length: str, chunked: dict[str, str]
) -> None:
    answer = webhook.post(event_body(), CONTENT_LENGTH=length, **chunked)
    assert said(answer) == (400, "invalid_event")
    assert "length of the body is missing" in json.loads(answer.content)["detail"]
    assert stored() == []


class InPieces:
    """The input of a server that put chunks together: it may answer less than was asked for."""

    def __init__(self, body: bytes) -> None:
        self.left = BytesIO(body)
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        piece = self.left.read(min(size, 7) if size > 0 else 7)
        self.taken += len(piece)
        return piece

    readline = read


@pytest.mark.parametrize(
    "header",
    [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_TRANSFER_ENCODING": "gzip, chunked"}],
)
def test_a_body_in_chunks_is_read_whole_where_the_server_put_them_together(
    webhook: StackOneDelivers, header: dict[str, str]
) -> None:
    body = event_body()
    stream: dict[str, Any] = {
        "wsgi.input": InPieces(body),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
    }
    assert said(webhook.post(body, **stream, **header)) == (200, "accepted")


def test_a_body_in_chunks_is_read_no_further_than_the_limit(webhook: StackOneDelivers) -> None:
    stream = InPieces(b"x" * (LIMIT + 100))
    options: dict[str, Any] = {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
    }
    assert said(webhook.post(event_body(), **options)) == (413, "too_large")
    assert stream.taken == LIMIT + 1


def test_without_a_body_or_a_signature_nobody_is_told_of_lengths(webhook: StackOneDelivers) -> None:
    assert said(webhook.post(b"", "")) == (401, "invalid_signature")


@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("debug", [True, False])
def test_the_address_works_without_its_last_slash(
    webhook: StackOneDelivers, settings: Settings, append_slash: bool, debug: bool
) -> None:
    settings.APPEND_SLASH = append_slash
    settings.DEBUG = debug
    body = event_body()
    headers = {"x-stackone-signature": signature_of(body)}
    answer = webhook.http.post(
        ADDRESS.rstrip("/"), body, content_type="application/json", headers=headers
    )
    assert said(answer) == (200, "accepted")
    assert reverse("stackone_connect:webhooks") == ADDRESS


def test_head_is_answered_as_a_method_that_is_not_taken(webhook: StackOneDelivers) -> None:
    answer = webhook.http.head(ADDRESS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.headers["Content-Type"] == "application/json"


# --- What is accepted --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["account.created", "account.updated", "account.deleted", "account.error", "account.x"]
)
def test_every_account_event_is_accepted(
    webhook: StackOneDelivers, verified: list[Any], name: str
) -> None:
    assert said(webhook.event(name)) == (200, "accepted")
    assert [event.event for event in stored()] == [name]
    assert [payload["event"] for payload in verified] == [name]


def test_other_events_are_verified_passed_on_and_not_stored(
    webhook: StackOneDelivers, verified: list[Any], stackone: FakeStackOne
) -> None:
    answer = webhook.event("hris_employees.created", event_data={"id": "employee-1"})
    assert said(answer) == (200, "ignored")
    assert [payload["event_data"] for payload in verified] == [{"id": "employee-1"}]
    assert (stored(), stackone.calls) == ([], [])


def test_a_receiver_that_fails_does_not_undo_the_answer(webhook: StackOneDelivers) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    signals.event_verified.connect(fail)
    try:
        assert said(webhook.event()) == (200, "accepted")
    finally:
        signals.event_verified.disconnect(fail)


def test_an_account_may_be_named_by_a_number(
    webhook: StackOneDelivers, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id, account_id="4711")
    body = event_body(account_id=None, record_id=4711, origin_owner_id=owner.origin_owner_id)
    assert said(webhook.post(body)) == (200, "accepted")
    assert LinkedAccount.objects.get().account_id == "4711"


def test_an_unreadable_event_date_is_as_none(webhook: StackOneDelivers) -> None:
    assert said(webhook.event(event_date="yesterday")) == (200, "accepted")
    assert stored()[0].event_date is None


def test_a_delivery_that_differs_only_in_when_it_was_sent_is_a_duplicate(
    webhook: StackOneDelivers, verified: list[Any]
) -> None:
    assert said(webhook.event(sent_at="2026-01-31T12:00:01Z")) == (200, "accepted")
    assert said(webhook.event(sent_at="2026-01-31T12:05:00Z")) == (200, "duplicate")
    assert said(webhook.event(event_date="2026-01-31T12:00:02Z")) == (200, "accepted")
    assert len(stored()) == len(verified) == 2


def test_a_duplicate_of_what_is_still_due_is_a_reason_to_ask_now(
    webhook: StackOneDelivers, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as traveller:
        webhook.event(origin_owner_id=owner.origin_owner_id)
        stackone.link(owner.origin_owner_id, account_id="linked-1")
        traveller.shift(6)
        assert said(webhook.event(origin_owner_id=owner.origin_owner_id)) == (200, "duplicate")
    assert [event.state for event in stored()] == ["done"]
    assert LinkedAccount.objects.count() == 1


def test_an_event_is_stored_before_it_is_answered(
    webhook: StackOneDelivers, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = HttpResponse.close
    events_then: list[int] = []

    def noting(response: HttpResponse) -> None:
        events_then.append(WebhookEvent.objects.count())
        assert stackone.calls == []
        close(response)

    monkeypatch.setattr("stackone_connect.background.DeferredResponse.close", noting)
    assert said(webhook.event()) == (200, "accepted")
    assert events_then == [1]


def test_what_was_accepted_stays_due_when_the_job_fails(
    webhook: StackOneDelivers,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
) -> None:
    def bug() -> None:
        raise ZeroDivisionError

    stackone.during["get_account"] = bug
    assert said(webhook.event()) == (200, "accepted")
    (event,) = stored()
    assert (event.state, event.attempts, event.last_error) == ("due", 1, "unexpected_error")
    assert lines("background.failed") == [
        "background.failed job=process_event error=ZeroDivisionError"
    ]


# --- Whatever the host does --------------------------------------------------------------------


def test_csrf_protection_is_not_in_the_way(webhook: StackOneDelivers) -> None:
    assert webhook.http.handler.enforce_csrf_checks
    assert said(webhook.event()) == (200, "accepted")


def test_a_host_that_asks_everyone_to_sign_in_is_not_in_the_way(
    webhook: StackOneDelivers, settings: Settings
) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert said(webhook.event()) == (200, "accepted")


@pytest.fixture
def atomic_requests() -> Iterator[None]:
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = False


@pytest.mark.usefixtures("atomic_requests")
def test_a_transaction_around_every_request_is_not_around_ours(
    webhook: StackOneDelivers, configure: Callable[..., None]
) -> None:
    """Else a queue would be told of an event that is not committed yet."""
    held: list[list[str]] = []
    configure(BACKGROUND=lambda job, **ids: held.append(held_transactions()))
    assert said(webhook.event()) == (200, "accepted")
    assert held == [[]]


@pytest.mark.django_db(transaction=True)
def test_under_asgi_too_stackone_is_asked_after_the_answer(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    body = event_body(origin_owner_id=owner.origin_owner_id)
    scope = {
        "type": "http",
        "method": "POST",
        "path": ADDRESS,
        "query_string": b"",
        "headers": [(b"x-stackone-signature", signature_of(body).encode())],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append((message, list(stackone.calls)))

    async def deliver() -> None:
        arriving: Queue[Any] = Queue()
        await arriving.put({"type": "http.request", "body": body})
        await get_asgi_application()(scope, arriving.get, send)

    async_to_sync(deliver)()
    assert [(message["type"], calls) for message, calls in sent] == [
        ("http.response.start", []),
        ("http.response.body", []),
    ]
    assert sent[1][0]["body"] == b'{"status": "accepted"}'
    assert row(stored()[0].pk).state == "done"


def test_no_secret_and_no_body_reaches_the_log(
    webhook: StackOneDelivers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    webhook.event(setup_information={"password": "hunter2"})
    webhook.post(b'{"hunter2": 1}', "junk")
    assert "hunter2" not in caplog.text
    assert SECRET not in caplog.text


def test_no_secret_is_in_a_frame_that_an_error_report_would_show(
    webhook: StackOneDelivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(statements, "insert", fail)
    with pytest.raises(RuntimeError) as failure:
        webhook.event("account.created")
    ours = [e.frame for e in failure.traceback if "stackone_connect" in str(e.path)]
    assert ours
    assert not [f for f in ours if SECRET in repr(dict(f.f_locals))]
