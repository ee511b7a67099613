"""What is read out of a body, and when two bodies are the same event."""

from __future__ import annotations

import json
from bisect import bisect_left
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect.exceptions import InvalidEventError
from stackone_connect.services._webhooks import parsing
from stackone_connect.services._webhooks.parsing import AccountEvent
from tests.webhooks.deliveries import event_body

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("event", "account_id", "record_id", "event_date", "origin_owner_id", "provider"), JSON
    ),
)


def hint(body: bytes) -> AccountEvent:
    found = parsing.parse(body, project="default")[1]
    assert found is not None
    return found


def test_the_allow_listed_fields_are_read() -> None:
    found = hint(event_body("account.updated", origin_owner_id="7", setup_information={"a": "b"}))
    assert (found.event, found.account_id) == ("account.updated", "linked-1")
    assert (found.origin_owner_id, found.provider) == ("7", "bamboohr")
    assert found.event_date == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(("record_id", "read"), [(4711, "4711"), ("linked-2", "linked-2")])
def test_the_account_may_be_named_by_its_record_alone_also_as_a_number(
    record_id: Any, read: str
) -> None:
    assert hint(event_body(account_id=None, record_id=record_id)).account_id == read


@pytest.mark.parametrize("event_date", ["yesterday", "", 5, None, True, [], "9999-12-31T23:59:59Z"])
def test_an_unreadable_event_date_is_as_none(event_date: Any) -> None:
    assert hint(event_body(event_date=event_date)).event_date is None


@pytest.mark.parametrize("event_date", ["2026-01-31T12:00:00.000Z", "yesterday", None])
def test_deliveries_that_differ_only_in_when_they_were_sent_are_the_same(event_date: Any) -> None:
    first, again = (event_body(event_date=event_date, sent_at=at) for at in ("once", "again"))
    assert first != again
    assert hint(first).digest == hint(again).digest


@pytest.mark.parametrize("event_date", ["2026-01-31T12:00:00.000Z", None])
@pytest.mark.parametrize(
    "change", [{"account_id": "linked-2"}, {"event": "account.updated"}, {"project_id": "other"}]
)
def test_another_account_event_or_project_is_another_event(event_date: Any, change: Any) -> None:
    body = event_body(event_date=event_date)
    assert hint(event_body(event_date=event_date, **change)).digest != hint(body).digest


def test_another_event_date_is_another_event_and_another_way_to_write_it_is_not() -> None:
    digest = hint(event_body()).digest
    assert hint(event_body(event_date="2026-01-31T13:00:00+01:00")).digest == digest
    assert hint(event_body(event_date="2026-01-31T12:00:00.001Z")).digest != digest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\xfd",
        b"junk",
        b"[]",
        b"null",
        b'"account.created"',
        b"{}",
        b'{"event": ""}',
        b'{"event": {"name": "account.created"}}',
        b"[" * 100_000,
        b'{"event": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidEventError):
        parsing.parse(body, project="default")


@pytest.mark.parametrize(
    "account_id", [None, "", "..", "a/b", "a b", "ä", "a\x00", "a" * 256, {"id": "a"}, True, 1.5]
)
def test_an_account_event_must_name_an_account_that_can_be_one(account_id: Any) -> None:
    with pytest.raises(InvalidEventError):
        hint(event_body(account_id=account_id, record_id=account_id))


def test_nesting_as_deep_as_can_be_parsed_is_read_or_refused() -> None:
    def nested(depth: int) -> bytes:
        deep = b"[" * depth + b"]" * depth
        return b'{"event": "account.created", "account_id": "a", "x": ' + deep + b"}"

    def is_refused(depth: int) -> bool:
        try:
            parsing.parse(nested(depth), project="default")
        except InvalidEventError:
            return True
        return False

    too_deep = bisect_left(range(100_000), True, key=is_refused)
    for depth in range(too_deep - 20, too_deep):
        with suppress(InvalidEventError):
            assert hint(nested(depth)).account_id == "a"


@pytest.mark.parametrize("event", ["hris_employees.created", "accounts.created", "account", "x"])
def test_any_other_event_hints_at_no_account(event: str) -> None:
    assert parsing.parse(event_body(event), project="default")[1] is None


@given(fields=FIELDS, is_account=st.booleans())
def test_whatever_the_fields_are_they_are_read_or_refused(fields: Any, is_account: bool) -> None:
    if is_account:
        fields |= {"event": "account.created", "account_id": "linked-1"}
    try:
        found = parsing.parse(json.dumps(fields).encode(), project="default")[1]
    except InvalidEventError:
        assert not is_account
        return
    if found is not None:
        texts = (found.event, found.account_id, found.origin_owner_id, found.provider)
        assert all(len(text) <= 255 and "\x00" not in text for text in texts)
