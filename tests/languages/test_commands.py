"""What commands print for people is in the project's language; what machines read is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import responses
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import translation

from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.services import retention
from tests.fakes import ANY_ADDRESS, FakeStackOne
from tests.languages.catalogues import LANGUAGES, left_in

pytestmark = pytest.mark.django_db


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """``LANGUAGE_CODE`` of the project."""
    with translation.override(request.param):
        yield request.param


def run(name: str, *arguments: str) -> str:
    """All that a command says, the error that it ends with included."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=out, no_color=True)
    except CommandError as error:
        out.write(str(error))
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    "command",
    [
        ("stackone_process",),
        ("stackone_process", "--no-poll"),
        ("stackone_process_webhooks",),
        ("stackone_prune",),
        ("stackone_prune", "--dry-run"),
        ("stackone_sync_accounts", "--force"),
        ("stackone_sync_accounts",),
        ("stackone_sync_accounts", "--organization", "0"),
    ],
    ids=" ".join,
)
def test_a_command(
    command: tuple[str, ...],
    language: str,
    everything: OriginOwner,
    stackone: FakeStackOne,
) -> None:
    said = run(*command)
    assert said
    assert left_in(said, language) == []


@pytest.mark.parametrize("path", ["create", "multiple", "update", "undetermined"])
def test_a_link(path: str, language: str, owner: OriginOwner, stackone: FakeStackOne) -> None:
    options = {"create": ["--provider", "bamboohr"], "update": ["--account-id", "acc-1"]}
    if path == "update":
        stackone.link(owner.origin_owner_id, account_id="acc-1")
    run("stackone_connect_session", "--organization", str(owner.organization_id))
    said = run(
        "stackone_connect_session",
        *("--organization", str(owner.organization_id)),
        *options.get(path, []),
    )
    newest = ConnectSession.objects.all()[0]
    assert str(newest.pk) in said
    assert left_in(said, language) == []


def test_a_link_that_is_not_made(language: str, owner: OriginOwner, stackone: FakeStackOne) -> None:
    key = str(owner.organization_id)
    bad = run("stackone_connect_session", "--organization", key, "--provider", "a b")
    assert bad.startswith("--provider: ")
    assert left_in(bad, language) == []
    stackone.failing["create_connect_session"] = StackOneUnavailableError()
    assert left_in(run("stackone_connect_session", "--organization", key), language) == []


def test_a_database_that_can_not(
    language: str, monkeypatch: pytest.MonkeyPatch, owner: OriginOwner
) -> None:
    def fail(**_: Any) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(retention, "prune", fail)
    monkeypatch.setattr("stackone_connect.database_errors.is_unavailable", lambda error: True)
    assert left_in(run("stackone_prune"), language) == []


@responses.activate
@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
def test_the_doctor(
    status: int, language: str, everything: OriginOwner, configure: Callable[..., None]
) -> None:
    responses.get(ANY_ADDRESS, status=status, json=[], headers={"x-request-id": "req-1"})
    OriginOwner.objects.filter(pk=everything.pk).update(origin_owner_name="Acme before")
    configure(DEADLINE=2)
    said = run("stackone_doctor")
    assert "Acme before" in said
    assert left_in(said, language) == []


@responses.activate
def test_the_doctor_of_nothing(language: str, db: None) -> None:
    responses.get(ANY_ADDRESS, json=[])
    assert left_in(run("stackone_doctor"), language) == []


@responses.activate
def test_the_doctors_findings_for_machines_are_the_same_in_every_language(language: str) -> None:
    responses.get(ANY_ADDRESS, json=[])
    told = run("stackone_doctor", "--json")
    findings = json.loads(told[: told.rindex("}") + 1])["findings"]
    titles = {finding["title"] for finding in findings}
    assert {"API key", "Webhook secrets", "Linked accounts"} <= titles
