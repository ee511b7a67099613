"""The examples in docs/commands.md are what the commands print."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import responses
from django.core.management import call_command
from django.core.management.base import CommandError

from example_project.accounts.models import Organization
from stackone_connect.models import OriginOwner
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
    configure(PERMISSION_CLASSES=DECIDED, WEBHOOK_SECRETS=["whsec"], THROTTLE_RATE=None)
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
