"""The examples in docs/commands.md are what the commands print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import responses
from django.core.management import call_command
from django.core.management.base import CommandError

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.models import OriginOwner, WebhookEvent
from tests.factories import AccountFactory, SessionFactory, snapshot_of
from tests.fakes import ANY_ADDRESS, FakeStackOne

DOCS = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
DECIDED = {"connect": "rest_framework.permissions.IsAdminUser", "disconnect": []}

pytestmark = pytest.mark.django_db


def example(name: str) -> str:
    """The block that follows its mark."""
    [block] = re.findall(rf"<!-- example: {name} -->\n```\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return comparable(block)


def comparable(said: str) -> str:
    """What was said, without what differs from run to run."""
    said = re.sub(r"in \d+ ms", "in N ms", said)
    said = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "TIME", said)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", said)


def test_the_doctors_example_is_true(owner: OriginOwner, configure: Callable[..., None]) -> None:
    configure(
        PERMISSION_CLASSES=DECIDED, WEBHOOK_SECRETS=["whsec_0123456789abcdef"], THROTTLE_RATE=None
    )
    Organization.objects.update(name="Acme Holding")
    out = StringIO()
    with responses.RequestsMock() as http:
        http.get(ANY_ADDRESS, status=403, json={}, headers={"x-request-id": "req-7"})
        with pytest.raises(CommandError) as wrong:
            call_command("stackone_doctor", stdout=out, no_color=True)
    said = f"{out.getvalue()}CommandError: {wrong.value}\n"
    assert comparable(said) == example("doctor")


def test_the_sessions_example_is_true(stackone: FakeStackOne, organization: Organization) -> None:
    out = StringIO()
    call_command(
        "stackone_connect_session",
        f"--organization={organization.pk}",
        "--provider=bamboohr",
        stdout=out,
        no_color=True,
    )
    assert comparable(out.getvalue()) == example("session")


def said_by(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return comparable(out.getvalue())


def test_the_syncs_example_is_true(stackone: FakeStackOne, owner: OriginOwner) -> None:
    AccountFactory.create(owner=owner)
    in_sync = AccountFactory.create(owner=owner)
    stackone.accounts[in_sync.account_id] = snapshot_of(in_sync)
    stackone.link(owner.origin_owner_id)
    assert said_by("stackone_sync_accounts") == example("sync")


def test_the_processing_example_is_true(stackone: FakeStackOne, owner: OriginOwner) -> None:
    SessionFactory.create(owner=owner)
    an_hour_ago = clock.now() - timedelta(hours=1)
    SessionFactory.create(owner=owner, status="pending", created_at=an_hour_ago)
    requested = {"disconnect_requested_at": an_hour_ago, "next_disconnect_at": an_hour_ago}
    AccountFactory.create(owner=owner, **requested)
    assert said_by("stackone_process") == example("process")


def test_the_pruning_example_is_true(owner: OriginOwner) -> None:
    long_ago = clock.now() - timedelta(days=366)
    SessionFactory.create_batch(2, owner=owner, created_at=long_ago)
    WebhookEvent.objects.create(digest="d", state="done", received_at=long_ago)
    assert said_by("stackone_prune") == example("prune")
