"""A role of the database that may read and write the tables' rows, and nothing else."""

from __future__ import annotations

import pytest
from django.db import connection

from example_project.accounts.models import Organization
from stackone_connect.models import LinkedAccount, WebhookEvent, fetches
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import events, sessions
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rights_to_rows_only(db: None) -> None:
    """As a host grants them that migrates by another role. Undone with the test's transaction."""
    if connection.vendor != "postgresql":
        return  # the others have no sequences, and so no rights to them
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE ROLE stackone_rows_only;"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
            " TO stackone_rows_only;"
            "SET LOCAL ROLE stackone_rows_only"
        )


def test_numbers_are_handed_out_in_their_order() -> None:
    numbers = [FetchNumber.take().number for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_their_rows_are_few_also_where_every_second_number_is_another_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetches, "KEPT", 10)
    monkeypatch.setattr(fetches, "_block", 0)
    if FetchNumber.take().number % 2:
        FetchNumber.take()  # from here on all are odd
    for _ in range(30):
        FetchNumber.take()
        FetchNumber.objects.create().delete()
    assert FetchNumber.objects.count() <= 10


def test_a_session_is_issued_and_its_account_taken_in(
    organization: Organization, stackone: FakeStackOne
) -> None:
    session = sessions.issue(organization=organization, provider="bamboohr").session
    account = stackone.link(session.owner.origin_owner_id, provider="bamboohr")
    event = WebhookEvent.objects.create(
        event="account.created",
        account_id=account.account_id,
        origin_owner_id=account.origin_owner_id,
        digest="1",
    )
    events.process(event_id=event.pk)
    assert WebhookEvent.objects.get().state == "done"
    assert LinkedAccount.objects.get().account_id == account.account_id
