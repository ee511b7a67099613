"""One line per event that a person can read and a machine can parse."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect import logs


class Kept(logging.Handler):
    """Keeps the records of the logger, at every level."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def record_of(level: int = logging.WARNING, **values: Any) -> logging.LogRecord:
    kept = Kept()
    logs.logger.addHandler(kept)
    try:
        logs.write(level, "connect_session.failed", **values)
    finally:
        logs.logger.removeHandler(kept)
    [record] = kept.records
    return record


def line_of(**values: Any) -> str:
    return record_of(**values).getMessage()


def test_a_line_is_the_event_and_then_every_key_in_the_order_given() -> None:
    line = line_of(path="create", organization=7, provider="bamboohr", duration_ms=182)
    assert line == (
        "connect_session.failed path=create organization=7 provider=bamboohr duration_ms=182"
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_key_without_a_value_is_there_with_a_dash(nothing: str | None) -> None:
    assert line_of(provider=nothing, code="x") == "connect_session.failed provider=- code=x"


@pytest.mark.parametrize("value", [0, False])
def test_zero_and_false_are_values(value: Any) -> None:
    assert line_of(value=value) == f"connect_session.failed value={value}"


@pytest.mark.parametrize(
    "value", ["bamboohr", "a.b-c_d:e/f", "Zoë", "東京", "a,b;c", "a\\b", "{x}", "%s"]
)
def test_a_plain_value_is_not_quoted(value: str) -> None:
    assert line_of(value=value) == f"connect_session.failed value={value}"


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("Bamboo HR", '"Bamboo HR"'),
        ('say "hi"', r'"say \"hi\""'),
        ("it's", '"it\'s"'),
        ("a=b", '"a=b"'),
        ("two\nlines", r'"two\nlines"'),
        ("a\r\tb", r'"a\r\tb"'),
        ("\u2028", r'"\u2028"'),
        ("\x00\x1b[31m", r'"\u0000\u001b[31m"'),
        ("\ud800", r'"\ud800"'),
    ],
)
def test_a_value_that_could_be_misread_is_quoted(value: str, quoted: str) -> None:
    assert line_of(value=value) == f"connect_session.failed value={quoted}"


def test_a_value_with_a_percent_sign_is_no_format() -> None:
    assert line_of(value="100%s") == "connect_session.failed value=100%s"


@given(st.text(st.characters(exclude_categories=())))
def test_any_value_leaves_one_line_from_which_it_can_be_read_again(value: str) -> None:
    line = line_of(value=value, next="x")
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()
    found = re.fullmatch(r'connect_session\.failed value=("(?:[^"\\]|\\.)*"|[^ ]+) next=x', line)
    assert found is not None
    shown = found[1]
    read = json.loads(shown) if shown.startswith('"') else shown
    assert read == (value or "-")


def test_the_same_values_travel_as_extra_under_the_names_for_machines() -> None:
    session = UUID(int=7)
    record = record_of(
        path="create",
        predicted="update",
        outcome="create",
        organization=7,
        provider="bamboohr",
        session=session,
        account="acc",
        code="stackone_unavailable",
        duration_ms=182,
    )
    extras = {
        name: getattr(record, name)
        for name in (
            *("event", "connect_path", "predicted_path", "outcome", "organization_id"),
            *("provider", "session_id", "account_id", "error_code", "duration_ms"),
        )
    }
    assert extras == {
        "event": "connect_session.failed",
        "connect_path": "create",
        "predicted_path": "update",
        "outcome": "create",
        "organization_id": 7,
        "provider": "bamboohr",
        "session_id": session,
        "account_id": "acc",
        "error_code": "stackone_unavailable",
        "duration_ms": 182,
    }


def test_an_extra_keeps_none_where_the_line_has_a_dash() -> None:
    record = record_of(code=None)
    assert "code=-" in record.getMessage()
    assert record.__dict__["error_code"] is None


@pytest.fixture
def _every_record_says_whose_request_it_is() -> Iterator[None]:
    """As hosts with many tenants have it, for all their lines."""
    ordinary = logging.getLogRecordFactory()

    def made(*args: Any, **named: Any) -> logging.LogRecord:
        record = ordinary(*args, **named)
        record.__dict__.update(organization_id="acme", session_id="cookie", event="request")
        return record

    logging.setLogRecordFactory(made)
    yield
    logging.setLogRecordFactory(ordinary)


@pytest.mark.usefixtures("_every_record_says_whose_request_it_is")
def test_attributes_that_the_hosts_records_have_already_stay_and_the_line_has_ours() -> None:
    record = record_of(organization=7, session="s-1", provider="bamboohr")
    line = "connect_session.failed organization=7 session=s-1 provider=bamboohr"
    assert record.getMessage() == line
    assert record.__dict__["provider"] == "bamboohr"
    names = ("organization_id", "session_id", "event")
    assert [record.__dict__[name] for name in names] == ["acme", "cookie", "request"]


def test_a_line_says_its_level_and_comes_from_our_logger() -> None:
    record = record_of(logging.ERROR)
    assert (record.levelno, record.name) == (logging.ERROR, "stackone_connect")


def test_a_level_that_nobody_listens_to_costs_no_line(caplog: pytest.LogCaptureFixture) -> None:
    class Unreadable:
        def __str__(self) -> str:
            raise AssertionError("read although nobody listens")

    with caplog.at_level(logging.ERROR, logger="stackone_connect"):
        logs.write(logging.INFO, "connect_session.issued", value=Unreadable())
    assert caplog.records == []
