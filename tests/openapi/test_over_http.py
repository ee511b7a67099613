"""Schemathesis against a running server: every documented operation, the webhook included."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.api.test_real_servers import free_port
from tests.background.conftest import SharedDatabase, comes_true
from tests.openapi.conftest import closed
from tests.openapi.test_schemathesis import CONFORMS, REFUSES, with_known_ids
from tests.webhooks.deliveries import SECRET, signature_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
DOCUMENTED = json.loads(PAGE.read_text(encoding="utf-8"))
OPERATIONS = [
    operation["operationId"] for item in DOCUMENTED["paths"].values() for operation in item.values()
]


@pytest.fixture
def site() -> Any:
    """What docs/openapi.json says, and nothing more; who calls is signed in here."""
    strict = closed(DOCUMENTED)
    for item in strict["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(strict)


@pytest.fixture
def server(shared_database: SharedDatabase) -> Iterator[str]:
    """The address of gunicorn, which serves the site and the sandbox."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ["-k", "gthread", "--threads", "4", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    with shared_database.process(
        "gunicorn",
        *(*words, "django.core.wsgi:get_wsgi_application()"),
        DJANGO_SETTINGS_MODULE="tests.openapi.server_settings",
        STACKONE_BASE_URL=f"{url}/sandbox",
        WEBHOOK_SECRET=SECRET,
    ) as process:
        assert comes_true(lambda: process.poll() is not None or listens(port))
        assert process.poll() is None, "the server did not start"
        yield url


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_webhook_is_one_of_them() -> None:
    assert {"stackone_webhooks", "stackone_project_webhooks"} < {*OPERATIONS}


@pytest.mark.parametrize("operation_id", OPERATIONS)
@pytest.mark.parametrize("mode", GenerationMode)
def test_a_running_server_answers_nothing_but_what_is_documented(
    operation_id: str,
    mode: GenerationMode,
    site: Any,
    server: str,
    signed_in: dict[str, dict[str, str]],
    known: dict[str, str],
) -> None:
    (operation,) = (
        found.ok()
        for found in site.get_all_operations()
        if found.ok().definition.raw["operationId"] == operation_id
    )
    is_webhook = "webhooks" in operation_id
    is_allowed = mode is GenerationMode.POSITIVE
    statuses = set()
    http = requests.Session()
    http.trust_env = False

    @given(case=operation.as_strategy(mode), exists=st.booleans())
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Case[Any], exists: bool) -> None:
        if exists:
            with_known_ids(case, known | {"project": "default"})
        prepared = http.prepare_request(
            requests.Request(**case.as_transport_kwargs(base_url=server))
        )
        if not is_webhook:
            prepared.headers.update(signed_in["headers"])
            prepared.headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in signed_in["cookies"].items()
            )
        elif exists:
            body = prepared.body or b""
            raw = body.encode() if isinstance(body, str) else body
            prepared.headers["x-stackone-signature"] = signature_of(raw)
        answer = http.send(prepared, timeout=30)
        statuses.add(answer.status_code)
        refuses = not is_allowed and not is_webhook  # a stranger's body is not read
        case.validate_response(answer, checks=[*CONFORMS, REFUSES] if refuses else CONFORMS)

    call()
    if is_webhook:
        assert statuses & {401, 404}, "what StackOne has not signed is refused"
        assert 200 in statuses or not is_allowed
    else:
        assert not statuses & {401, 403}, "the member was signed in"
        assert min(statuses) < 300 or not is_allowed
