"""The doctor: what it finds, in which words, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import requests
import responses
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import override_settings

from stackone_connect import clock
from stackone_connect.exceptions import StackOneMisconfiguredError
from stackone_connect.models import OriginOwner, WebhookEvent
from stackone_connect.services import doctor
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
)
from tests.fakes import ANY_ADDRESS, FakeStackOne

pytestmark = pytest.mark.django_db

KEY = "v1.eu1.a-key-that-must-never-show"
SECRET = "a-webhook-secret-that-must-never-show"
DECIDED = {"connect": "rest_framework.permissions.IsAdminUser", "disconnect": []}


@dataclass(frozen=True)
class Report:
    """What one run of the command said."""

    said: str
    code: int


def run(*arguments: str) -> Report:
    out = StringIO()
    try:
        call_command("stackone_doctor", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return Report(out.getvalue(), error.returncode)
    return Report(out.getvalue(), 0)


def levels() -> dict[str, str]:
    return {
        finding["id"]: finding["level"] for finding in json.loads(run("--json").said)["findings"]
    }


def words(report: Report) -> str:
    """What was said, as if it were one line."""
    return " ".join(report.said.split())


@pytest.fixture(autouse=True)
def _a_host_in_order(configure: Callable[..., None]) -> None:
    configure(API_KEY=KEY, PERMISSION_CLASSES=DECIDED, WEBHOOK_SECRETS=[SECRET], THROTTLE_RATE=None)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """StackOne as a table of answers, behind the real client."""
    with responses.RequestsMock() as mock:
        yield mock


def test_all_fine_is_said_with_exit_code_0(stackone: FakeStackOne) -> None:
    SessionFactory.create()
    report = run()
    assert report.code == 0
    assert "All fine." in report.said
    assert set(levels().values()) == {"ok"}


def test_it_asks_once_for_the_accounts_of_nobody_and_changes_nothing(
    stackone: FakeStackOne,
) -> None:
    run()
    assert stackone.calls == [("accounts_of", "stackone_doctor")]
    assert OriginOwner.objects.count() == 0


def test_the_json_has_stable_keys_and_ids(stackone: FakeStackOne) -> None:
    report = json.loads(run("--json").said)
    assert list(report) == ["ok", "findings"]
    assert report["ok"] is True
    assert [finding["id"] for finding in report["findings"]] == [
        "settings",
        "reachability",
        "api_key",
        "connect_sessions",
        "webhook_secrets",
        "owner_drift",
        "due_events",
        "waiting_events",
        "failed_events",
        "pending_sessions",
        "reconnect",
    ]
    for finding in report["findings"]:
        assert list(finding) == ["id", "level", "title", "detail", "hint"]


def test_the_json_of_something_wrong_is_still_json(
    stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(WEBHOOK_SECRETS=[])
    report = run("--json")
    assert report.code == 1
    assert json.loads(report.said)["ok"] is False


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "does not know this key (401)"), (403, "a scope is missing")],
)
def test_a_refused_key_is_told_from_a_missing_scope(
    http: responses.RequestsMock, status: int, expected: str
) -> None:
    http.get(ANY_ADDRESS, status=status, json={}, headers={"x-request-id": "req-7"})
    report = run()
    assert report.code == 1
    assert expected in words(report)
    assert "req-7" in words(report)
    assert "https://api.stackone.test answered in" in words(report)


def test_a_client_of_the_hosts_own_may_refuse_without_a_status(stackone: FakeStackOne) -> None:
    stackone.failing["accounts_of"] = StackOneMisconfiguredError()
    report = run()
    assert "StackOne refused this key." in words(report)
    assert report.code == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 500}, "answered with 500: it is out of order"),
        ({"status": 404}, "answered with 404, but not as StackOne does"),
        ({"status": 200, "body": "<html>"}, "but not as StackOne does"),
        ({"status": 429, "headers": {"Retry-After": "60"}}, "allows no more calls for now"),
        ({"body": requests.ReadTimeout()}, "gave no answer within"),
    ],
)
def test_a_way_that_does_not_lead_to_stackone_says_where_it_ends(
    http: responses.RequestsMock, answer: dict[str, Any], expected: str
) -> None:
    http.get(ANY_ADDRESS, **answer)
    report = run()
    assert report.code == 1
    assert expected in words(report)
    assert "Whether it is accepted is not known" in words(report)


def test_a_key_that_could_not_issue_lately_lacks_a_scope(stackone: FakeStackOne) -> None:
    SessionFactory.create()
    SessionFactory.create(
        status="failed", error_code="stackone_misconfigured", created_at=clock.now()
    )
    assert levels()["connect_sessions"] == "warning"
    assert "lacks the scope to write" in words(run())


def test_a_session_that_failed_otherwise_says_nothing_of_the_key(stackone: FakeStackOne) -> None:
    SessionFactory.create(status="failed", error_code="stackone_unavailable")
    assert levels()["connect_sessions"] == "notice"


def test_failing_checks_are_findings_under_their_ids(
    stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(PERMISSION_CLASSES={}, THROTTLE_RATE="30/min", OWNER_ID="nowhere.owner_id")
    found = levels()
    assert found["stackone_connect.W001"] == "warning"
    assert found["stackone_connect.W004"] == "warning"
    assert found["stackone_connect.E004"] == "error"
    assert "settings" not in found
    assert "Settings (stackone_connect.W001)" in words(run())


def test_a_silenced_check_is_silent_here_too(
    stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(PERMISSION_CLASSES={})
    with override_settings(SILENCED_SYSTEM_CHECKS=["stackone_connect.W001"]):
        assert run().code == 0


def test_a_tenant_model_changed_after_migrating_is_found(
    stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(ORGANIZATION_MODEL="auth.Group")
    assert levels()["stackone_connect.E007"] == "error"


def test_settings_that_can_not_be_read_are_said_and_nothing_else_is_tried(
    stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(DEADLINE="soon", UNHEARD_OF=1)
    assert levels() == {
        "stackone_connect.E002": "error",
        "stackone_connect.E003": "error",
        "rest": "notice",
    }
    assert stackone.calls == []
    assert run().code == 1


@pytest.mark.parametrize(("debug", "level"), [(False, "warning"), (True, "notice")])
def test_missing_webhook_secrets_are_wrong_on_a_server_only(
    stackone: FakeStackOne, configure: Callable[..., None], debug: bool, level: str
) -> None:
    configure(WEBHOOK_SECRETS=list)
    with override_settings(DEBUG=debug):
        found = levels()
        assert run().code == (0 if debug else 1)
    assert found["webhook_secrets"] == level
    assert "stackone_connect.W002" not in found


def test_a_renamed_organization_is_shown_with_both_names(stackone: FakeStackOne) -> None:
    owner = OwnerFactory.create(organization=OrganizationFactory.create(name="Acme"))
    organization_of(owner).name = "Acme Holding"
    organization_of(owner).save()
    OwnerFactory.create()
    report = run()
    assert report.code == 1
    assert "1 of 2 compared. 'Acme' is called 'Acme Holding' today." in words(report)


def test_drift_is_one_query_and_bounded_for_any_number_of_owners(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = OwnerFactory.create()
    organization_of(oldest).name = "Renamed"
    organization_of(oldest).save()
    OwnerFactory.create_batch(7, origin_owner_name="Otherwise")
    with django_assert_num_queries(1):
        [finding] = doctor._owner_drift()
    assert "8 of 8" in finding.detail
    assert finding.detail.endswith("; and 3 more.")
    monkeypatch.setattr(doctor, "OWNERS_COMPARED", 3)
    [finding] = doctor._owner_drift()
    assert "3 of 3" in finding.detail
    assert "Renamed" not in finding.detail


def event(*, waits: timedelta) -> WebhookEvent:
    return WebhookEvent.objects.create(
        event="account.updated", digest=str(waits), next_attempt_at=clock.now() - waits
    )


def test_events_that_nobody_processes_are_found(stackone: FakeStackOne) -> None:
    event(waits=timedelta(minutes=-1))
    event(waits=timedelta(minutes=1))
    assert levels()["due_events"] == "ok"
    assert "Due now: 1." in words(run())
    event(waits=timedelta(minutes=6))
    assert levels()["due_events"] == "warning"
    assert "Due and not processed: 2, the oldest since" in words(run())
    assert run().code == 1


def tried(state: str, why: str, *, waits: timedelta) -> WebhookEvent:
    """One that was received so long ago, and is tried again in a while, if ever."""
    return WebhookEvent.objects.create(
        event="account.updated",
        digest=f"{state} {why} {waits}",
        state=state,
        last_error=why,
        received_at=clock.now() - waits,
        next_attempt_at=clock.now() + timedelta(minutes=30),
    )


@pytest.mark.parametrize("why", ["stackone_unavailable", "stackone_misconfigured", "unavailable"])
def test_events_that_an_outage_keeps_waiting_are_counted_with_their_reason_and_since_when(
    why: str, stackone: FakeStackOne
) -> None:
    tried("due", why, waits=timedelta(minutes=3))
    assert (levels()["waiting_events"], run().code) == ("notice", 0)
    with time_machine.travel("2026-02-03T12:00:30Z", tick=False):
        for days in (1, 3):
            tried("due", why, waits=timedelta(days=days))
        report = run()
        assert report.code == 1
        assert (
            "Waiting for another try: 3, the oldest received 2026-01-31 12:00 UTC, 3 days ago. "
            f"Why: {why} (3)." in words(report)
        )
        assert "All fine" not in words(report)
        assert levels()["due_events"] == "ok"


def test_events_that_have_failed_are_wrong_until_somebody_has_them_processed_again(
    stackone: FakeStackOne,
) -> None:
    for hours in (2, 5):
        tried("failed", "unexpected_error", waits=timedelta(hours=hours))
    tried("failed", "worker_killed", waits=timedelta(minutes=2))
    report = run()
    assert report.code == 1
    assert "Failed, and not tried again: 3, the oldest received" in words(report)
    assert "5 hours ago. Why: unexpected_error (2), worker_killed (1)." in words(report)
    WebhookEvent.objects.all().make_due()
    assert (levels()["failed_events"], run().code) == ("ok", 0)


def test_events_of_accounts_that_nobody_has_are_counted_and_nothing_to_fix(
    stackone: FakeStackOne,
) -> None:
    tried("due", "account_not_found", waits=timedelta(hours=1))
    tried("failed", "account_not_found", waits=timedelta(days=1))
    report = run()
    assert report.code == 0
    assert (levels()["waiting_events"], levels()["failed_events"]) == ("notice", "notice")
    assert words(report).count("account_not_found (1)") == 2


def test_what_is_done_or_in_quarantine_is_neither_waiting_nor_failed(
    stackone: FakeStackOne,
) -> None:
    tried("done", "", waits=timedelta(days=1))
    tried("quarantined", "unknown_owner", waits=timedelta(days=1))
    assert {levels()[name] for name in ("due_events", "waiting_events", "failed_events")} == {"ok"}


def test_pending_sessions_older_than_the_deadline_are_found(stackone: FakeStackOne) -> None:
    nothing_yet = {"status": "pending", "stackone_created_at": None, "expires_at": None}
    SessionFactory.create(created_at=clock.now(), **nothing_yet)
    assert levels()["pending_sessions"] == "ok"
    SessionFactory.create(created_at=clock.now() - timedelta(seconds=13), **nothing_yet)
    assert levels()["pending_sessions"] == "warning"
    assert "Older than the deadline: 1." in words(run())


def test_accounts_to_reconnect_are_counted_and_are_the_customers_business(
    stackone: FakeStackOne,
) -> None:
    owner = OwnerFactory.create()
    AccountFactory.create_batch(2, owner=owner, status="error")
    AccountFactory.create(status="error")
    AccountFactory.create()
    AccountFactory.create(status="error", disconnected_at=clock.now())
    AccountFactory.create(status="error", disconnect_requested_at=clock.now())
    report = run()
    assert "To be reconnected: 3 of 5 connected, of organizations: 2." in words(report)
    assert report.code == 0


def broken(*_: Any) -> str:
    raise RuntimeError(f"vault refused {KEY} and {SECRET}")


@pytest.mark.parametrize("key", ["API_KEY", "WEBHOOK_SECRETS", "OWNER_NAME"])
def test_a_callable_that_fails_is_a_finding_without_its_words(
    configure: Callable[..., None], http: responses.RequestsMock, key: str
) -> None:
    if key != "API_KEY":
        http.get(ANY_ADDRESS, json=[])
    OwnerFactory.create()
    configure(**{key: broken})
    report = run()
    assert report.code == 1
    assert "could not be looked at (RuntimeError)" in words(report)
    assert KEY not in report.said
    assert SECRET not in report.said


def test_a_key_that_can_not_be_sent_is_said_in_our_words(configure: Callable[..., None]) -> None:
    configure(API_KEY=f"{KEY}:")
    report = run()
    assert "must be a StackOne API key as it was shown" in words(report)
    assert report.code == 1
    assert KEY not in report.said


def test_a_database_that_does_not_answer_leaves_the_rest_to_be_looked_at(
    stackone: FakeStackOne,
) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("password authentication failed for user secretive")

    with connection.execute_wrapper(refuse):
        found = levels()
        report = run()
    assert found["owner_drift"] == found["settings"] == "error"
    assert found["api_key"] == found["webhook_secrets"] == "ok"
    assert "The database can't be read (OperationalError)." in words(report)
    assert "secretive" not in report.said


@pytest.mark.parametrize("arguments", [[], ["--json"]])
@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_neither_key_nor_secret_is_ever_printed(
    http: responses.RequestsMock, status: int, arguments: list[str]
) -> None:
    http.get(ANY_ADDRESS, status=status, json=[{"echo": KEY}])
    said = run(*arguments).said
    assert KEY not in said
    assert SECRET not in said
