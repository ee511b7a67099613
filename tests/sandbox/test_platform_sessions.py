"""Connect sessions, as a backend asks for them."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.test.utils import override_script_prefix

from stackone_connect.sandbox.models import ConnectSession
from tests.sandbox.conftest import OWNER, Server


def test_a_session_is_answered_with_201_a_token_and_a_link(server: Server) -> None:
    with time_machine.travel("2026-03-01T10:00:00.123Z", tick=False):
        answer = server.call(
            "POST",
            "connect_sessions",
            OWNER
            | {
                "provider": "bamboohr",
                "categories": ["hris"],
                "origin_username": "ann@acme.example",
                "label": "main",
                "type": "test",
                "metadata": {"source": "billing"},
            },
        )
    body = answer.json()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    token, link = body.pop("token"), body.pop("auth_link_url")
    assert re.fullmatch(r"[A-Za-z0-9_-]{40,}", token)
    assert link == f"http://testserver/sandbox/embedded/integrations?token={token}"
    assert re.fullmatch(r"[0-9a-f-]{36}", body.pop("external_trigger_token"))
    assert isinstance(body.pop("id"), int)
    assert body == {
        "organization_id": "1001",
        "project_id": "sandbox-project",
        "categories": ["hris"],
        "provider": "bamboohr",
        "origin_owner_id": "org-1",
        "origin_owner_name": "Acme Inc",
        "origin_username": "ann@acme.example",
        "account_id": None,
        "label": "main",
        "created_at": "2026-03-01T10:00:00.123Z",
        "metadata": {"source": "billing"},
        "type": "test",
        "integration_id": None,
        "connector_profile_id": None,
        "latest_connection_attempt": None,
    }


def test_only_the_owner_is_required_and_null_is_absent(server: Server) -> None:
    optional = [
        "origin_username",
        "provider",
        "categories",
        "account_id",
        "multiple",
        "label",
        "type",
        "expires_in",
        "metadata",
        "connector_profile_id",
        "integration_id",
    ]
    body = server.session(**dict.fromkeys(optional))
    assert body["type"] == "production"
    assert body["categories"] is None
    assert body["metadata"] == {}


def test_fields_that_the_sandbox_does_not_know_are_let_through(server: Server) -> None:
    assert server.session(relink=True, shared=False, provider_version="1")["id"]


def test_the_link_works_under_a_script_prefix_and_on_another_host(server: Server) -> None:
    server.client.defaults["HTTP_HOST"] = "demo.example:8000"
    with override_script_prefix("/shop/"):
        link = server.session()["auth_link_url"]
    assert link.startswith("http://demo.example:8000/shop/sandbox/embedded/integrations?token=")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"origin_owner_id": None}, "origin_owner_id must be a string"),
        ({"origin_owner_id": " "}, "origin_owner_id should not be empty"),
        ({"origin_owner_name": 7}, "origin_owner_name must be a string"),
        (
            {"origin_owner_name": "x" * 256},
            "origin_owner_name must be shorter than or equal to 255 characters",
        ),
        ({"label": 1}, "label must be a string"),
        ({"multiple": "yes"}, "multiple must be a boolean value"),
        ({"metadata": []}, "metadata must be an object"),
        ({"expires_in": "60"}, "expires_in must be a number"),
        ({"expires_in": True}, "expires_in must be a number"),
        ({"expires_in": 0}, "expires_in must be between 1 and 315360000"),
        ({"expires_in": 10**400}, "expires_in must be between 1 and 315360000"),
        ({"type": "PRODUCTION"}, "type must be one of the following values: production, test"),
    ],
)
def test_a_field_of_the_wrong_kind_is_answered_with_400(
    server: Server, fields: dict[str, object], error: str
) -> None:
    answer = server.call("POST", "connect_sessions", OWNER | fields)
    body = answer.json()
    assert answer.status_code == 400
    assert body["statusCode"] == 400
    assert body["message"] == error
    assert body["errors"] == [error]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert not ConnectSession.objects.exists()


@pytest.mark.parametrize("categories", ["hris", ["HRIS"], ["hris", "hrisLegacy"], [1]])
def test_categories_are_a_list_of_stackones_lower_case_names(
    server: Server, categories: object
) -> None:
    answer = server.call("POST", "connect_sessions", OWNER | {"categories": categories})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("each value in categories must be one of")


def test_all_problems_are_told_at_once(server: Server) -> None:
    body = server.call("POST", "connect_sessions", {"multiple": 1}).json()
    assert len(body["errors"]) == 3
    assert body["message"] == "; ".join(body["errors"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b'{"metadata": {"a": NaN}}',
        b'{"metadata": {"a": 1e999}}',
        b'{"label": "\\u0000"}',
        b'{"label": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_storable_json_object_is_answered_with_400(
    server: Server, raw: bytes
) -> None:
    answer = server.client.post(
        "/sandbox/connect_sessions",
        raw,
        content_type="application/json",
        headers={"Authorization": server.authorization},
    )
    assert answer.status_code == 400
    assert answer.json()["statusCode"] == 400


def test_a_text_about_a_nul_character_is_a_text(server: Server) -> None:
    assert server.session(label=r"\u0000 \\u0000")["label"] == r"\u0000 \\u0000"
    assert server.call("POST", "connect_sessions", OWNER | {"label": "\\\0"}).status_code == 400


def test_a_huge_body_is_answered_with_413(server: Server) -> None:
    answer = server.call("POST", "connect_sessions", OWNER | {"label": "x" * 3_000_000})
    assert answer.status_code == 413
    assert answer.json()["message"] == "Payload Too Large"


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"account_id": "GnQoASvosYhE5wJcmmAQs"}, 404, "Account not found"),
        ({"account_id": "../x"}, 404, "Account not found"),
        ({"provider": "nosuch"}, 400, "Provider nosuch is not known"),
        ({"provider": "teamtailor"}, 400, "No usable connector profile for teamtailor"),
        ({"connector_profile_id": "nosuch"}, 400, "Connector profile not found"),
        (
            {"connector_profile_id": "sandbox-teamtailor"},
            400,
            "No usable connector profile for sandbox-teamtailor",
        ),
        (
            {"provider": "lever", "integration_id": "sandbox-bamboohr"},
            400,
            "No usable connector profile for lever",
        ),
        (
            {"provider": "lever", "provider_version": "9.9.9"},
            400,
            "No usable connector profile for lever",
        ),
        ({"provider_version": 1}, 400, "provider_version must be a string"),
    ],
)
def test_what_does_not_exist_or_is_not_usable_is_refused(
    server: Server, fields: dict[str, str], status: int, message: str
) -> None:
    answer = server.call("POST", "connect_sessions", OWNER | fields)
    assert answer.status_code == status
    assert answer.json()["message"] == message
    assert not ConnectSession.objects.exists()


@pytest.mark.parametrize("version", ["1.0.0", None])
def test_a_version_that_a_usable_profile_has_is_taken(server: Server, version: str | None) -> None:
    assert server.session(provider="lever", provider_version=version)["provider"] == "lever"


def test_a_token_authenticates_its_session(server: Server) -> None:
    created = server.session(label="x")
    answer = server.call("POST", "connect_sessions/authenticate", {"token": created["token"]})
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"] == created["id"]
    assert body["label"] == "x"
    assert "token" not in body
    assert "auth_link_url" not in body


def test_a_token_lives_half_an_hour_unless_told_otherwise(server: Server) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        usual, brief = server.session(), server.session(expires_in=60)

        def status(session: dict[str, str]) -> int:
            body = {"token": session["token"]}
            answer = server.call("POST", "connect_sessions/authenticate", body)
            return int(answer.status_code)

        clock.shift(59)
        assert status(brief) == 201
        clock.shift(1)
        assert status(brief) == 401
        clock.shift(1800 - 60 - 1)
        assert status(usual) == 201
        clock.shift(1)
        assert status(usual) == 401


@pytest.mark.parametrize(("token", "status"), [("nosuch", 401), ("\ud800", 400), (None, 400)])
def test_a_token_that_is_none_is_refused(server: Server, token: object, status: int) -> None:
    answer = server.call("POST", "connect_sessions/authenticate", {"token": token})
    assert answer.status_code == status


def test_a_session_can_be_read_after_it_expired_and_without_its_token(server: Server) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        created = server.session()
        clock.shift(5000)
        answer = server.call("GET", f"connect_sessions/{created['id']}")
    assert answer.status_code == 200
    secret = ("token", "auth_link_url", "external_trigger_token")
    expected = {name: value for name, value in created.items() if name not in secret}
    assert answer.json() == expected | {"external_trigger_token": None}


@pytest.mark.parametrize("session_id", ["0", "999", "-1", "x", "1.5", "9" * 30, "٣", "%00"])
def test_an_unknown_session_is_answered_with_404(server: Server, session_id: str) -> None:
    answer = server.call("GET", f"connect_sessions/{session_id}")
    assert answer.status_code == 404
    assert answer.json()["statusCode"] == 404


def test_the_token_is_in_no_row(server: Server) -> None:
    token = server.session()["token"]
    row = ConnectSession.objects.values().get()
    assert token not in str(row)
    assert len(row["token_digest"]) == 64
