"""How many modules a reader passes on the way of one request: no longer than it is today."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from stackone_connect.testing.kit import StackOneSandbox
from tests.packaging.project import ROOT

pytestmark = pytest.mark.django_db

PACKAGE = ROOT / "stackone_connect"
#: What every reader knows by then, and what stands beside.
LEFT_OUT = {
    *("logs", "clock", "choices", "exceptions", "entities", "conf", "models", "signals"),
    *("sandbox", "testing", "migrations", "contrib", "checks", "admin"),
}
SESSIONS = "/api/stackone/connect-sessions/"


class Walk:
    """The modules of the package whose functions are called, one after the other."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    @property
    def moves(self) -> int:
        """How often a call is in another module than the one before."""
        return len([module for module, _ in groupby(self.calls)]) - 1

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """One call, as :func:`sys.setprofile` reports it."""
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            module = path.relative_to(PACKAGE).with_suffix("")
            if module.parts[0] not in LEFT_OUT:
                self.calls.append(str(module))


@contextmanager
def walk() -> Iterator[Walk]:
    """Follow what this thread calls."""
    walked = Walk()
    sys.setprofile(walked.note)
    try:
        yield walked
    finally:
        sys.setprofile(None)


@pytest.fixture
def post(client: Client, member: Any, stackone_sandbox: StackOneSandbox) -> Callable[..., Any]:
    """Posts as a member of an organization that has connected before: all is warm and pinned."""
    client.force_login(member)

    def send(path: str, **fields: Any) -> Any:
        return client.post(f"{SESSIONS}{path}", fields, content_type="application/json")

    assert send("").status_code == 201
    call_command("stackone_sync_accounts", verbosity=0)
    return send


def test_no_journey_is_longer_than_a_reader_can_follow(
    client: Client, post: Callable[..., Any], stackone_sandbox: StackOneSandbox
) -> None:
    with walk() as issue:
        session = post("", provider="bamboohr").json()
    account = stackone_sandbox.finish(session["token"])
    with walk() as complete:
        assert post(f"{session['id']}/complete/", account_id=account).status_code == 200
    stackone_sandbox.set_account_status(account, "error", "invalid_grant")
    with walk() as webhooks:
        stackone_sandbox.deliver()
    with walk() as sync:
        call_command("stackone_sync_accounts", verbosity=0)
    with walk() as disconnect:
        assert client.delete(f"/api/stackone/accounts/{account}/").status_code == 204
    assert issue.moves <= 30, issue.calls
    assert complete.moves <= 36, complete.calls
    assert webhooks.moves <= 85, webhooks.calls  # two deliveries
    assert sync.moves <= 65, sync.calls
    assert disconnect.moves <= 32, disconnect.calls
