"""What the tables refuse, by the name of the constraint; and the words rows are asked for in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, ProtectedError, UniqueConstraint
from django.test import override_settings

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    WebhookEvent,
)
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    UserFactory,
    organization_of,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)


def refusal(write: Callable[[], object]) -> str:
    """What the database says when it refuses."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    return str(caught.value)


# --- Constraints ---------------------------------------------------------------------------------

CHECKS: dict[str, list[Callable[[], object]]] = {
    "stackone_owner_not_blank": [
        lambda: OwnerFactory.create(origin_owner_id=""),
        lambda: OwnerFactory.create(origin_owner_name=""),
    ],
    "stackone_account_not_blank": [lambda: AccountFactory.create(account_id="")],
    "stackone_session_status": [
        lambda: SessionFactory.create(status="expired"),
        lambda: SessionFactory.create(status=""),
    ],
    "stackone_session_path": [lambda: SessionFactory.create(path="relink")],
    "stackone_session_outcome": [
        lambda: SessionFactory.create(
            status="completed", outcome="undetermined", account_id="acc", completed_at=NOON
        )
    ],
    "stackone_session_completed": [
        lambda: SessionFactory.create(status="completed", account_id="acc", completed_at=NOON),
        lambda: SessionFactory.create(status="completed", outcome="create", completed_at=NOON),
        lambda: SessionFactory.create(status="completed", outcome="create", account_id="acc"),
        lambda: SessionFactory.create(outcome="create"),
        lambda: SessionFactory.create(completed_at=NOON),
        lambda: SessionFactory.create(status="failed", outcome="create"),
    ],
    "stackone_event_state": [
        lambda: WebhookEvent.objects.create(event="account.created", digest="d", state="lost")
    ],
}


def same_account_twice() -> object:
    owner = OwnerFactory.create()
    return [AccountFactory.create(owner=owner, account_id="acc") for _ in range(2)]


def same_event_twice() -> object:
    return [WebhookEvent.objects.create(event="account.created", digest="d") for _ in range(2)]


UNIQUE = {
    "stackone_account_unique": same_account_twice,
    "stackone_event_unique": same_event_twice,
    "stackone_owner_unique": lambda: OwnerFactory.create_batch(2, origin_owner_id="same"),
}


def test_every_constraint_is_tried() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("stackone_connect").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
    }
    assert declared == {*CHECKS, *UNIQUE}


@pytest.mark.parametrize(
    ("name", "write"),
    [
        pytest.param(name, write, id=f"{name}-{number}")
        for name, writes in CHECKS.items()
        for number, write in enumerate(writes)
    ],
)
def test_the_database_refuses_by_name(name: str, write: Callable[[], object]) -> None:
    assert name in refusal(write)


def test_an_owner_has_an_account_once() -> None:
    said = refusal(same_account_twice)
    assert re.search(r"stackone_account_unique|owner_id, \w+\.account_id", said)


def test_two_owners_may_have_had_the_same_account() -> None:
    AccountFactory.create(account_id="acc")
    AccountFactory.create(account_id="acc")


def test_an_organization_has_one_owner(organization: Organization) -> None:
    OwnerFactory.create(organization=organization, origin_owner_id="a")
    said = refusal(lambda: OwnerFactory.create(organization=organization, origin_owner_id="b"))
    assert "organization_id" in said


def test_an_event_is_stored_once() -> None:
    assert re.search(r"stackone_event_unique|\w+\.digest", refusal(same_event_twice))


def test_an_organization_whose_accounts_are_connected_can_not_be_deleted() -> None:
    organization = organization_of(AccountFactory.create().owner)
    with pytest.raises(ProtectedError, match=r"owners\.offboard"):
        organization.delete()


@pytest.mark.parametrize("factory", [AccountFactory, SessionFactory])
def test_an_owner_with_history_can_not_be_deleted(factory: Any) -> None:
    row = factory.create()
    with pytest.raises(ProtectedError):
        row.owner.delete()


def test_a_session_outlives_the_user_who_asked_for_it() -> None:
    user = UserFactory.create()
    key = str(user.pk)
    session = SessionFactory.create(requested_by_id=key, requested_by_name=user.username)
    user.delete()
    session.refresh_from_db()
    assert session.requested_by_id == key
    assert session.requested_by_name == user.username


