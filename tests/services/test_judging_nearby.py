"""What is judged together is read from near to far: an owner's history costs an event nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, judged
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock
from stackone_connect.services import _bearing, _judging, _outcomes
from stackone_connect.services._reconcile import reconcile
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.rules import brute_force

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")
HOUR = timedelta(hours=1)


def session_of(owner: OriginOwner, began: datetime, **fields: Any) -> ConnectSession:
    made: ConnectSession = SessionFactory.build(
        owner=owner,
        stackone_created_at=began,
        stackone_expires_at=began + timedelta(minutes=30),
        expires_at=began + timedelta(minutes=30),
        **fields,
    )
    return made


def account_of(owner: OriginOwner, moved: datetime, **fields: Any) -> LinkedAccount:
    made: LinkedAccount = AccountFactory.create(
        owner=owner, stackone_created_at=moved, stackone_updated_at=moved, **fields
    )
    return made


def settle(owner: OriginOwner, accounts: list[LinkedAccount]) -> list[str]:
    """The queries that it took beside those of the lock."""
    with owner_lock(owner), CaptureQueriesContext(connection) as captured:
        _outcomes.settle(owner, accounts)
    return [query["sql"] for query in captured]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The keys of the sessions and the accounts that are read."""
    found: list[object] = []

    def noting(made: Callable[..., Any]) -> Callable[..., Any]:
        def note(*row: Any) -> Any:
            found.append(row[0])
            return made(*row)

        return note

    for name in ("_judged", "_facts"):
        monkeypatch.setattr(judged, name, noting(getattr(judged, name)))
    return found


# --- What is read --------------------------------------------------------------------------------


@pytest.mark.parametrize("often", [1, 20])
def test_as_much_is_read_whatever_the_owner_has_elsewhere(
    often: int, owner: OriginOwner, read: list[object]
) -> None:
    """One session is open at the account's move, and at another account's."""
    account = account_of(owner, NOON, account_id="a")
    account_of(owner, NOON + timedelta(minutes=10), account_id="b")
    near = [session_of(owner, NOON - timedelta(minutes=5))]
    far = [session_of(owner, NOON - days * timedelta(days=2)) for days in range(1, 10 * often)]
    ConnectSession.objects.bulk_create([*near, *far])
    for days in range(1, 10 * often):
        account_of(owner, NOON - days * timedelta(days=2))
    read.clear()
    queries = settle(owner, [account])
    assert {row for row in read if not isinstance(row, str)} == {near[0].pk}
    assert {row for row in read if isinstance(row, str)} == {"a", "b"}
    assert len([sql for sql in queries if sql.startswith("SELECT")]) <= 7


