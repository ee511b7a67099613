"""How many statements an issue costs: each is felt at every press of the button."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stackone_connect.models import OriginOwner
from stackone_connect.services import sessions
from tests.factories import AccountFactory, organization_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fields", [{}, {"provider": "bamboohr"}, {"category": "hris"}])
@pytest.mark.parametrize("connected", [0, 1, 20])
def test_an_issue_reads_once_and_writes_twice(
    connected: int,
    fields: dict[str, Any],
    owner: OriginOwner,
    stackone: FakeStackOne,
) -> None:
    AccountFactory.create_batch(connected, owner=owner)
    organization = organization_of(owner)
    with CaptureQueriesContext(connection) as captured:
        sessions.issue(organization=organization, client=stackone, **fields)
    # What begins and ends a transaction, and bounds its waits, touches no table.
    ours = [q["sql"] for q in captured.captured_queries if "stackone_connect_" in q["sql"]]
    assert [sql.split()[0] for sql in ours] == ["SELECT", "INSERT", "UPDATE"]