# --- What a session reads as ---------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "reads"), [(-1, "issued"), (0, "expired"), (1, "expired")])
def test_an_issued_session_reads_as_expired_from_its_end_on(seconds: int, reads: str) -> None:
    session = SessionFactory.create(expires_at=NOON)
    at = NOON + timedelta(seconds=seconds)
    assert session.effective_status(at) == reads
    for status in ("issued", "expired"):
        found = ConnectSession.objects.reading(status, at=at)
        assert list(found) == ([session] if status == reads else [])


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "pending"},
        {"status": "failed"},
        {"status": "completed", "outcome": "create", "account_id": "acc", "completed_at": NOON},
    ],
    ids=lambda facts: facts["status"],
)
def test_any_other_session_reads_as_it_is_however_old(facts: dict[str, Any]) -> None:
    session = SessionFactory.create(expires_at=NOON - timedelta(days=30), **facts)
    assert session.effective_status() == facts["status"]
    assert list(ConnectSession.objects.reading(facts["status"])) == [session]
    assert not ConnectSession.objects.reading("expired").exists()


def test_a_session_reads_as_it_does_now_unless_told_otherwise() -> None:
    assert SessionFactory.create(expires_at=clock.now() + ONE_HOUR).effective_status() == "issued"
    assert SessionFactory.create(expires_at=clock.now() - ONE_HOUR).effective_status() == "expired"
    assert ConnectSession.objects.reading("issued").count() == 1
    assert ConnectSession.objects.reading("expired").count() == 1


def test_a_session_says_what_was_sent() -> None:
    sent = {"categories": ["hris"], "label": "HR", "multiple": True, "expires_in": 1800}
    session = SessionFactory.create(sent=sent)
    assert (session.categories, session.label, session.multiple) == (["hris"], "HR", True)
    plain = SessionFactory.create(sent={"expires_in": 1800})
    assert (plain.categories, plain.label, plain.multiple) == ([], "", False)


# --- Which sessions an account may say something about -------------------------------------------


def bearing_on(account_id: str = "acc", *, times: Iterable[datetime] = ()) -> set[ConnectSession]:
    return set(ConnectSession.objects.bearing_on([account_id], times=[*times], grace=ONE_HOUR))


@pytest.mark.parametrize(
    "facts",
    [
        {"attempt_account_id": "acc", "attempt_status": "authenticated"},
        {"claimed_account_id": "acc", "claimed_at": NOON},
        {"status": "completed", "outcome": "create", "account_id": "acc", "completed_at": NOON},
    ],
    ids=["attempt", "claim", "outcome"],
)
def test_a_session_that_names_the_account_bears_on_it_whenever_it_was(facts: Any) -> None:
    session = SessionFactory.create(**facts)
    assert bearing_on() == {session}
    assert bearing_on("other") == set()


def test_a_session_that_names_none_bears_on_what_happened_until_an_hour_past_its_end() -> None:
    session = SessionFactory.create(stackone_created_at=NOON, expires_at=NOON + ONE_HOUR)
    moment, second = timedelta(hours=2), timedelta(seconds=1)
    assert bearing_on(times=[NOON - second]) == set()
    assert bearing_on(times=[NOON]) == {session}
    assert bearing_on(times=[NOON + moment]) == {session}
    assert bearing_on(times=[NOON + moment + second]) == set()


@pytest.mark.parametrize(
    "facts",
    [
        {"attempt_status": "error"},
        {"claimed_account_id": "other"},
        {"status": "pending"},
        {"status": "failed"},
    ],
    ids=["attempt", "claim of another", "pending", "failed"],
)
def test_a_session_does_not_bear_on_what_happened_with(facts: Any) -> None:
    SessionFactory.create(stackone_created_at=NOON, expires_at=NOON + ONE_HOUR, **facts)
    assert bearing_on(times=[NOON]) == set()


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_a_session_that_was_never_issued_bears_on_nothing(status: str) -> None:
    SessionFactory.create(status=status, claimed_account_id="acc")
    assert bearing_on() == set()


def test_what_an_account_bears_on_is_a_matter_of_stackones_time() -> None:
    session = SessionFactory.create(
        stackone_created_at=NOON,
        stackone_expires_at=NOON + ONE_HOUR,
        expires_at=NOON - ONE_HOUR,
    )
    assert bearing_on(times=[NOON + ONE_HOUR]) == {session}


def test_many_times_are_asked_for_as_a_few_stretches() -> None:
    minute = timedelta(minutes=1)
    near = {
        SessionFactory.create(stackone_created_at=at, expires_at=at + minute)
        for at in (NOON, NOON + timedelta(days=30))
    }
    SessionFactory.create(
        stackone_created_at=NOON + timedelta(days=15),
        expires_at=NOON + timedelta(days=15) + minute,
    )
    times = {
        at + minute * n
        for n in range(100)
        for at in (NOON + minute * n, NOON + timedelta(days=30) + minute * n)
    }
    assert bearing_on(times=times) == near
    where = ConnectSession.objects.bearing_on([], times=list(times), grace=ONE_HOUR)
    assert str(where.query).count("stackone_expires_at") < 30


