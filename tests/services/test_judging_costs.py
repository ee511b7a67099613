"""Judging an owner's rows: as if all were judged at once, for a few queries under the lock."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, judged
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owner_lock
from stackone_connect.services import _bearing, _outcomes, _reconcile
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.rules import brute_force

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")
SESSIONS, ACCOUNTS = 3_000, 300
MOST_QUERIES = 10


def open_sessions(owner: OriginOwner, count: int, **facts: Callable[[int], Any]) -> None:
    """Sessions of half an hour, opened one after the other in the seconds before noon."""
    ConnectSession.objects.bulk_create(
        SessionFactory.build(
            owner=owner,
            stackone_created_at=NOON - timedelta(milliseconds=count - n),
            expires_at=NOON + timedelta(minutes=30),
            **{name: value(n) for name, value in facts.items()},
        )
        for n in range(count)
    )


def moved_accounts(
    owner: OriginOwner, count: int, **facts: Callable[[int], Any]
) -> list[LinkedAccount]:
    """Accounts of a day before that moved one after the other in the minutes after noon."""
    LinkedAccount.objects.bulk_create(
        AccountFactory.build(
            owner=owner,
            account_id=f"account-{n}",
            stackone_created_at=NOON - timedelta(days=1, minutes=n),
            stackone_updated_at=NOON + timedelta(seconds=n),
            **{name: value(n) for name, value in facts.items()},
        )
        for n in range(count)
    )
    return list(LinkedAccount.objects.of(owner).order_by("pk"))


def settle(owner: OriginOwner, accounts: list[LinkedAccount]) -> tuple[int, list[str]]:
    """How many sessions were completed, and the queries that it took beside those of the lock."""
    with owner_lock(owner), CaptureQueriesContext(connection) as captured:
        completions, _ = _outcomes.settle(owner, accounts)
    return len(completions), [query["sql"] for query in captured]


def counted(outcome: str) -> int:
    return ConnectSession.objects.filter(outcome=outcome, status="completed").count()


# --- Queries and rows ----------------------------------------------------------------------------


@pytest.mark.parametrize("given", [1, ACCOUNTS])
def test_open_sessions_that_could_be_behind_any_account_cost_ten_queries(
    given: int, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    as_facts = judged._judged

    def counted_as_read(*row: Any) -> Any:
        read.append(row[0])
        return as_facts(*row)

    monkeypatch.setattr(judged, "_judged", counted_as_read)
    open_sessions(owner, SESSIONS)
    accounts = moved_accounts(owner, ACCOUNTS)
    completed, queries = settle(owner, accounts[:given])
    assert completed == 0
    assert len(queries) <= MOST_QUERIES, queries
    assert not [sql for sql in queries if sql.startswith("UPDATE")]
    assert len(read) == SESSIONS  # each once


def test_as_many_sessions_as_accounts_are_completed_with_ten_queries(owner: OriginOwner) -> None:
    open_sessions(owner, SESSIONS, provider=lambda n: f"provider-{n}")
    accounts = moved_accounts(owner, ACCOUNTS, provider=lambda n: f"provider-{n}")
    completed, queries = settle(owner, accounts)
    assert completed == ACCOUNTS == counted("update")
    assert len(queries) <= MOST_QUERIES, queries
    for session in ConnectSession.objects.filter(outcome="update"):
        assert session.account_id == session.provider.replace("provider", "account")
        assert session.notified_at == session.completed_at
    again, queries = settle(owner, accounts)
    assert again == 0
    assert not [sql for sql in queries if sql.startswith("UPDATE")]


def test_claims_of_one_account_are_completed_and_taken_back_with_ten_queries(
    owner: OriginOwner,
) -> None:
    [account] = moved_accounts(owner, 1)
    open_sessions(
        owner,
        SESSIONS,
        claimed_account_id=lambda n: account.account_id,
        claimed_at=lambda n: NOON + timedelta(minutes=1),
    )
    completed, queries = settle(owner, [account])
    assert completed == SESSIONS == counted("update")
    assert len(queries) <= MOST_QUERIES, len(queries)

    SessionFactory.create(
        owner=owner,
        stackone_created_at=NOON - timedelta(minutes=5),
        attempt_status="authenticated",
        attempt_account_id=account.account_id,
        attempt_at=NOON,
    )
    completed, queries = settle(owner, [account])
    assert (completed, counted("update")) == (1, 1)
    assert len(queries) <= MOST_QUERIES, len(queries)


def test_an_account_that_nobody_else_comes_into_costs_two_queries(owner: OriginOwner) -> None:
    accounts = moved_accounts(owner, 10)
    SessionFactory.create_batch(10, owner=owner)  # open today, when none of them moved
    completed, queries = settle(owner, accounts[:1])
    assert completed == 0
    assert len(queries) == 2


def test_among_too_many_sessions_nothing_is_guessed_and_no_guess_is_taken_back(
    owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = moved_accounts(owner, 2, provider=lambda n: f"provider-{n}")
    open_sessions(owner, 3, provider=lambda n: f"provider-{n}")
    assert settle(owner, accounts)[0] == 2
    monkeypatch.setattr(_bearing, "GUESSED_AMONG", 2)
    accounts[0].status = "error"
    accounts[0].save()
    named = SessionFactory.create(
        owner=owner,
        provider="",
        stackone_created_at=NOON - timedelta(minutes=5),
        attempt_status="authenticated",
        attempt_account_id="account-1",
        attempt_at=NOON,
    )
    assert settle(owner, accounts)[0] == 1
    found = ConnectSession.objects.exclude(outcome="")
    assert {(s.pk == named.pk, s.account_id) for s in found} == {
        (False, "account-0"),
        (False, "account-1"),
        (True, "account-1"),
    }
    monkeypatch.setattr(_bearing, "GUESSED_AMONG", 3)
    settle(owner, accounts)
    assert list(ConnectSession.objects.exclude(outcome="")) == [named]


# --- The same answer -----------------------------------------------------------------------------


def some_owner(chance: random.Random) -> OriginOwner:
    owner = OwnerFactory.create()

    def time() -> datetime:
        return NOON + timedelta(minutes=chance.randrange(0, 600, 10))

    names = [f"account-{n}" for n in range(chance.randrange(1, 8))]
    for name in names:
        made, moved = sorted((time(), time()))
        AccountFactory.create(
            owner=owner,
            account_id=name,
            provider=chance.choice(["bamboohr", "personio"]),
            status=chance.choice(["active", "active", "error"]),
            stackone_created_at=made,
            stackone_updated_at=moved,
        )
    for _ in range(chance.randrange(1, 12)):
        facts: dict[str, Any] = {}
        kind = chance.choice(["silent", "silent", "attempt", "claim", "denied"])
        if kind == "attempt":
            facts = {"attempt_status": "ok", "attempt_account_id": chance.choice(names)}
            facts["attempt_at"] = time()
        elif kind == "claim":
            facts = {"claimed_account_id": chance.choice(names), "claimed_at": time()}
        elif kind == "denied":
            facts = {"attempt_status": "error", "attempt_at": time()}
        SessionFactory.create(
            owner=owner,
            provider=chance.choice(["", "bamboohr", "personio"]),
            stackone_created_at=time(),
            requested_account_id=chance.choice(["", "", "", *names]),
            sent={"multiple": chance.random() < 0.2, "categories": chance.choice([[], ["ats"]])},
            **facts,
        )
    return owner


@pytest.mark.parametrize("seed", range(40))
def test_accounts_judged_one_by_one_in_any_order_end_as_all_judged_at_once(seed: int) -> None:
    chance = random.Random(seed)
    owner = some_owner(chance)
    accounts = list(LinkedAccount.objects.of(owner))
    for account in chance.sample(accounts, len(accounts)):
        settle(owner, [account])
    sessions = judged.sessions_of(ConnectSession.objects.of(owner), judged.NAMED_COLUMNS)
    expected = brute_force.judge_all(
        map(judged.facts_of, accounts), [session.facts for session in sessions.values()]
    )
    found = ConnectSession.objects.exclude(outcome="")
    assert {s.pk: (s.account_id, s.outcome) for s in found} == expected


# --- A host's clock that is wrong ----------------------------------------------------------------


@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(), timedelta(hours=1)])
def test_a_claim_explains_a_move_whatever_the_hosts_clock_says(
    skew: timedelta, owner: OriginOwner
) -> None:
    """The account moved 20 minutes after the claim, so the move is another's."""
    times = {
        "created_at": NOON + skew,
        "stackone_created_at": NOON,
        "expires_at": NOON + timedelta(minutes=30) + skew,
        "stackone_expires_at": NOON + timedelta(minutes=30),
    }
    claim = SessionFactory.create(
        owner=owner, claimed_account_id="a", claimed_at=NOON + timedelta(minutes=5) + skew, **times
    )
    left_open = SessionFactory.create(owner=owner, **times)
    account = AccountFactory.create(
        owner=owner,
        account_id="a",
        stackone_created_at=NOON - timedelta(days=1),
        stackone_updated_at=NOON + timedelta(minutes=25),
    )
    settle(owner, [account])
    for session in (claim, left_open):
        session.refresh_from_db()
        assert session.outcome == "update"

    account.stackone_updated_at = NOON + timedelta(minutes=4)
    account.save()
    settle(owner, [account])
    left_open.refresh_from_db()
    assert left_open.outcome == ""


@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(), timedelta(hours=1)])
def test_connecting_again_withdraws_a_disconnect_whatever_the_hosts_clock_says(
    skew: timedelta, owner: OriginOwner
) -> None:
    account = AccountFactory.create(
        owner=owner,
        stackone_created_at=NOON - timedelta(days=1),
        stackone_updated_at=NOON - timedelta(days=1),
        disconnect_requested_at=NOON - timedelta(minutes=5) + skew,
        next_disconnect_at=clock.now(),
    )
    SessionFactory.create(
        owner=owner,
        created_at=NOON + skew,
        stackone_created_at=NOON,
        expires_at=NOON + timedelta(minutes=30) + skew,
        stackone_expires_at=NOON + timedelta(minutes=30),
    )
    moved = snapshot_of(account, updated_at=NOON + timedelta(minutes=5))
    _reconcile.reconcile(project=owner.project, fetch=FetchNumber.take(), present=[moved])
    account.refresh_from_db()
    assert account.disconnect_requested_at is None
