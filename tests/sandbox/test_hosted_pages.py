"""The page behind ``auth_link_url``, in its plain form and with StackOne's hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import ConnectionAttempt
from tests.sandbox.conftest import Browser, Server

HOSTED = "/sandbox/embedded/integrations"
FORM = {"field-subdomain": "acme", "field-api_key": "bamboo-secret-wxyz"}


@pytest.fixture(autouse=True)
def without_the_hub(settings: Settings) -> None:
    """As on a machine that never fetched the hub's script."""
    settings.STATICFILES_DIRS = []


def visit(session: Browser, **query: str) -> Any:
    return session.client.get(HOSTED, query_params={"token": session.token} | query)


def submit(session: Browser, provider: str, **fields: str) -> Any:
    data = {"token": session.token, "connector": f"sandbox-{provider}"} | fields
    return session.client.post(HOSTED, data)


def linked(page: Any) -> list[str]:
    return re.findall(r"connector=sandbox-(\w+)", page.content.decode())


def test_the_auth_link_opens_the_list_of_connectors_by_category(server: Server) -> None:
    made = server.session(categories=["ats", "crm"])
    page = server.client.get(made["auth_link_url"])
    assert page.status_code == 200
    assert "Acme Inc" in page.content.decode()
    assert linked(page) == ["greenhouse", "lever", "hubspot", "personio"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"


def test_the_only_connector_opens_at_its_form(browser: Any) -> None:
    page = visit(browser(provider="bamboohr"))
    assert "<h1>Connect BambooHR</h1>" in page.content.decode()
    assert 'name="field-subdomain" required' in page.content.decode()
    assert "Choose another" not in page.content.decode()


def test_a_connector_is_chosen_from_the_list(browser: Any) -> None:
    page = visit(browser(), connector="sandbox-lever")
    assert "<h1>Connect Lever</h1>" in page.content.decode()
    assert "Choose another" in page.content.decode()


def test_a_list_without_connectors_says_so(browser: Any) -> None:
    assert "nothing to connect" in visit(browser(categories=["lms"])).content.decode()


def test_the_form_links_the_account(server: Server, browser: Any) -> None:
    done = submit(browser(label="main"), "bamboohr", **FORM)
    assert done.status_code == 200
    assert "BambooHR is connected" in done.content.decode()
    [account] = server.accounts()
    assert (account["provider"], account["label"]) == ("bamboohr", "main")


def test_a_refused_form_keeps_what_was_typed_but_no_secret(server: Server, browser: Any) -> None:
    page = submit(browser(), "bamboohr", **FORM | {"field-subdomain": 'No! "quoted"'})
    text = page.content.decode()
    assert page.status_code == 400
    assert "<title>Error: Connect BambooHR" in text
    assert 'href="#field-subdomain"' in text
    assert 'aria-invalid="true" aria-describedby="field-subdomain-problem"' in text
    assert 'value="No! &quot;quoted&quot;"' in text
    assert FORM["field-api_key"] not in text
    assert server.accounts() == []


@pytest.mark.parametrize("field", ["field-api_key", "field-on_behalf_of"])
def test_a_character_that_no_database_keeps_is_refused(
    server: Server, browser: Any, field: str
) -> None:
    page = submit(browser(), "greenhouse", **{"field-api_key": "secret", field: "12\x003"})
    assert page.status_code == 400
    assert server.accounts() == []


def test_an_account_that_exists_opens_for_update_and_shows_no_secret(
    server: Server, browser: Any
) -> None:
    account_id = browser().connect().json()["id"]
    session = browser(account_id=account_id)
    text = visit(session).content.decode()
    assert "<h1>Update BambooHR</h1>" in text
    assert 'value="acme"' in text
    assert "••••wxyz" in text
    assert "bamboo-secret" not in text
    done = submit(session, "bamboohr", **{"field-subdomain": "acme-2", "field-api_key": ""})
    assert done.status_code == 200
    [account] = server.accounts()
    assert account["setup_information"] == {"subdomain": "acme-2"}


def test_an_oauth_connector_goes_on_to_the_consent_page(server: Server, browser: Any) -> None:
    session = browser(provider="gusto")
    assert "Continue to Gusto" in visit(session).content.decode()
    consent = submit(session, "gusto")
    assert "Allow access to Gusto?" in consent.content.decode()
    assert session.token not in consent.content.decode()
    session.answer(consent, "allow")
    assert [account["provider"] for account in server.accounts()] == ["gusto"]


def test_an_oauth_form_is_checked_before_consent(browser: Any) -> None:
    page = submit(browser(), "googledrive")
    assert page.status_code == 400
    assert "Workspace domain is required" in page.content.decode()
    assert ConnectionAttempt.objects.get().state_digest == ""


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["", "nosuch"])
def test_a_link_without_a_live_token_says_that_it_no_longer_works(
    db: None, method: str, token: str
) -> None:
    client = Browser(token).client
    page = getattr(client, method)(HOSTED, {"token": token})
    assert page.status_code == 401
    assert "This link no longer works" in page.content.decode()


def test_an_expired_link_connects_nothing(server: Server, browser: Any) -> None:
    session = browser()
    control.expire_token(session.token)
    assert submit(session, "bamboohr", **FORM).status_code == 401
    assert server.accounts() == []


@pytest.mark.parametrize("connector", ["sandbox-nosuch", "sandbox-lever"])
def test_a_connector_that_the_session_does_not_allow_is_refused(
    browser: Any, connector: str
) -> None:
    session = browser(categories=["hris"])
    page = visit(session, connector=connector)
    assert page.status_code == 404
    assert "Connector not found" in page.content.decode()


def test_a_disabled_connector_connects_nothing(server: Server, browser: Any) -> None:
    session = browser()
    assert "teamtailor" not in linked(visit(session))
    page = submit(session, "teamtailor", **{"field-api_key": "k"})
    assert page.status_code == 400
    assert "Teamtailor is not enabled" in page.content.decode()
    assert server.accounts() == []


@pytest.fixture
def with_the_hub(without_the_hub: None, settings: Settings, tmp_path: Path) -> None:
    """As on a machine that has the hub's script among its static files."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "stackone-hub.js").touch()
    settings.STATICFILES_DIRS = [tmp_path]


@pytest.mark.usefixtures("with_the_hub")
def test_with_its_script_the_hub_itself_is_shown(browser: Any) -> None:
    account_id = browser().connect().json()["id"]
    session = browser(account_id=account_id)
    text = visit(session).content.decode()
    assert 'src="/static/vendor/stackone-hub.js"' in text
    assert f'token="{session.token}" base-url="/sandbox" app-url="/sandbox"' in text
    assert f'account-id="{account_id}"' in text
    assert "account-id" not in visit(browser()).content.decode()


@pytest.mark.usefixtures("with_the_hub")
def test_the_plain_form_can_be_had_instead_of_the_hub(browser: Any) -> None:
    session = browser()
    assert f"?plain&amp;token={session.token}" in visit(session).content.decode()
    assert "bamboohr" in linked(visit(session, plain=""))
