"""The statements of an event, compiled once, do what the ORM's would, on every database."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from stackone_connect import clock
from stackone_connect.choices import EventState
from stackone_connect.entities import News
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    WebhookEvent,
    event_statements,
    known_accounts,
    statements,
)
from stackone_connect.models.transactions import database
from stackone_connect.services import _polling
from stackone_connect.services._webhooks import claiming, queue
from tests.factories import AccountFactory, OwnerFactory, SessionFactory

pytestmark = pytest.mark.django_db

HARD: dict[str, Any] = {
    "event": "account.updated",
    "account_id": "acc-1",
    "origin_owner_id": "50 % “Ünï” \\ '; --",
    "provider": "%s",
    "event_date": clock.now() - timedelta(days=1),
}
#: Not over before the last of the tests has run.
UNTIL = clock.now() + timedelta(days=1)


def event(number: int = 1, **fields: Any) -> WebhookEvent:
    return WebhookEvent(**{**HARD, "digest": str(number), **fields})


def stored(**fields: Any) -> WebhookEvent:
    made = event(WebhookEvent.objects.count() + 1, **fields)
    made.save()
    return made


def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in WebhookEvent.objects.order_by("pk").values()]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sql_of(work: Callable[[], object]) -> str:
    with CaptureQueriesContext(connection) as captured:
        work()
    [sql] = [q["sql"] for q in captured.captured_queries if "stackone_connect" in q["sql"]]
    return str(sql)


# --- Stored and closed ---------------------------------------------------------------------------


def test_an_event_is_inserted_as_the_orm_does_it() -> None:
    ours, theirs = event(), event()
    for name in ("received_at", "next_attempt_at"):
        setattr(theirs, name, getattr(ours, name))
    with undone():
        compiled = sql_of(lambda: statements.insert(ours, database()))
        [row] = rows()
        assert row.pop("id") == ours.pk
        assert {name: row[name] for name in HARD} == HARD
        assert (ours._state.adding, ours._state.db) == (False, database())
    with undone():
        assert compiled == sql_of(lambda: theirs.save(force_insert=True))
        [of_theirs] = rows()
        assert row == {name: value for name, value in of_theirs.items() if name != "id"}


def test_an_event_that_the_host_listens_to_is_saved_by_the_orm() -> None:
    heard: list[bool] = []

    def after(created: bool, **_: Any) -> None:
        heard.append(created)

    post_save.connect(after, sender=WebhookEvent)
    try:
        statements.insert(event(), database())
    finally:
        post_save.disconnect(after, sender=WebhookEvent)
    assert heard == [True]


def test_the_same_event_twice_is_an_integrity_error() -> None:
    statements.insert(event(), database())
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert(event(), database())


@pytest.mark.parametrize("count", [1, 3, 20])
def test_events_are_closed_as_the_orm_does_it(count: int) -> None:
    key = uuid.uuid4()
    held = [stored(lease=key, leased_until=UNTIL) for _ in range(count)]
    stored(lease=key, leased_until=UNTIL)
    stored(lease=uuid.uuid4(), leased_until=UNTIL)
    with undone():
        closed = event_statements.close(held, key, EventState.QUARANTINED, "a %s")
        ours = rows()
    theirs = WebhookEvent.objects.filter(lease=key, pk__in=[one.pk for one in held]).update(
        state="quarantined", lease=None, leased_until=None, last_error="a %s"
    )
    assert closed == theirs == count
    assert ours == rows()


# --- Claimed -------------------------------------------------------------------------------------


def test_a_claim_takes_what_is_due_of_the_account_and_of_nothing_else() -> None:
    now = clock.now()
    due = [stored(), stored(attempts=3, leased_until=now - timedelta(seconds=1))]
    others = [
        stored(account_id="acc-2"),
        stored(project="another"),
        stored(state=EventState.DONE),
        stored(next_attempt_at=now + timedelta(minutes=1)),
        stored(lease=uuid.uuid4(), leased_until=UNTIL),
    ]
    before = {row["id"]: row for row in rows()}
    claim = queue.claim_account_of(due[1].pk)
    assert [one.pk for one in claim.events["acc-1"]] == [one.pk for one in due]
    assert [one.attempts for one in claim.events["acc-1"]] == [1, 4]
    after = {row["id"]: row for row in rows()}
    for one in claim.events["acc-1"]:
        assert {f.attname: getattr(one, f.attname) for f in one._meta.concrete_fields} == after[
            one.pk
        ]
        assert after[one.pk]["lease"] == claim.lease
        assert after[one.pk]["leased_until"] > now + queue.LEASE
    assert {one.pk: before[one.pk] for one in others} == {one.pk: after[one.pk] for one in others}
    assert queue.claim_account_of(due[0].pk).events == {}
    assert queue.claim_account_of(0).events == {}


@pytest.mark.parametrize("by", ["account", "queryset"])
def test_a_claim_knows_owners_and_the_number_to_ask_with(by: str) -> None:
    owner = OwnerFactory.create(origin_owner_id=HARD["origin_owner_id"])
    OwnerFactory.create(origin_owner_id=HARD["origin_owner_id"], project="another")
    events = [stored(), stored(origin_owner_id="nobody"), stored(origin_owner_id="")]
    claim = (
        queue.claim_account_of(events[0].pk)
        if by == "account"
        else queue.claim(WebhookEvent.objects.due())
    )
    assert claim.owner_keys == {owner.origin_owner_id: owner.pk}
    assert not claim.may_have_attempts(owner.origin_owner_id)
    assert claim.may_have_attempts("whom no event named")
    numbers = [claim.take_fetch().number for _ in range(3)]
    assert numbers == sorted(set(numbers))


NOW = clock.now()
OVER = {"expires_at": NOW - timedelta(hours=1, minutes=1)}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"provider": "personio"},
        {"attempt_status": "error"},
        {"expires_at": NOW - timedelta(minutes=59)},
        OVER,
        {"attempt_status": "authenticated", "attempt_account_id": "acc-1"},
        {"claimed_account_id": "acc-1"},
        {"status": "pending"},
        {"status": "failed"},
        {"owner": "another"},
    ],
)
def test_a_claim_knows_whether_there_are_sessions_to_ask_about_as_polling_does(
    fields: dict[str, Any],
) -> None:
    owner = OwnerFactory.create(origin_owner_id=HARD["origin_owner_id"])
    whose = OwnerFactory.create() if fields.get("owner") else owner
    SessionFactory.create(**{**fields, "owner": whose})
    asked = _polling.without_attempt().filter(owner=owner, claimed_account_id="")
    claim = queue.claim_account_of(stored().pk)
    assert claim.may_have_attempts(owner.origin_owner_id) is asked.exists()


def test_a_lease_by_the_orm_takes_the_same_events() -> None:
    """As it is done where a database can't update rows and return them."""
    due = [stored(), stored(account_id="acc-2")]
    key = uuid.uuid4()
    also = claiming._to_know(clock.now())
    with undone():
        ours = event_statements.lease(WebhookEvent.objects.due(), key, until=UNTIL, also=also)
        by_ours = rows()
    WebhookEvent.objects.update(lease=key, leased_until=UNTIL, attempts=F("attempts") + 1)
    assert [one.pk for one in ours] == [one.pk for one in due]
    assert by_ours == rows()


