"""Schemathesis reads the schema and calls the API as the schema allows, and as it forbids."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.openapi.conftest import Json, closed
from tests.openapi.test_answers import OPERATIONS

CONFORMS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REFUSES: Any = negative_data_rejection


@pytest.fixture(autouse=True)
def _the_tests_own_connection_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request gives its connection back in the end; here it is the test's own."""
    own = connections[DEFAULT_DB_ALIAS]
    monkeypatch.setattr(own, "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def site(schema: Json) -> Any:
    """The running app, described; an answer with a field that is not described does not conform."""
    strict = closed(schema)
    for item in strict["paths"].values():
        for operation in item.values():
            del operation["security"]  # the member signs in here, not schemathesis
    loaded = schemathesis.openapi.from_dict(strict)
    loaded.app = WSGIHandler()
    return loaded


def with_known_ids(case: Case[Any], known: dict[str, str]) -> None:
    """Ask for what exists; a generated id never does."""
    given = case.path_parameters or {}
    case.path_parameters = {name: known.get(name, value) for name, value in given.items()}
    if isinstance(case.body, dict) and "account_id" in case.body:
        case.body = case.body | {"account_id": known["account_id"]}


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.parametrize("mode", GenerationMode)
def test_no_call_breaks_the_api_or_gets_an_answer_that_is_not_described(
    operation_id: str,
    mode: GenerationMode,
    site: Any,
    signed_in: Any,
    known: dict[str, str],
    configure: Any,
) -> None:
    configure(THROTTLE_RATE=None, ALLOW_MULTIPLE=True)
    (operation,) = (
        found.ok()
        for found in site.get_all_operations()
        if found.ok().definition.raw["operationId"] == f"stackone_{operation_id}"
    )
    allowed = mode is GenerationMode.POSITIVE
    statuses = set()

    @given(case=operation.as_strategy(mode), exists=st.booleans())
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Case[Any], exists: bool) -> None:
        if allowed and exists:
            with_known_ids(case, known)
        answer = case.call(**signed_in)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CONFORMS if allowed else [*CONFORMS, REFUSES])

    call()
    assert not statuses & {401, 403}, "the member was signed in"
    assert min(statuses) < 300 or not allowed
