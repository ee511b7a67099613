"""An account that moves need only be judged where a session could read otherwise by it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from stackone_connect.choices import SessionOutcome
from stackone_connect.entities import FINISHED_WITHIN, AccountFacts, News, SessionFacts
from stackone_connect.prediction import deduce_all, news_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
#: Over four days, close together at the beginning of each.
MOMENTS = st.builds(
    lambda day, minutes: NOON + timedelta(days=day, minutes=minutes),
    st.integers(0, 3),
    st.sampled_from([0, 10, 25, 60, 89, 90, 91, 300]),
)
ACCOUNT_IDS = ("a", "b", "c")

Outcomes = Mapping[Hashable, tuple[str, SessionOutcome]]


@st.composite
def accounts(draw: st.DrawFn) -> list[AccountFacts]:
    found = []
    for account_id in ACCOUNT_IDS:
        made, moved = draw(st.none() | MOMENTS), draw(MOMENTS)
        found.append(
            AccountFacts(
                account_id=account_id,
                provider=draw(st.sampled_from(["bamboohr", "personio"])),
                categories=draw(st.sampled_from([["hris"], ["ats"]])),
                status=draw(st.sampled_from(["active", "active", "error"])),
                created_at=made,
                changed_at=moved if made is None else max(made, moved),
            )
        )
    return found


@st.composite
def sessions(draw: st.DrawFn) -> list[SessionFacts]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        began, named = draw(MOMENTS), draw(st.sampled_from(ACCOUNT_IDS))
        how = draw(st.sampled_from(["attempt", "claim", "none", "none"]))
        later = began + timedelta(minutes=draw(st.sampled_from([1, 20, 2_000])))
        found.append(
            SessionFacts(
                id=number,
                began=began,
                expires_at=began + timedelta(minutes=30),
                provider=draw(st.sampled_from(["", "bamboohr"])),
                categories=[],
                requested_account_id=draw(st.sampled_from(["", "", named])),
                multiple=draw(st.booleans()),
                attempted=how == "attempt",
                attempt_account_id=named if how == "attempt" else "",
                attempt_at=later if how == "attempt" else None,
                claimed_account_id=named if how == "claim" else "",
                claimed_at=later if how == "claim" else None,
            )
        )
    return found


def judged(
    before: Outcomes, accounts: Sequence[AccountFacts], sessions: Sequence[SessionFacts]
) -> Outcomes:
    """As ``services._outcomes.settle`` does it for all accounts of an owner at once."""
    changed_at = {account.account_id: account.changed_at for account in accounts}

    def is_past(session: SessionFacts) -> bool:
        account_id, outcome = before.get(session.id, ("", None))
        moved = changed_at.get(account_id)
        names_none = not (session.attempted or session.claimed_account_id)
        if moved is None or not names_none or outcome != SessionOutcome.UPDATE:
            return False
        return moved > session.expires_at + FINISHED_WITHIN

    past = {session.id for session in sessions if is_past(session)}
    kept = {name: outcome for name, outcome in before.items() if name in past}
    return kept | deduce_all(accounts, [s for s in sessions if s.id not in past])


def concerns(
    account_id: str, news: News, outcomes: Outcomes, sessions: Sequence[SessionFacts]
) -> bool:
    """What ``models.known_accounts`` asks the database, in Python."""
    for session in sessions:
        heard = (session.expires_at, session.attempt_at, session.claimed_at)
        is_over = news.since and all(time < news.since for time in heard if time)
        settled_with, _ = outcomes.get(session.id, ("", None))
        names = {session.attempt_account_id, session.claimed_account_id, settled_with}
        if account_id in names and not is_over:
            return True
        if not (session.attempted or session.claimed_account_id) and any(
            session.began <= time <= session.expires_at + FINISHED_WITHIN for time in news.times
        ):
            return True
    return False


@given(accounts(), sessions(), st.data())
def test_what_concerns_no_session_changes_no_outcome(
    accounts: list[AccountFacts], sessions: list[SessionFacts], data: st.DataObject
) -> None:
    outcomes: Outcomes = {}
    for known in range(1, len(accounts) + 1):
        outcomes = judged(outcomes, accounts[:known], sessions)
    account = accounts[0]
    assert account.changed_at is not None
    moved = replace(
        account,
        changed_at=data.draw(MOMENTS.map(lambda time: max(time, account.changed_at or time))),
        status=data.draw(st.sampled_from(["active", "error"])),
    )
    news = news_of(moved, account)
    if news is None or not concerns(account.account_id, news, outcomes, sessions):
        event("nothing to judge")
        assert judged(outcomes, [moved, *accounts[1:]], sessions) == outcomes


def a(**facts: object) -> AccountFacts:
    values: dict[str, object] = {
        "account_id": "a",
        "provider": "bamboohr",
        "categories": ["hris"],
        "status": "active",
        "created_at": NOON,
        "changed_at": NOON + timedelta(days=2),
    }
    return AccountFacts(**{**values, **facts})  # type: ignore[arg-type]  # values of every field


def test_an_account_that_is_as_it_was_says_nothing_new() -> None:
    assert news_of(a(), a()) is None


def test_one_that_has_only_moved_says_something_of_both_moves() -> None:
    later = NOON + timedelta(days=3)
    news = news_of(a(changed_at=later, status="error"), a())
    assert news == News(since=NOON + timedelta(days=1), times={NOON + timedelta(days=2), later})


@pytest.mark.parametrize(
    "before",
    [
        None,
        a(created_at=None),
        a(changed_at=None),
        a(provider="personio"),
        a(categories=["ats"]),
        a(changed_at=NOON + timedelta(days=9)),
    ],
)
def test_one_that_was_not_known_as_it_is_says_something_of_when_it_was_made(
    before: AccountFacts | None,
) -> None:
    assert news_of(a(), before) == News(since=None, times={NOON, NOON + timedelta(days=2)})