# --- An account's row ----------------------------------------------------------------------------

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
OPEN = {
    "stackone_created_at": NOON,
    "expires_at": NOON + timedelta(minutes=30),
    "stackone_expires_at": NOON + timedelta(minutes=30),
}
MOMENTS = [NOON + timedelta(minutes=minutes) for minutes in (-1, 0, 15, 90, 91)]


def test_an_account_is_read_with_its_owner_as_the_orm_reads_it() -> None:
    account = AccountFactory.create(categories=["hris", "ünï"], label="50 % '")
    other = AccountFactory.create(account_id=account.account_id)
    AccountFactory.create(
        account_id=account.account_id, owner=OwnerFactory.create(project="another")
    )
    found = known_accounts.of_project("default", [account.account_id])
    assert {row.pk for row in found} == {account.pk, other.pk}
    for row in found:
        theirs: Any = LinkedAccount.objects.select_related("owner").get(pk=row.pk)
        for ours, one in ((row, theirs), (row.owner, theirs.owner)):
            for field in one._meta.concrete_fields:
                assert getattr(ours, field.attname) == getattr(one, field.attname)
            assert (ours._state.adding, ours._state.db) == (False, database())


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"attempt_status": "error"},
        {"attempt_status": "authenticated", "attempt_account_id": "a"},
        {"attempt_status": "authenticated", "attempt_account_id": "b"},
        {"claimed_account_id": "a"},
        {"claimed_account_id": "b"},
        {"account_id": "a", "outcome": "update", "status": "completed", "completed_at": NOON},
        {"status": "failed"},
        {"status": "pending", "stackone_created_at": None, "stackone_expires_at": None},
        {"provider": "another"},
        {"owner": "another"},
    ],
)
def test_a_session_is_about_an_account_as_judging_has_it(
    fields: dict[str, Any], moment: Any, owner: OriginOwner
) -> None:
    """Asked for one account, for two, and by the words that judging reads by."""
    whose = OwnerFactory.create() if fields.get("owner") else owner
    SessionFactory.create(**{**OPEN, **fields, "owner": whose})
    rows = [AccountFactory.create(owner=owner, account_id=account_id) for account_id in "ac"]
    read = ConnectSession.objects.of(owner).bearing_on(
        ["a"], times=[moment], grace=timedelta(hours=1)
    )
    for asked in (rows[:1], rows):
        for times in ({moment}, {moment, NOON - timedelta(days=9)}):
            said = News(since=None, times=times)
            assert known_accounts.concern_sessions(asked, [said] * len(asked)) is read.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"attempt_status": "authenticated", "attempt_account_id": "a", "attempt_at": NOON},
        {"claimed_account_id": "a", "claimed_at": NOON},
        {"account_id": "a", "outcome": "update", "status": "completed", "completed_at": NOON},
    ],
)
def test_a_session_that_was_over_long_before_a_move_has_nothing_to_do_with_it(
    fields: dict[str, Any], owner: OriginOwner
) -> None:
    SessionFactory.create(**{**OPEN, **fields, "owner": owner})
    rows = [AccountFactory.create(owner=owner, account_id=account_id) for account_id in "ac"]
    end = OPEN["stackone_expires_at"]
    for since, concerns in ((end, True), (end + timedelta(seconds=1), False)):
        said = News(since=since, times={NOON + timedelta(days=9)})
        for asked in (rows[:1], rows):
            assert known_accounts.concern_sessions(asked, [said] * len(asked)) is concerns
