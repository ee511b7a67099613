"""Judging many accounts and sessions: the same answer as the plain rules, for less work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackone_connect.entities import AccountFacts, SessionFacts
from stackone_connect.prediction import deduce, deduce_all
from tests.rules import brute_force

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

MOMENTS = st.integers(-4, 6).map(lambda n: NOON + timedelta(minutes=n * 20))
ACCOUNT_IDS = ["a", "b", "c", "d"]
PROVIDERS = ["", "bamboohr", "personio"]
CATEGORIES = st.sampled_from([[], ["hris"], ["ats"], ["hris", "ats"], [""], ["*"]])


@st.composite
def accounts(draw: st.DrawFn) -> list[AccountFacts]:
    found = []
    for account_id in draw(st.lists(st.sampled_from(ACCOUNT_IDS), unique=True)):
        made, moved = draw(st.none() | MOMENTS), draw(st.none() | MOMENTS)
        found.append(
            AccountFacts(
                account_id=account_id,
                provider=draw(st.sampled_from(PROVIDERS)),
                categories=draw(CATEGORIES),
                status=draw(st.sampled_from(["active", "active", "error"])),
                created_at=made,
                changed_at=max((time for time in (made, moved) if time), default=None),
            )
        )
    return found


@st.composite
def sessions(draw: st.DrawFn) -> list[SessionFacts]:
    found = []
    names = st.just("") | st.sampled_from(ACCOUNT_IDS)
    for number in range(draw(st.integers(0, 7))):
        began = draw(MOMENTS)
        is_silent = draw(st.booleans())
        attempted = not is_silent and draw(st.booleans())
        claimed = "" if is_silent else draw(names)
        found.append(
            SessionFacts(
                id=number,
                began=began,
                expires_at=began + timedelta(minutes=draw(st.sampled_from([1, 30, 120]))),
                provider=draw(st.sampled_from(PROVIDERS)),
                categories=draw(CATEGORIES),
                requested_account_id=draw(st.just("") | names),
                multiple=draw(st.booleans()),
                attempted=attempted,
                attempt_account_id=draw(names) if attempted else "",
                attempt_at=draw(st.none() | MOMENTS) if attempted else None,
                claimed_account_id=claimed,
                claimed_at=draw(MOMENTS) if claimed else None,
                elsewhere=draw(st.booleans()),
            )
        )
    return found


# --- The same answer -----------------------------------------------------------------------------


def an_account(**facts: Any) -> AccountFacts:
    values: dict[str, Any] = {"account_id": "a", "provider": "", "categories": []}
    values |= {"status": "active", "created_at": NOON, "changed_at": NOON}
    return AccountFacts(**{**values, **facts})


def a_session(name: int = 0, **facts: Any) -> SessionFacts:
    values: dict[str, Any] = {
        "id": name,
        "began": NOON,
        "expires_at": NOON + timedelta(minutes=30),
        "provider": "",
        "categories": [],
        "requested_account_id": "",
        "multiple": False,
        "attempted": False,
        "attempt_account_id": "",
        "attempt_at": None,
        "claimed_account_id": "",
        "claimed_at": None,
    }
    return SessionFacts(**{**values, **facts})


@given(accounts=accounts(), sessions=sessions())
@example([an_account()], [a_session(categories=["hris", "ats"])])
@example([an_account(categories=["hris", "ats"])], [a_session(categories=["hris", "ats"])])
@example([an_account(categories=["*"])], [a_session(categories=["hris"])])
@example([an_account(created_at=None)], [a_session(multiple=True)])
def test_all_are_judged_as_if_each_session_were_held_against_each_account(
    accounts: list[AccountFacts], sessions: list[SessionFacts]
) -> None:
    assert deduce_all(accounts, sessions) == brute_force.judge_all(accounts, sessions)


@given(accounts=accounts(), sessions=sessions())
def test_one_is_judged_as_if_each_session_were_held_against_it(
    accounts: list[AccountFacts], sessions: list[SessionFacts]
) -> None:
    for account in accounts:
        assert deduce(account, sessions) == brute_force.judge(account, sessions)


# --- For less work -------------------------------------------------------------------------------


class Work:
    """Facts read and times compared."""

    done = 0


class CountedTime(datetime):
    def __lt__(self, other: Any) -> bool:
        Work.done += 1
        return super().__lt__(other)

    def __le__(self, other: Any) -> bool:
        Work.done += 1
        return super().__le__(other)

    def __gt__(self, other: Any) -> bool:
        Work.done += 1
        return super().__gt__(other)

    def __ge__(self, other: Any) -> bool:
        Work.done += 1
        return super().__ge__(other)

    def __eq__(self, other: object) -> bool:
        Work.done += 1
        return super().__eq__(other)

    __hash__ = datetime.__hash__


class CountedSession(SessionFacts):
    __slots__ = ()
    counted: ClassVar = {"began", "expires_at", "provider", "categories", "requested_account_id"}

    def __getattribute__(self, name: str) -> Any:
        Work.done += 1
        return super().__getattribute__(name)


def time(minutes: float) -> CountedTime:
    return CountedTime.fromtimestamp((NOON + timedelta(minutes=minutes)).timestamp(), UTC)


def an_owner(
    sessions: int, accounts: int, kind: dict[str, Any]
) -> tuple[list[AccountFacts], list[SessionFacts]]:
    """Sessions opened one after the other, and accounts that all moved while all were open."""
    return (
        [
            an_account(
                account_id=f"account-{n}",
                provider="bamboohr",
                categories=["hris"],
                created_at=time(-600 + n / 1000) if n % 2 else time(n / 1000),
                changed_at=time(20 + n / 1000),
            )
            for n in range(accounts)
        ],
        [
            CountedSession(
                **{
                    "id": n,
                    "began": time(n / 1000),
                    "expires_at": time(30 + n / 1000),
                    "provider": "",
                    "categories": [],
                    "requested_account_id": "",
                    "multiple": False,
                    "attempted": False,
                    "attempt_account_id": "",
                    "attempt_at": None,
                    "claimed_account_id": "",
                    "claimed_at": None,
                    **{key: value(n) for key, value in kind.items()},
                }
            )
            for n in range(sessions)
        ],
    )


KINDS: dict[str, dict[str, Any]] = {
    "all could be behind all": {},
    "none could be behind any": {"provider": lambda n: f"provider-{n}"},
    "each with categories of its own": {"categories": lambda n: [f"c{n}", f"c{n + 1}", "ats"]},
    "each for an account": {"requested_account_id": lambda n: f"account-{n % 300}"},
    "all for one account": {"requested_account_id": lambda n: "account-1"},
    "all over before the accounts moved": {"expires_at": lambda n: time(n / 1000 - 50)},
    "all of them multiple": {"multiple": lambda n: True},
    "each claimed another": {
        "claimed_account_id": lambda n: f"account-{n % 300}",
        "claimed_at": lambda n: time(21),
    },
    "all claimed one": {
        "claimed_account_id": lambda n: "account-1",
        "claimed_at": lambda n: time(21),
    },
    "each attempted another": {
        "attempted": lambda n: True,
        "attempt_account_id": lambda n: f"account-{n % 300}",
        "attempt_at": lambda n: time(20),
    },
}


@contextmanager
def counted() -> Iterator[list[int]]:
    before = Work.done
    found: list[int] = []
    yield found
    found.append(Work.done - before)


def work(sessions: int, accounts: int, kind: dict[str, Any]) -> int:
    facts = an_owner(sessions, accounts, kind)
    with counted() as found:
        deduce_all(*facts)
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_judging_costs_no_more_than_sorting(kind: str) -> None:
    sessions, accounts = 3_000, 300
    # Sorting compares each of them about log2(3,300) = 12 times; each fact may be read as often.
    assert work(sessions, accounts, KINDS[kind]) < (sessions + accounts) * 12 * 4


def test_the_work_is_counted() -> None:
    facts = an_owner(100, 100, {})
    with counted() as found:
        brute_force.judge_all(*facts)
    assert found[0] > 100 * 100