def test_sessions_that_name_none_are_found_but_for_those_open_at_a_time() -> None:
    def found(*times: datetime) -> set[ConnectSession]:
        return set(ConnectSession.objects.naming_none(but_for=times, grace=ONE_HOUR))

    open_then = SessionFactory.create(stackone_created_at=NOON, expires_at=NOON + ONE_HOUR)
    later = SessionFactory.create(stackone_created_at=NOON + timedelta(days=1))
    SessionFactory.create(attempt_status="error")
    SessionFactory.create(claimed_account_id="acc")
    SessionFactory.create(status="pending")
    assert found() == {open_then, later}
    assert found(NOON) == {later}


# --- Accounts ------------------------------------------------------------------------------------


def account(**values: Any) -> LinkedAccount:
    return AccountFactory.create(**values)


def test_a_row_belongs_to_its_owner_alone() -> None:
    ours, theirs = account(), account()
    assert list(LinkedAccount.objects.of(ours.owner)) == [ours]
    session = SessionFactory.create(owner=theirs.owner)
    assert list(ConnectSession.objects.of(theirs.owner)) == [session]
    assert not ConnectSession.objects.of(ours.owner).exists()


def test_a_usable_account_is_active_and_nobody_wants_it_gone() -> None:
    usable = account()
    for status in ("inactive", "suspended", "archived", "expired", "error", "", "paused"):
        account(status=status)
    account(disconnected_at=NOON)
    account(disconnect_requested_at=NOON)
    assert list(LinkedAccount.objects.usable()) == [usable]


def test_an_account_is_to_be_disconnected_when_its_turn_comes() -> None:
    due = account(disconnect_requested_at=NOON, next_disconnect_at=NOON)
    account(disconnect_requested_at=NOON, next_disconnect_at=NOON, disconnected_at=NOON)
    account()
    assert list(LinkedAccount.objects.to_disconnect(at=NOON)) == [due]
    assert not LinkedAccount.objects.to_disconnect(at=NOON - timedelta(seconds=1)).exists()
    assert list(LinkedAccount.objects.to_disconnect()) == [due]


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ({"status": "error"}, True),
        ({"status": "active"}, False),
        ({"status": "expired"}, False),
        ({"status": "suspended"}, False),
        ({"status": "error", "disconnected_at": NOON}, False),
        ({"status": "error", "disconnect_requested_at": NOON}, False),
    ],
)
def test_only_an_account_in_error_that_shall_stay_needs_reconnecting(
    values: dict[str, Any], needed: bool
) -> None:
    row = account(**values)
    assert row.needs_reconnect is needed
    assert LinkedAccount.objects.broken().filter(pk=row.pk).exists() is needed


def test_an_account_last_moved_at_the_latest_of_its_three_times() -> None:
    times = [NOON, NOON + ONE_HOUR, NOON + 2 * ONE_HOUR]
    names = ("stackone_created_at", "stackone_updated_at", "event_at")
    for turn in range(3):
        moved = account(
            **{name: times[(turn + number) % 3] for number, name in enumerate(names)},
            fetched_at=NOON,
        )
        assert moved.changed_at == times[2]


def test_an_account_whose_times_are_unknown_never_moved() -> None:
    unknown = account(stackone_created_at=None, stackone_updated_at=None, fetched_at=NOON)
    assert unknown.changed_at is None


def test_an_account_that_is_gone_keeps_when_it_moved() -> None:
    gone = account(stackone_updated_at=NOON, stackone_created_at=NOON, disconnected_at=clock.now())
    assert gone.changed_at == NOON


# --- Events --------------------------------------------------------------------------------------


def event(digest: str, **values: Any) -> WebhookEvent:
    return WebhookEvent.objects.create(event="account.updated", digest=digest, **values)


def test_events_are_due_when_their_turn_comes_oldest_first() -> None:
    later = event("a", next_attempt_at=NOON)
    sooner = event("b", next_attempt_at=NOON - ONE_HOUR)
    event("c", next_attempt_at=NOON + ONE_HOUR)
    for number, state in enumerate(("done", "quarantined", "failed")):
        event(f"d{number}", state=state, next_attempt_at=NOON)
    assert list(WebhookEvent.objects.due(at=NOON)) == [sooner, later]


