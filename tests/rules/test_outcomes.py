"""What a session really did: every rule of the judgement, from facts alone.

Minutes are counted from noon by StackOne's clock. A session began at ``began`` and its token lived
for half an hour; an account was made at ``made`` and last moved at ``moved``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackone_connect.choices import SessionOutcome
from stackone_connect.entities import AccountFacts, SessionFacts
from stackone_connect.prediction import deduce, deduce_all

CREATE, UPDATE, MULTIPLE = SessionOutcome.CREATE, SessionOutcome.UPDATE, SessionOutcome.MULTIPLE
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def an_account(*, made: float | None = 5, moved: float | None = None, **facts: Any) -> AccountFacts:
    last = made if moved is None else moved
    values: dict[str, Any] = {
        "account_id": "acc",
        "provider": "bamboohr",
        "categories": ["hris"],
        "status": "active",
        "created_at": None if made is None else at(made),
        "changed_at": None if last is None else at(last),
    }
    return AccountFacts(**{**values, **facts})


def a_session(
    name: str = "s",
    *,
    began: float = 0,
    attempt: float | None = None,
    claim: float | None = None,
    **facts: Any,
) -> SessionFacts:
    """Opened at noon for BambooHR; its attempt or claim, where there is one, names the account."""
    values: dict[str, Any] = {
        "id": name,
        "began": at(began),
        "expires_at": at(began + 30),
        "provider": "bamboohr",
        "categories": [],
        "requested_account_id": "",
        "multiple": False,
        "attempted": attempt is not None or "attempt_account_id" in facts,
        "attempt_account_id": "" if attempt is None else "acc",
        "attempt_at": None if attempt is None else at(attempt),
        "claimed_account_id": "" if claim is None else "acc",
        "claimed_at": None if claim is None else at(claim),
        "elsewhere": False,
    }
    return SessionFacts(**{**values, **facts})


# --- Which sessions are the account's: the attempt names it -------------------------------------


def test_an_attempt_that_names_a_new_account_created_it() -> None:
    assert deduce(an_account(made=5), [a_session(attempt=5)]) == {"s": CREATE}


def test_an_attempt_that_names_an_older_account_updated_it() -> None:
    account = an_account(made=-60, moved=5)
    assert deduce(account, [a_session(attempt=5)]) == {"s": UPDATE}


def test_an_attempt_without_an_account_proves_nothing() -> None:
    failed = a_session(attempted=True, attempt_at=at(5))
    assert deduce(an_account(made=5), [failed]) == {}


def test_an_attempt_that_names_another_account_proves_nothing_here() -> None:
    session = a_session(claim=6, attempt_account_id="other", attempt_at=at(5))
    assert deduce(an_account(made=5), [session]) == {}


def test_the_attempt_counts_where_the_completion_call_named_another_account() -> None:
    session = a_session(attempt=5, claimed_account_id="other", claimed_at=at(6))
    assert deduce(an_account(made=5), [session]) == {"s": CREATE}


def test_an_attempt_counts_also_for_a_session_that_was_settled_with_another_account() -> None:
    assert deduce(an_account(made=5), [a_session(attempt=5, elsewhere=True)]) == {"s": CREATE}


# --- Which sessions are the account's: a completion call named it -------------------------------


def test_a_claim_of_a_new_account_created_it() -> None:
    assert deduce(an_account(made=5), [a_session(claim=6)]) == {"s": CREATE}


def test_a_claim_of_an_older_account_that_moved_since_updated_it() -> None:
    assert deduce(an_account(made=-60, moved=5), [a_session(claim=6)]) == {"s": UPDATE}


def test_a_claim_counts_after_an_attempt_that_came_to_nothing() -> None:
    denied_then_by_form = a_session(attempted=True, attempt_at=at(2), claim=6)
    assert deduce(an_account(made=5), [denied_then_by_form]) == {"s": CREATE}


def test_a_claim_counts_also_while_the_account_is_in_error() -> None:
    account = an_account(made=-60, moved=5, status="error")
    assert deduce(account, [a_session(claim=6)]) == {"s": UPDATE}


def test_an_edit_that_stackone_refused_stays_without_outcome_though_the_hub_reported_success() -> (
    None
):
    untouched = an_account(made=-60, moved=-30)
    assert deduce(untouched, [a_session(claim=6, requested_account_id="acc")]) == {}


def test_a_claim_that_came_before_the_news_of_the_move_counts_once_the_move_is_known() -> None:
    session = a_session(claim=6)
    assert deduce(an_account(made=-60, moved=-30), [session]) == {}
    assert deduce(an_account(made=-60, moved=5), [session]) == {"s": UPDATE}


def test_a_claim_long_after_the_session_expired_still_counts() -> None:
    assert deduce(an_account(made=5), [a_session(claim=60 * 24)]) == {"s": CREATE}


# --- Which sessions are the account's: the one guess --------------------------------------------


def test_the_one_open_session_made_the_account_that_appeared() -> None:
    assert deduce(an_account(made=5), [a_session()]) == {"s": CREATE}


def test_the_one_open_session_updated_the_older_account_that_moved() -> None:
    assert deduce(an_account(made=-60, moved=5), [a_session()]) == {"s": UPDATE}


def test_two_open_sessions_that_could_have_done_it_are_left_alone() -> None:
    assert deduce(an_account(made=5), [a_session("a"), a_session("b", began=1)]) == {}


def test_an_account_that_fell_into_error_moved_without_a_session() -> None:
    account = an_account(made=-60, moved=5, status="error")
    assert deduce(account, [a_session()]) == {}


@pytest.mark.parametrize("status", ["error", "suspended", "expired", "another"])
def test_an_account_that_is_not_active_was_moved_by_nobody_however_new_it_is(status: str) -> None:
    account = an_account(made=5, moved=9, status=status)
    sessions = [a_session("oauth", attempt=5), a_session("left alone")]
    assert deduce(account, sessions) == {"oauth": CREATE}


def test_a_new_account_that_is_in_error_was_made_all_the_same() -> None:
    assert deduce(an_account(made=5, status="error"), [a_session()]) == {"s": CREATE}


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"provider": "personio"}, id="another provider"),
        pytest.param({"provider": "", "categories": ["ats"]}, id="no category in common"),
        pytest.param({"requested_account_id": "other"}, id="asked for another account"),
        pytest.param({"elsewhere": True}, id="settled with another account"),
        pytest.param({"attempted": True}, id="an attempt of its own"),
        pytest.param({"claimed_account_id": "other"}, id="a claim of another account"),
        pytest.param({"began": 6}, id="began after the move"),
        pytest.param({"began": -90}, id="expired more than an hour before"),
    ],
)
def test_a_session_is_no_candidate_with(facts: dict[str, Any]) -> None:
    account = an_account(made=5)
    assert deduce(account, [a_session(**facts)]) == {}
    assert deduce(account, [a_session(**facts), a_session("one")]) == {"one": CREATE}


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"provider": ""}, id="no provider"),
        pytest.param({"provider": "", "categories": ["ats", "hris"]}, id="a category in common"),
        pytest.param({"began": -84}, id="expired just under an hour before"),
    ],
)
def test_a_session_is_a_candidate_with(facts: dict[str, Any]) -> None:
    assert deduce(an_account(made=5), [a_session(**facts)]) == {"s": CREATE}
    rival = a_session("rival", began=1)
    assert deduce(an_account(made=5), [a_session(**facts), rival]) == {}


def test_a_session_for_this_account_is_a_candidate_whatever_provider_was_named() -> None:
    session = a_session(provider="", categories=["ats"], requested_account_id="acc")
    assert deduce(an_account(made=-60, moved=5), [session]) == {"s": UPDATE}


def test_categories_that_stackone_left_out_could_be_any() -> None:
    account = an_account(made=5, categories=[])
    assert deduce(account, [a_session(provider="", categories=["ats"])]) == {"s": CREATE}


def test_a_session_for_another_account_does_not_make_the_guess_ambiguous() -> None:
    account = an_account(made=-60, moved=5)
    other = a_session("other", requested_account_id="another")
    assert deduce(account, [a_session(), other]) == {"s": UPDATE}


def test_multiple_is_never_guessed_to_have_touched_an_older_account() -> None:
    account = an_account(made=-60, moved=5)
    assert deduce(account, [a_session(multiple=True)]) == {}
    assert deduce(account, [a_session(multiple=True), a_session("t")]) == {"t": UPDATE}


def test_a_guess_is_taken_back_when_a_second_session_turns_out_to_be_possible() -> None:
    account = an_account(made=5)
    assert deduce(account, [a_session("a")]) == {"a": CREATE}
    assert deduce(account, [a_session("a"), a_session("b")]) == {}


def test_an_account_whose_times_stackone_left_out_proves_nothing() -> None:
    account = an_account(made=None)
    assert deduce(account, [a_session("a"), a_session("b", claim=6)]) == {}


def test_an_account_whose_creation_stackone_left_out_was_updated_if_anything() -> None:
    account = an_account(made=None, moved=5)
    assert deduce(account, [a_session(claim=6)]) == {"s": UPDATE}
    assert deduce(account, [a_session(attempt=5)]) == {"s": UPDATE}


# --- A claim or a guess needs a change of its own ------------------------------------------------


def test_a_claim_proves_nothing_where_anothers_attempt_explains_the_move() -> None:
    account = an_account(made=-60, moved=5)
    sessions = [a_session("oauth", attempt=5), a_session("form", claim=6)]
    assert deduce(account, sessions) == {"oauth": UPDATE}


def test_a_guess_proves_nothing_where_anothers_attempt_explains_the_move() -> None:
    account = an_account(made=-60, moved=5)
    assert deduce(account, [a_session("oauth", attempt=5), a_session("open")]) == {"oauth": UPDATE}


def test_a_move_within_five_seconds_of_an_attempt_is_the_attempts() -> None:
    account = an_account(made=-60, moved=5 + 5 / 60)
    sessions = [a_session("oauth", attempt=5), a_session("form", claim=6)]
    assert deduce(account, sessions) == {"oauth": UPDATE}


def test_a_move_more_than_five_seconds_after_an_attempt_is_a_change_of_its_own() -> None:
    account = an_account(made=-60, moved=5 + 6 / 60)
    sessions = [a_session("oauth", attempt=5), a_session("form", claim=6)]
    assert deduce(account, sessions) == {"oauth": UPDATE, "form": UPDATE}


def test_an_attempt_of_a_session_that_began_after_the_move_does_not_explain_it() -> None:
    account = an_account(made=-60, moved=5)
    sessions = [a_session("oauth", began=10, attempt=12), a_session("form", claim=6)]
    assert deduce(account, sessions) == {"form": UPDATE}


def test_an_attempt_does_not_explain_its_own_session_away() -> None:
    assert deduce(an_account(made=5), [a_session(attempt=5, claim=6)]) == {"s": CREATE}


def test_a_guess_proves_nothing_where_anothers_claim_explains_the_move() -> None:
    account = an_account(made=5)
    assert deduce(account, [a_session("form", claim=6), a_session("open")]) == {"form": CREATE}


def test_a_guess_counts_where_the_account_moved_again_after_a_claim() -> None:
    account = an_account(made=5, moved=20)
    sessions = [a_session("form", claim=6), a_session("open", began=15)]
    assert deduce(account, sessions) == {"form": CREATE, "open": UPDATE}


# --- Create --------------------------------------------------------------------------------------


def test_a_session_that_asked_for_another_of_the_provider_made_another() -> None:
    assert deduce(an_account(made=5), [a_session(attempt=5, multiple=True)]) == {"s": MULTIPLE}
    assert deduce(an_account(made=5), [a_session(claim=6, multiple=True)]) == {"s": MULTIPLE}
    assert deduce(an_account(made=5), [a_session(multiple=True)]) == {"s": MULTIPLE}


def test_the_session_that_touched_the_account_first_made_it() -> None:
    account = an_account(made=5, moved=9)
    sessions = [a_session("second", began=-2, attempt=9), a_session("first", attempt=5)]
    assert deduce(account, sessions) == {"first": CREATE, "second": UPDATE}


def test_the_first_claim_made_the_account_where_there_is_no_attempt() -> None:
    account = an_account(made=5, moved=9)
    sessions = [a_session("second", began=-2, claim=10), a_session("first", claim=6)]
    assert deduce(account, sessions) == {"first": CREATE, "second": UPDATE}


def test_with_an_attempt_among_them_a_claim_makes_nothing() -> None:
    account = an_account(made=5, moved=20)
    sessions = [a_session("claim", claim=4), a_session("attempt", attempt=5)]
    assert deduce(account, sessions) == {"attempt": CREATE, "claim": UPDATE}


def test_a_session_for_an_account_never_made_it() -> None:
    session = a_session(requested_account_id="acc", attempt=6)
    assert deduce(an_account(made=5, moved=6), [session]) == {"s": UPDATE}


def test_a_session_that_began_after_the_account_was_made_did_not_make_it() -> None:
    account = an_account(made=5, moved=12)
    sessions = [a_session("late", began=10, attempt=12)]
    assert deduce(account, sessions) == {"late": UPDATE}


def test_an_account_made_in_the_same_instant_as_the_session_is_that_sessions() -> None:
    assert deduce(an_account(made=0), [a_session()]) == {"s": CREATE}


def test_a_claim_that_made_the_account_keeps_it_when_anothers_attempt_moves_it_later() -> None:
    account = an_account(made=5, moved=600)
    sessions = [a_session("maker", claim=6), a_session("oauth", began=590, attempt=600)]
    assert deduce(account, sessions) == {"maker": CREATE, "oauth": UPDATE}


def test_a_guess_that_made_the_account_keeps_it_however_late_the_account_moves_again() -> None:
    assert deduce(an_account(made=5, moved=60 * 24 * 30), [a_session()]) == {"s": CREATE}


def test_the_guesses_of_who_made_the_account_and_who_moved_it_later_are_apart() -> None:
    account = an_account(made=5, moved=600)
    sessions = [a_session("maker"), a_session("mover", began=590)]
    assert deduce(account, sessions) == {"maker": CREATE, "mover": UPDATE}


def test_who_moved_it_is_left_open_while_its_maker_could_have_done_that_too() -> None:
    account = an_account(made=5, moved=20)
    sessions = [a_session("maker"), a_session("later", began=15)]
    assert deduce(account, sessions) == {"maker": CREATE}


# --- Update, and otherwise nothing ---------------------------------------------------------------


def test_every_session_that_named_the_account_before_it_moved_updated_it() -> None:
    account = an_account(made=-60, moved=9)
    sessions = [a_session("a", claim=5), a_session("b", began=1, claim=10)]
    assert deduce(account, sessions) == {"a": UPDATE, "b": UPDATE}


def test_a_session_that_began_after_the_last_move_did_nothing() -> None:
    account = an_account(made=-60, moved=-1)
    sessions = [a_session("claim", claim=6), a_session("attempt", attempt=6), a_session("open")]
    assert deduce(account, sessions) == {}


def test_a_session_that_began_in_the_instant_of_an_older_accounts_move_did_nothing() -> None:
    account = an_account(made=-60, moved=0)
    assert deduce(account, [a_session("open")]) == {}
    assert deduce(account, [a_session("claim", claim=6)]) == {}
    before = a_session("before", began=-10)
    assert deduce(account, [a_session("open"), before]) == {"before": UPDATE}


def test_known_limit_an_abandoned_session_reads_update_when_stackone_moves_the_account() -> None:
    assert deduce(an_account(made=-60, moved=15), [a_session()]) == {"s": UPDATE}


def test_no_sessions_no_outcomes() -> None:
    assert deduce(an_account(), []) == {}


# --- Several accounts of one owner ---------------------------------------------------------------


def test_a_session_that_names_none_is_guessed_to_be_about_one_account_only() -> None:
    first, second = an_account(made=5), an_account(made=6, account_id="b")
    assert deduce_all([second, first], [a_session()]) == {"s": ("acc", CREATE)}


def test_an_account_that_was_made_comes_before_one_that_only_moved() -> None:
    old = an_account(made=-60, moved=3, account_id="a")
    assert deduce_all([old, an_account(made=5)], [a_session()]) == {"s": ("acc", CREATE)}


def test_of_two_that_only_moved_the_first_to_move_counts() -> None:
    later = an_account(made=-90, moved=9, account_id="a")
    sooner = an_account(made=-60, moved=5)
    assert deduce_all([later, sooner], [a_session()]) == {"s": ("acc", UPDATE)}


def test_what_one_account_settles_leaves_the_next_with_one_session_to_guess() -> None:
    by_category = a_session("any", began=-1, provider="")
    accounts = [an_account(made=5), an_account(made=3, account_id="p", provider="personio")]
    sessions = [by_category, a_session("bamboohr")]
    settled = {"any": ("p", CREATE), "bamboohr": ("acc", CREATE)}
    assert deduce_all(accounts, sessions) == settled


def test_sessions_that_name_their_accounts_are_settled_each_with_its_own() -> None:
    accounts = [an_account(made=5), an_account(made=5, account_id="other")]
    sessions = [a_session(attempt=5), a_session("t", claimed_account_id="other", claimed_at=at(6))]
    assert deduce_all(accounts, sessions) == {"s": ("acc", CREATE), "t": ("other", CREATE)}


# --- For any facts -------------------------------------------------------------------------------

MINUTES = st.integers(-3, 3).map(lambda n: at(n * 30))
MAYBE_MINUTES = st.none() | MINUTES
ACCOUNT_IDS = st.sampled_from(["", "acc", "other"])


@st.composite
def accounts(draw: st.DrawFn) -> AccountFacts:
    made, moved = draw(MAYBE_MINUTES), draw(MAYBE_MINUTES)
    return AccountFacts(
        account_id="acc",
        provider=draw(st.sampled_from(["", "bamboohr"])),
        categories=draw(st.sampled_from([[], ["hris"]])),
        status=draw(st.sampled_from(["active", "error"])),
        created_at=made,
        changed_at=max((time for time in (made, moved) if time), default=None),
    )


@st.composite
def sessions_of_an_owner(draw: st.DrawFn) -> list[SessionFacts]:
    found = []
    for number in range(draw(st.integers(0, 5))):
        began = draw(MINUTES)
        attempted = draw(st.booleans())
        named = draw(ACCOUNT_IDS) if attempted else ""
        claimed = draw(ACCOUNT_IDS)
        found.append(
            SessionFacts(
                id=number,
                began=began,
                expires_at=began + timedelta(minutes=30),
                provider=draw(st.sampled_from(["", "bamboohr", "personio"])),
                categories=draw(st.sampled_from([[], ["hris"], ["ats"]])),
                requested_account_id=draw(ACCOUNT_IDS),
                multiple=draw(st.booleans()),
                attempted=attempted,
                attempt_account_id=named,
                attempt_at=draw(MAYBE_MINUTES) if attempted else None,
                claimed_account_id=claimed,
                claimed_at=draw(MINUTES) if claimed else None,
                elsewhere=draw(st.booleans()),
            )
        )
    return found


@given(data=st.data(), account=accounts(), sessions=sessions_of_an_owner())
def test_the_outcomes_never_depend_on_the_order_of_the_sessions(
    data: st.DataObject, account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    shuffled = data.draw(st.permutations(sessions))
    assert deduce(account, shuffled) == deduce(account, sessions)


@given(
    data=st.data(),
    found=st.lists(accounts(), max_size=4),
    sessions=sessions_of_an_owner(),
)
def test_the_outcomes_never_depend_on_the_order_of_the_accounts(
    data: st.DataObject, found: list[AccountFacts], sessions: list[SessionFacts]
) -> None:
    named = [replace(one, account_id=f"acc{n or ''}") for n, one in enumerate(found)]
    shuffled = data.draw(st.permutations(named))
    assert deduce_all(shuffled, sessions) == deduce_all(named, sessions)


def test_two_that_touched_the_account_in_the_same_instant_are_told_apart_in_any_order() -> None:
    account = an_account(made=5, moved=6)
    twins = [a_session("a", attempt=5), a_session("b", attempt=5)]
    assert deduce(account, twins) == deduce(account, twins[::-1]) == {"a": CREATE, "b": UPDATE}


@given(account=accounts(), sessions=sessions_of_an_owner())
def test_an_account_has_at_most_one_maker(
    account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    outcomes = list(deduce(account, sessions).values())
    assert outcomes.count(CREATE) + outcomes.count(MULTIPLE) <= 1


@given(account=accounts(), sessions=sessions_of_an_owner())
@example(an_account(made=0), [a_session()])
def test_no_session_that_began_after_the_last_move_has_an_outcome(
    account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    outcomes = deduce(account, sessions)
    for session in sessions:
        if session.id in outcomes:
            assert account.changed_at is not None
            assert session.began <= account.changed_at
            assert session.began < account.changed_at or outcomes[session.id] != UPDATE


@given(account=accounts(), sessions=sessions_of_an_owner())
def test_a_session_whose_attempt_names_another_account_never_appears(
    account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    elsewhere = {s.id for s in sessions if s.attempt_account_id == "other"}
    assert elsewhere.isdisjoint(deduce(account, sessions))


@given(account=accounts(), sessions=sessions_of_an_owner())
def test_a_maker_began_before_the_account_and_did_not_ask_for_one(
    account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    outcomes = deduce(account, sessions)
    for session in sessions:
        if outcomes.get(session.id) in (CREATE, MULTIPLE):
            assert account.created_at is not None
            assert session.began <= account.created_at
            assert not session.requested_account_id
            assert (outcomes[session.id] == MULTIPLE) == session.multiple


@given(account=accounts(), sessions=sessions_of_an_owner())
def test_sessions_that_name_nothing_settle_at_most_one_of_them(
    account: AccountFacts, sessions: list[SessionFacts]
) -> None:
    silent = [s for s in sessions if not s.attempted and not s.claimed_account_id]
    outcomes = deduce(account, sessions)
    assert sum(s.id in outcomes for s in silent) <= 1
