"""StackOne's JSON into our entities: drift is read, garbage is refused, secrets stay hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect import responses
from stackone_connect.exceptions import StackOneBadAnswerError
from stackone_connect.rules import is_identifier

GRANT: dict[str, Any] = {
    "id": 4711,
    "organization_id": 12,
    "project_id": "project",
    "origin_owner_id": "7",
    "origin_owner_name": "Acme",
    "created_at": "2026-01-31T12:00:00.000Z",
    "token": "c4n4ry-token",
    "auth_link_url": "https://app.stackone.com/embedded/integrations?token=c4n4ry-token",
}
ACCOUNT: dict[str, Any] = {
    "id": "GnQoASvosYhE5wJcmmAQs",
    "provider": "bamboohr",
    "provider_name": "BambooHR",
    "status": "active",
    "status_reasons": None,
    "origin_owner_id": "7",
    "origin_owner_name": "Acme",
    "origin_username": "ann@acme.example",
    "credentials": {"password": "c4n4ry-password"},
    "setup_information": {"domain": "c4n4ry-domain"},
    "label": None,
    "type": "production",
    "categories": ["hris"],
    "created_at": "2026-01-31T12:00:00.000Z",
    "updated_at": "2026-01-31T12:05:00.000Z",
}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def refused(read: Callable[[object], object], data: object) -> bool:
    with pytest.raises(StackOneBadAnswerError) as caught:
        read(data)
    return "c4n4ry" not in repr(caught.value)


# --- Grants --------------------------------------------------------------------------------------


def test_a_grant_is_read() -> None:
    grant = responses.session_grant(GRANT)
    assert grant.token == GRANT["token"]
    assert grant.auth_link_url == GRANT["auth_link_url"]
    assert grant.stackone_id == "4711"
    assert grant.created_at == NOON


@pytest.mark.parametrize("organization_id", [12, "12", None])
def test_a_field_that_changes_type_between_versions_does_not_matter(organization_id: Any) -> None:
    changed = {**GRANT, "organization_id": organization_id, "brand_new": {"a": [1]}}
    assert responses.session_grant(changed) == responses.session_grant(GRANT)


def test_a_token_alone_makes_a_grant() -> None:
    grant = responses.session_grant({"token": "t"})
    assert (grant.token, grant.auth_link_url) == ("t", "")
    assert (grant.stackone_id, grant.created_at) == (None, None)


@pytest.mark.parametrize(
    "token",
    [None, "", 7, True, [], {"a": 1}, "c4n4ry x", "c4n4ry\n", "c4n4ryé", "\x00", "\x7f", "\ud800"],
)
def test_a_grant_without_a_usable_token_is_a_bad_answer(token: Any) -> None:
    assert refused(responses.session_grant, {**GRANT, "token": token})


@pytest.mark.parametrize(
    "link", [None, 7, "", "javascript:alert(1)", "/relative", "https://a b", "https://a\ud800"]
)
def test_a_link_that_nobody_can_follow_is_none(link: Any) -> None:
    assert responses.session_grant({**GRANT, "auth_link_url": link}).auth_link_url == ""


def test_a_grant_never_shows_its_token() -> None:
    grant = responses.session_grant(GRANT)
    assert "c4n4ry" not in repr(grant)
    assert "c4n4ry" not in str(grant)


# --- Attempts ------------------------------------------------------------------------------------

ATTEMPT: dict[str, Any] = {
    "id": "attempt",
    "status": "error",
    "created_at": "2026-01-31T11:59:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
    "account_secure_id": None,
    "oauth_error_code": "access_denied",
    "oauth_error_description": "c4n4ry",
}


def test_a_failed_attempt_has_a_code_and_no_account() -> None:
    attempt = responses.connection_attempt({**GRANT, "latest_connection_attempt": ATTEMPT})
    assert attempt is not None
    assert (attempt.status, attempt.code, attempt.account_id) == ("error", "access_denied", "")
    assert attempt.at == NOON


def test_a_successful_attempt_names_its_account() -> None:
    done = {**ATTEMPT, "status": "authenticated", "account_secure_id": "acc"}
    attempt = responses.connection_attempt({"latest_connection_attempt": done})
    assert attempt is not None
    assert attempt.account_id == "acc"


def test_an_attempt_that_was_never_updated_was_made_when_it_was_made() -> None:
    attempt = responses.connection_attempt(
        {"latest_connection_attempt": {**ATTEMPT, "updated_at": None}}
    )
    assert attempt is not None
    assert attempt.at == NOON - timedelta(minutes=1)


@pytest.mark.parametrize("nothing", [None, [], "x", 7])
def test_most_sessions_have_no_attempt(nothing: Any) -> None:
    assert responses.connection_attempt({**GRANT, "latest_connection_attempt": nothing}) is None
    assert responses.connection_attempt(GRANT) is None


# --- Accounts ------------------------------------------------------------------------------------


def test_an_account_is_read_without_its_credentials() -> None:
    account = responses.account(ACCOUNT)
    assert asdict(account) == {
        "account_id": "GnQoASvosYhE5wJcmmAQs",
        "origin_owner_id": "7",
        "origin_owner_name": "Acme",
        "origin_username": "ann@acme.example",
        "provider": "bamboohr",
        "provider_name": "BambooHR",
        "type": "production",
        "status": "active",
        "status_reasons": [],
        "label": "",
        "categories": ["hris"],
        "created_at": NOON,
        "updated_at": NOON + timedelta(minutes=5),
    }
    assert "c4n4ry" not in repr(account)


def test_ids_that_come_as_numbers_are_the_same_ids() -> None:
    account = responses.account({**ACCOUNT, "id": 123456789012345678, "origin_owner_id": 7})
    assert (account.account_id, account.origin_owner_id) == ("123456789012345678", "7")


def test_an_account_needs_no_more_than_its_id_and_its_owner() -> None:
    account = responses.account({"id": "acc", "origin_owner_id": "7"})
    assert (account.provider, account.status, account.categories) == ("", "", [])
    assert (account.created_at, account.updated_at) == (None, None)


@pytest.mark.parametrize(
    "account_id",
    [None, "", True, 1.5, [], {"a": 1}, "x" * 256, ".", "..", "a/b", "a b", "a\x00b", "é"],
)
def test_an_account_whose_id_can_be_none_is_a_bad_answer(account_id: Any) -> None:
    assert refused(responses.account, {**ACCOUNT, "id": account_id})


@pytest.mark.parametrize(
    "owner_id", [None, "", True, 1.5, [], {"a": 1}, "7\x00", "7\n", "\x007", "7\ud800"]
)
def test_an_account_whose_owner_is_not_sure_is_a_bad_answer(owner_id: Any) -> None:
    assert refused(responses.account, {**ACCOUNT, "origin_owner_id": owner_id})


def test_an_owners_id_is_never_cut_so_that_it_becomes_anothers() -> None:
    account = responses.account({**ACCOUNT, "origin_owner_id": "7" * 300})
    assert account.origin_owner_id == "7" * 300


def test_stackones_words_are_read_in_lower_case() -> None:
    account = responses.account({**ACCOUNT, "type": "PRODUCTION", "status": "Error"})
    assert (account.type, account.status) == ("production", "error")


def test_a_category_is_the_same_however_stackone_spells_it() -> None:
    spelled = ["HRIS", "hrisLegacy", "stackOne", "hris-legacy", "Ticketing"]
    read = ["hris", "hris-legacy", "stackone", "hris-legacy", "ticketing"]
    assert responses.account({**ACCOUNT, "categories": spelled}).categories == read


def test_a_word_that_grows_in_lower_case_still_fits() -> None:
    grows = "\u0130" * 255
    assert len(grows.lower()) > 255
    account = responses.account({**ACCOUNT, "type": grows, "status": grows})
    assert len(account.type) == len(account.status) == 255


def test_a_status_that_nobody_knows_yet_is_kept() -> None:
    assert responses.account({**ACCOUNT, "status": "paused"}).status == "paused"


def test_a_long_text_is_cut_and_a_broken_one_made_printable() -> None:
    account = responses.account(
        {**ACCOUNT, "label": "x" * 300, "provider_name": "Bam\x00\nboo\ud800"}
    )
    assert account.label == "x" * 255
    assert account.provider_name == "Bam boo "


def test_status_reasons_keep_what_we_know_and_at_most_twenty() -> None:
    reason = {"code": "expired", "description": None, "timestamp": "2026-01-31", "raw": "c4n4ry"}
    account = responses.account({**ACCOUNT, "status_reasons": [reason, "x", None] * 20})
    known = {"code": "expired", "description": None, "timestamp": "2026-01-31"}
    assert account.status_reasons == [known] * 7


def test_categories_that_are_no_texts_are_passed_over() -> None:
    listed = ["hris", None, "", {"a": 1}, "ats"]
    assert responses.account({**ACCOUNT, "categories": listed}).categories == ["hris", "ats"]


def test_of_categories_without_end_the_first_are_kept() -> None:
    listed = [f"category {number}" for number in range(101)]
    assert responses.account({**ACCOUNT, "categories": listed}).categories == listed[:100]


@pytest.mark.parametrize("data", [[ACCOUNT], {"data": [ACCOUNT], "page": 1}])
def test_a_list_of_accounts_is_bare_or_under_data(data: Any) -> None:
    assert responses.account_list(data) == [ACCOUNT]


@pytest.mark.parametrize("data", [[], {"data": []}])
def test_a_list_of_accounts_may_be_empty(data: Any) -> None:
    assert responses.account_list(data) == []


@pytest.mark.parametrize("data", [None, {}, {"data": None}, {"data": {}}, "x", 7])
def test_what_is_no_list_of_accounts_is_a_bad_answer(data: Any) -> None:
    assert refused(responses.account_list, data)


# --- Times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z", "2026-01-31T14:00:00+02:00"),
        *("2026-01-31T12:00:00", "2026-01-31 12:00:00+00:00", "2026-01-31t12:00:00z"),
    ],
)
def test_a_time_is_read_as_utc(text: str) -> None:
    read = responses.read_time(text)
    assert read == NOON
    assert read is not None
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value", [None, "", "soon", 1769860800, 1769860800.5, True, [], {}, "2026-13-01", "12:00:00"]
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert responses.read_time(value) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_end_of_the_calendar_is_none_because_nobody_can_count_on_from_it(
    text: str,
) -> None:
    assert responses.read_time(text) is None


# --- For any JSON --------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=9) | st.just("\x00long" * 60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
READERS = [
    responses.session_grant,
    responses.connection_attempt,
    responses.account,
]


def mixed(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An answer with some fields in order, some missing and some anything at all."""
    return st.fixed_dictionaries(
        {}, optional={name: st.just(value) | JSON for name, value in whole.items()}
    )


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