def test_an_event_waits_for_its_owner_alone() -> None:
    waiting = event("a", state="quarantined", origin_owner_id="7")
    event("b", state="quarantined", origin_owner_id="8")
    event("c", origin_owner_id="7")
    event("d", state="quarantined", origin_owner_id="7", project="eu")
    named = WebhookEvent.objects.naming(project="default", origin_owner_id="7")
    assert list(named.quarantined()) == [waiting]


# --- Times ---------------------------------------------------------------------------------------

ZONES = [
    pytest.param({"USE_TZ": True, "TIME_ZONE": "UTC"}, id="UTC"),
    pytest.param({"USE_TZ": True, "TIME_ZONE": "America/New_York"}, id="aware New York"),
    pytest.param({"USE_TZ": False, "TIME_ZONE": "UTC"}, id="naive UTC"),
    pytest.param({"USE_TZ": False, "TIME_ZONE": "America/New_York"}, id="naive New York"),
]
#: The hour that comes twice in New York when clocks are turned back, both times, and plain ones.
MOMENTS = [
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC),
    datetime(2026, 1, 31, 14, tzinfo=timezone(2 * ONE_HOUR)),
]


def is_psycopg2() -> bool:
    if connection.vendor != "postgresql":
        return False
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return not is_psycopg3


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_time_comes_back_as_the_same_aware_moment(zone: dict[str, Any], moment: datetime) -> None:
    # It drops the offset: an hour that comes twice reads as the first time (docs/databases.md).
    is_dropped = is_psycopg2() and not zone["USE_TZ"] and zone["TIME_ZONE"] != "UTC"
    expected = MOMENTS[0] if is_dropped and moment == MOMENTS[1] else moment
    with override_settings(**zone):
        row = account(stackone_updated_at=moment, fetched_at=NOON)
        row.refresh_from_db()
        read = row.stackone_updated_at
        assert read == expected
        assert read is not None
        assert read.utcoffset() is not None


@pytest.mark.parametrize("zone", ZONES)
def test_times_are_compared_in_the_database_as_moments(zone: dict[str, Any]) -> None:
    with override_settings(**zone):
        row = account(stackone_updated_at=NOON, fetched_at=NOON)
        found = LinkedAccount.objects.filter(pk=row.pk)
        assert found.filter(stackone_updated_at=NOON).exists()
        assert found.filter(stackone_updated_at__lte=NOON.astimezone(timezone(-ONE_HOUR))).exists()
        assert not found.filter(stackone_updated_at__lt=NOON).exists()
        found.update(stackone_updated_at=NOON + ONE_HOUR)
        row.refresh_from_db()
        assert row.stackone_updated_at == NOON + ONE_HOUR


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_that_is_not_known_stays_so(zone: dict[str, Any]) -> None:
    with override_settings(**zone):
        row = account(stackone_updated_at=None, fetched_at=NOON)
        row.refresh_from_db()
        assert row.stackone_updated_at is None


@pytest.mark.parametrize("zone", ZONES)
def test_every_default_time_is_aware_and_now(zone: dict[str, Any]) -> None:
    with override_settings(**zone):
        session = SessionFactory.create()
        session.refresh_from_db()
        assert timedelta(0) <= clock.now() - session.created_at < timedelta(minutes=2)
        assert session.effective_status() == "issued"


def test_a_local_time_of_the_hosts_own_is_taken_as_local() -> None:
    with override_settings(USE_TZ=False, TIME_ZONE="America/New_York"):
        field = LinkedAccount._meta.get_field("stackone_updated_at")
        local = datetime(2026, 1, 31, 7)  # noqa: DTZ001 - what a host without time zones hands in
        assert field.to_python(local) == NOON
        assert field.to_python("2026-01-31 07:00:00") == NOON


def test_a_time_of_a_database_in_another_zone_reads_as_utc() -> None:
    """Its ``TIME_ZONE``; what we print says "UTC" behind the hour."""
    there = NOON.astimezone(ZoneInfo("America/New_York"))
    field: Any = LinkedAccount._meta.get_field("created_at")
    read = field.from_db_value(there, None, connection)
    assert (read, read.tzinfo) == (NOON, UTC)


def test_our_times_keep_their_moment_through_a_raw_read() -> None:
    """The column holds what every other tool expects of it: UTC, or a time with its zone."""
    row = account(stackone_updated_at=NOON, fetched_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stackone_updated_at FROM stackone_connect_linkedaccount WHERE id = %s", [row.pk]
        )
        [held] = cursor.fetchone()
    assert str(held).startswith("2026-01-31 12:00:00")
