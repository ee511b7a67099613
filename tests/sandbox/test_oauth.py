"""The OAuth popup: attempts, consent, and what a late answer does."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import ConnectionAttempt
from tests.sandbox.conftest import Browser, Server

CALLBACK = "/sandbox/embedded/accounts/callback"


def poll(session: Browser, attempt: str) -> Any:
    return session.call("GET", f"hub/connection_attempts/{attempt}").json()


def test_an_attempt_is_pending_until_it_is_answered(browser: Any) -> None:
    session = browser()
    attempt = session.attempt()
    assert poll(session, attempt) == {
        "id": attempt,
        "status": "pending",
        "account": None,
        "error": None,
    }


@pytest.mark.parametrize("token", ["another", "", None, 5])
def test_an_attempts_token_is_the_headers(browser: Any, token: object) -> None:
    answer = browser().call("POST", "hub/connection_attempts", {"token": token})
    assert answer.status_code == 400
    assert not ConnectionAttempt.objects.exists()


def test_another_sessions_attempt_does_not_exist(browser: Any) -> None:
    attempt = browser().attempt()
    other = browser()
    for method in ("GET", "DELETE"):
        for unknown in (attempt, "nosuch", "%00"):
            answer = other.call(method, f"hub/connection_attempts/{unknown}")
            assert answer.status_code == 404
    assert other.popup("gusto", attempt).status_code == 404


def test_allow_links_the_account(server: Server, browser: Any) -> None:
    session = browser(label="main")
    attempt = session.attempt()
    page = session.popup("gusto", attempt)
    assert page.status_code == 200
    assert "Allow access to Gusto?" in page.content.decode()
    done = session.answer(page, "allow")
    assert done.status_code == 200
    assert "Gusto is connected" in done.content.decode()
    assert "You can close this window" in done.content.decode()
    assert "stackone_sandbox/close.js" in done.content.decode()
    [account] = server.accounts()
    assert (account["provider"], account["label"]) == ("gusto", "main")
    assert poll(session, attempt) == {
        "id": attempt,
        "status": "authenticated",
        "account": {"id": account["id"]},
        "error": None,
    }


def test_deny_makes_no_account_and_says_so(server: Server, browser: Any) -> None:
    session = browser()
    attempt = session.attempt()
    done = session.answer(session.popup("gusto", attempt), "deny")
    assert "Gusto was not connected" in done.content.decode()
    assert poll(session, attempt) == {
        "id": attempt,
        "status": "error",
        "account": None,
        "error": {"code": "access_denied", "description": "The user denied the request."},
    }
    assert server.accounts() == []


def test_the_latest_attempt_is_told_to_the_server(server: Server) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        made = server.session()
        session = Browser(made["token"])

        def latest() -> Any:
            body = server.call("GET", f"connect_sessions/{made['id']}").json()
            return body["latest_connection_attempt"]

        first = session.attempt()
        page = session.popup("gusto", first)
        clock.shift(10)
        session.answer(page, "deny")
        assert latest() == {
            "id": first,
            "status": "error",
            "account_secure_id": None,
            "oauth_error_code": "access_denied",
            "oauth_error_description": "The user denied the request.",
            "created_at": "2026-03-01T10:00:00.000Z",
            "updated_at": "2026-03-01T10:00:10.000Z",
        }
        clock.shift(10)
        second = session.attempt()
        assert (latest()["id"], latest()["status"]) == (second, "pending")
        session.answer(session.popup("gusto", second), "allow")
        assert latest()["status"] == "authenticated"
        assert latest()["account_secure_id"] == server.accounts()[0]["id"]
        clock.shift(10)
        session.attempt()
        clock.shift(300)
        assert latest()["status"] == "cancelled"


def test_a_late_allow_after_a_cancellation_makes_no_account(server: Server, browser: Any) -> None:
    session = browser()
    attempt = session.attempt()
    page = session.popup("gusto", attempt)
    cancelled = session.call("DELETE", f"hub/connection_attempts/{attempt}")
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    late = session.answer(page, "allow")
    assert late.status_code == 409
    assert "This request is over" in late.content.decode()
    assert poll(session, attempt)["status"] == "cancelled"
    assert server.accounts() == []


def test_a_late_allow_after_five_minutes_makes_no_account(server: Server, browser: Any) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        session = browser()
        attempt = session.attempt()
        page = session.popup("gusto", attempt)
        clock.shift(299)
        assert poll(session, attempt)["status"] == "pending"
        clock.shift(1)
        assert poll(session, attempt)["status"] == "expired"
        assert session.answer(page, "allow").status_code == 409
        assert session.popup("gusto", attempt).status_code == 409
        assert server.accounts() == []


def test_a_late_allow_after_the_session_expired_makes_no_account(
    server: Server, browser: Any
) -> None:
    session = browser()
    page = session.popup("gusto", session.attempt())
    control.expire_token(session.token)
    assert session.answer(page, "allow").status_code == 409
    assert server.accounts() == []


def test_only_the_first_answer_counts(server: Server, browser: Any) -> None:
    session = browser(multiple=True)
    attempt = session.attempt()
    page = session.popup("gusto", attempt)
    assert session.answer(page, "allow").status_code == 200
    assert session.answer(page, "allow").status_code == 409
    assert session.answer(page, "deny").status_code == 409
    session.call("DELETE", f"hub/connection_attempts/{attempt}")
    assert poll(session, attempt)["status"] == "authenticated"
    assert len(server.accounts()) == 1


def test_what_is_neither_allow_nor_deny_is_no_consent(server: Server, browser: Any) -> None:
    session = browser()
    session.answer(session.popup("gusto", session.attempt()), "")
    assert server.accounts() == []


def test_fields_typed_before_the_popup_become_setup(server: Server, browser: Any) -> None:
    session = browser()
    attempt = session.attempt()
    refused = session.popup("googledrive", attempt)
    assert refused.status_code == 400
    assert "Workspace domain is required" in refused.content.decode()
    assert session.popup("googledrive", attempt, domain="acme\0.example").status_code == 400
    session.answer(session.popup("googledrive", attempt, domain="acme.example"), "allow")
    assert server.accounts()[0]["setup_information"] == {"domain": "acme.example"}


def test_the_popup_edits_where_the_form_would(server: Server, browser: Any) -> None:
    session = browser()
    session.answer(session.popup("googledrive", session.attempt(), domain="a.example"), "allow")
    first = server.accounts()[0]["id"]
    for again in (browser(provider="googledrive"), browser(account_id=first, multiple=True)):
        again.answer(again.popup("googledrive", again.attempt()), "allow")
    extra = browser(multiple=True)
    extra.answer(extra.popup("googledrive", extra.attempt(), domain="b.example"), "allow")
    domains = [account["setup_information"]["domain"] for account in server.accounts()]
    assert domains == ["a.example", "b.example"]


@pytest.mark.parametrize("provider", ["bamboohr", "nosuch"])
def test_only_oauth_connectors_of_the_session_have_a_consent_page(
    browser: Any, provider: str
) -> None:
    session = browser()
    assert session.popup(provider, session.attempt()).status_code in {400, 404}
    ats = browser(categories=["ats"])
    assert ats.popup("gusto", ats.attempt()).status_code == 404


def test_a_popup_with_a_token_that_is_no_longer_live_says_so(browser: Any) -> None:
    session = browser()
    attempt = session.attempt()
    control.expire_token(session.token)
    page = session.popup("gusto", attempt)
    assert page.status_code == 401
    assert "This link no longer works" in page.content.decode()


@pytest.mark.parametrize("state", ["", "nosuch"])
def test_an_answer_without_its_state_is_refused(browser: Any, state: str) -> None:
    session = browser()
    session.attempt()
    answer = session.client.post(CALLBACK, {"state": state, "decision": "allow"})
    assert answer.status_code == 404


def test_the_account_is_gone_when_consent_comes(server: Server, browser: Any) -> None:
    first = browser()
    first.answer(first.popup("gusto", first.attempt()), "allow")
    account_id = server.accounts()[0]["id"]
    session = browser(account_id=account_id)
    attempt = session.attempt()
    page = session.popup("gusto", attempt)
    server.call("DELETE", f"accounts/{account_id}")
    answer = session.answer(page, "allow")
    assert answer.status_code == 404
    assert "Account not found" in answer.content.decode()
    assert poll(session, attempt)["status"] == "pending"
    assert server.accounts() == []


def test_the_consent_page_shows_and_keeps_neither_token_nor_redirect(browser: Any) -> None:
    session = browser()
    page = session.popup("gusto", session.attempt())
    text = page.content.decode()
    assert session.token not in text
    assert "app.stackone.test" not in text
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    state = page.context["state"]
    assert state in text
    assert state not in str(list(ConnectionAttempt.objects.values()))


def test_the_callback_takes_posts_only(db: None) -> None:
    answer = Client().get(CALLBACK)
    assert answer.status_code == 405