@given(
    read=st.sampled_from(READERS),
    data=JSON
    | mixed(ACCOUNT)
    | mixed({**GRANT, "latest_connection_attempt": ATTEMPT})
    | st.lists(mixed(ACCOUNT), max_size=2),
)
def test_any_json_is_an_entity_or_a_bad_answer(
    read: Callable[[object], object], data: object
) -> None:
    with suppress(StackOneBadAnswerError):
        read(data)


@given(data=mixed(ACCOUNT).map(lambda given_: {"id": "acc", "origin_owner_id": "7", **given_}))
def test_whatever_stackone_answers_of_an_account_fits_its_columns(data: dict[str, Any]) -> None:
    try:
        account = responses.account(data)
    except StackOneBadAnswerError:
        return
    assert is_identifier(account.account_id)
    texts = texts_in({**asdict(account), "origin_owner_id": ""})
    assert all(len(text) <= 255 for text in texts)
    for text in [*texts, account.origin_owner_id]:
        text.encode()
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", text)


def test_what_stackone_calls_an_account_orders_no_text_around_it_anew() -> None:
    account = responses.account(
        {"id": "acc", "origin_owner_id": "7", "label": "\u202egro\u202c\u200f \u2067x\u2069"}
    )
    assert account.label == "gro\u200f x"
