"""What holds a thread of the site counts for ``MAX_CONCURRENT_CALLS``, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from stackone_connect import background, clock
from stackone_connect.client import concurrency
from stackone_connect.models import WebhookEvent
from tests.api.conftest import Api
from tests.factories import AccountFactory, SessionFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

CALLS: dict[str, tuple[str, Callable[[Api, Any], Any]]] = {
    "issue": ("create_connect_session", lambda api, account: api.issue()),
    "complete": (
        "get_account",
        lambda api, account: api.complete(api.issue().json()["id"], account.account_id),
    ),
    "disconnect": (
        "delete_account",
        lambda api, account: api.http.delete(f"/api/stackone/accounts/{account.account_id}/"),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_asks_stackone_takes_a_turn(
    call: str, api: Api, stackone: FakeStackOne, owner: Any
) -> None:
    asked, send = CALLS[call]
    at_stackone = stackone.link(owner.origin_owner_id)
    account = AccountFactory.create(owner=owner, account_id=at_stackone.account_id)
    limited: list[bool] = []
    stackone.during[asked] = lambda: limited.append(not concurrency.is_unlimited.get())
    assert send(api, account).status_code < 300
    assert limited
    assert all(limited)


@pytest.mark.parametrize(
    "command",
    ["stackone_process", "stackone_sync_accounts", "stackone_doctor", "stackone_connect_session"],
)
def test_a_command_holds_no_thread_of_the_site_and_is_not_limited(
    command: str, stackone: FakeStackOne, owner: Any
) -> None:
    unlimited: list[bool] = []

    def note() -> None:
        unlimited.append(concurrency.is_unlimited.get())

    stackone.link(owner.origin_owner_id)
    SessionFactory.create(owner=owner, expires_at=clock.now())
    for call in ("latest_attempt", "accounts_page", "create_connect_session", "accounts_of"):
        stackone.during[call] = note
    options = ["--organization", str(owner.organization_id)] if command.endswith("session") else []
    with suppress(CommandError, SystemExit):
        call_command(command, *options)
    assert unlimited
    assert all(unlimited)
    assert not concurrency.is_unlimited.get(), "what comes after it in this thread is limited again"


def inline(job: str, **ids: Any) -> None:
    """The job in this thread, after the response, as ``BACKGROUND = "inline"`` has it."""
    response = background.DeferredResponse({})
    background.enqueue(job, after=response, **ids)
    response.close()


@pytest.mark.parametrize(("run", "is_unlimited"), [(background.run, True), (inline, False)])
def test_only_a_queue_of_its_own_is_not_limited(
    run: Callable[..., None], is_unlimited: bool, stackone: FakeStackOne, owner: Any
) -> None:
    account = stackone.link(owner.origin_owner_id)
    event = WebhookEvent.objects.create(
        project="default", event="account.updated", account_id=account.account_id, digest="1"
    )
    found: list[bool] = []
    stackone.during["get_account"] = lambda: found.append(concurrency.is_unlimited.get())
    run("process_event", event_id=event.pk)
    assert found == [is_unlimited]