@pytest.mark.parametrize("steps", [0, 1, 2, 9])
def test_a_series_that_goes_on_and_on_is_judged_whole(
    steps: int, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six sessions overlap in turn, and an account moved where two of them do."""
    monkeypatch.setattr(_bearing, "STEPS", steps)
    sessions = [session_of(owner, NOON + number * HOUR) for number in range(6)]
    ConnectSession.objects.bulk_create(sessions)
    accounts = [
        account_of(owner, session.stackone_created_at + 1.1 * HOUR)
        for session in sessions
        if session.stackone_created_at
    ]
    with owner_lock(owner):
        facts, found = _bearing.read(owner, accounts[:1])
    assert facts.keys() == {account.account_id for account in accounts}
    assert found.keys() == {session.pk for session in sessions}


def test_what_goes_on_and_on_costs_no_more_than_twelve_queries(owner: OriginOwner) -> None:
    ConnectSession.objects.bulk_create(
        session_of(owner, NOON + number * HOUR) for number in range(200)
    )
    accounts = [account_of(owner, NOON + (number + 1.1) * HOUR) for number in range(200)]
    queries = settle(owner, accounts[:1])
    assert len([sql for sql in queries if sql.startswith("SELECT")]) <= 12


def test_too_many_sessions_are_counted_and_not_read(
    owner: OriginOwner, read: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bearing, "GUESSED_AMONG", 50)
    ConnectSession.objects.bulk_create(
        session_of(owner, NOON + number * HOUR) for number in range(60)
    )
    accounts = [account_of(owner, NOON + (number + 1.1) * HOUR) for number in range(60)]
    read.clear()
    settle(owner, accounts[:1])
    assert len(read) < 20
    assert not ConnectSession.objects.exclude(outcome="").exists()


@pytest.mark.parametrize("number", [1, 2, 20, 21, 60])
def test_stretches_are_few_and_hold_every_series(number: int) -> None:
    chance = random.Random(number)
    starts, ends, at = [], [], NOON
    for _ in range(number):
        at += timedelta(minutes=chance.randrange(1, 9_000))
        starts.append(at)
        at += timedelta(minutes=chance.randrange(1, 90))
        ends.append(at)
    stretches = _bearing.few(starts, ends)
    assert len(stretches) == min(number, 20)
    assert [*stretches] == sorted(stretches)
    for start, end in zip(starts, ends, strict=True):
        assert any(since <= start and end <= until for since, until in stretches)


# --- The same answer -----------------------------------------------------------------------------


def busy_owner(chance: random.Random) -> OriginOwner:
    """Many short sessions, so that what hangs together is found in several steps."""
    owner = OwnerFactory.create()
    sessions = []
    for _ in range(chance.randrange(4, 25)):
        began = NOON + timedelta(minutes=chance.randrange(0, 1_800, 10))
        account_id = f"account-{chance.randrange(0, 12)}"
        facts: dict[str, Any] = {}
        if chance.random() < 0.2:
            facts = {"attempt_status": "ok", "attempt_account_id": account_id}
            facts["attempt_at"] = began + timedelta(minutes=5)
        elif chance.random() < 0.2:
            facts = {"claimed_account_id": account_id, "claimed_at": began}
        provider = chance.choice(["", "bamboohr", "personio"])
        sessions.append(session_of(owner, began, provider=provider, sent={}, **facts))
    ConnectSession.objects.bulk_create(sessions)
    for number in range(chance.randrange(2, 12)):
        made = NOON + timedelta(minutes=chance.randrange(0, 1_800, 10))
        AccountFactory.create(
            owner=owner,
            account_id=f"account-{number}",
            provider=chance.choice(["bamboohr", "personio"]),
            status=chance.choice(["active", "active", "error"]),
            stackone_created_at=made,
            stackone_updated_at=made + timedelta(minutes=chance.choice([0, 0, 10, 300, 900])),
        )
    return owner


@pytest.mark.parametrize("steps", [0, 1, 2, 9])
@pytest.mark.parametrize("seed", range(15))
def test_accounts_judged_one_by_one_end_as_all_judged_at_once_however_far_is_read(
    seed: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bearing, "STEPS", steps)
    chance = random.Random(seed)
    owner = busy_owner(chance)
    accounts = list(LinkedAccount.objects.of(owner))
    for account in chance.sample(accounts, len(accounts)):
        settle(owner, [account])
    sessions = judged.sessions_of(ConnectSession.objects.of(owner), judged.NAMED_COLUMNS)
    expected = brute_force.judge_all(
        map(judged.facts_of, accounts), [session.facts for session in sessions.values()]
    )
    found = ConnectSession.objects.exclude(outcome="")
    assert {s.pk: (s.account_id, s.outcome) for s in found} == expected


# --- A sweep -------------------------------------------------------------------------------------


def test_a_sweep_locks_no_owner_of_whose_sessions_none_could_be_meant() -> None:
    owners = OwnerFactory.create_batch(3)
    accounts = [account_of(owner, NOON) for owner in owners]
    meant = session_of(owners[0], NOON - timedelta(minutes=5))
    ConnectSession.objects.bulk_create(
        [meant, *(session_of(owner, NOON - timedelta(days=9)) for owner in owners)]
    )
    with CaptureQueriesContext(connection) as captured:
        reconcile(
            project="default",
            fetch=FetchNumber.take(),
            present=[snapshot_of(account, label="new") for account in accounts],
            from_sweep=True,
        )
    locked = [q["sql"] for q in captured if "touched_at" in q["sql"] and "UPDATE" in q["sql"]]
    locked = [sql for sql in locked if "SELECT" not in sql]
    assert len(locked) <= 2  # all of them to be written, and the one to be judged
    assert ConnectSession.objects.get(outcome="create") == meant


@pytest.mark.parametrize("at_once", [1, 2, 150])
def test_a_sweep_judges_every_owner_whose_session_is_meant(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_judging, "_AT_ONCE", at_once)
    owners = OwnerFactory.create_batch(3)
    present = []
    for owner in owners:
        present += [snapshot_of(account_of(owner, NOON), label="new") for _ in range(2)]
        session_of(owner, NOON - timedelta(minutes=5), provider=present[-1].provider).save()
    accounts = {snapshot.account_id for snapshot in present[::2]}
    LinkedAccount.objects.filter(account_id__in=accounts).update(provider="another")
    present = [snapshot_of(account, label="new") for account in LinkedAccount.objects.all()]
    reconcile(project="default", fetch=FetchNumber.take(), present=present, from_sweep=True)
    assert set(ConnectSession.objects.values_list("owner", "outcome")) == {
        (owner.pk, "create") for owner in owners
    }
