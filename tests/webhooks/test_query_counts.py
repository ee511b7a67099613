"""How many statements an event costs: while StackOne sends them, they are what the site does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, receive, row, said

#: What the claiming statement does itself where the database can return what it updates, and hand
#: out a number by the way.
AFTER_CLAIM: dict[str, list[str]] = {
    "postgresql": [],
    "sqlite": ["INSERT number"],
    "mysql": ["SELECT event", "INSERT number"],
}
THEN = AFTER_CLAIM[connection.vendor]
#: Accounts of each owner, and events of each account, where many are due.
ACCOUNTS, EACH = 5, 2


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    """An account that StackOne and we know."""
    return known(owner, stackone)


def known(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    made: LinkedAccount = AccountFactory.create(owner=owner)
    stackone.accounts[made.account_id] = snapshot_of(made)
    return made


def update_of(account: LinkedAccount) -> dict[str, Any]:
    """The fields of an event that says that this account was updated just now."""
    return {
        "event": "account.updated",
        "account_id": account.account_id,
        "origin_owner_id": account.owner.origin_owner_id,
    }


def connected_for(account: LinkedAccount) -> set[int]:
    """The keys of the owners that have it."""
    rows = LinkedAccount.objects.connected().filter(account_id=account.account_id)
    return set(rows.values_list("owner_id", flat=True))


def statements(work: Callable[[], object]) -> list[str]:
    """What was done to which of our tables; and all else that went to the database."""
    with CaptureQueriesContext(connection) as captured:
        work()
    return [_named(query["sql"]) for query in captured.captured_queries]


def _named(sql: str) -> str:
    verb = sql.rpartition("; ")[2].split()[0] if sql.startswith("SET") else sql.split(maxsplit=1)[0]
    tables = {
        "stackone_connect_webhookevent": "event",
        "stackone_connect_fetchnumber": "number",
        "stackone_connect_linkedaccount": "account",
        "stackone_connect_connectsession": "session",
        "stackone_connect_originowner": "owner",
    }
    places = {sql.index(table): name for table, name in tables.items() if table in sql}
    return f"{verb} {places[min(places)]}" if places else verb


def of_tables(work: Callable[[], object]) -> list[str]:
    return [told for told in statements(work) if " " in told]


# --- One event -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_only_taken_in_costs_one_statement(
    webhook: StackOneDelivers,
    account: LinkedAccount,
    configure: Callable[..., None],
) -> None:
    configure(BACKGROUND=f"{__name__}.no_work")
    delivered = statements(lambda: webhook.event(**update_of(account)))
    assert [told for told in delivered if told != "PRAGMA"] == ["INSERT event"]


def no_work(job: str, **ids: object) -> None:
    """A queue that takes a job and does nothing."""


def inline(webhook: StackOneDelivers, account: LinkedAccount) -> list[str]:
    """What an event of the account costs that is processed once it was answered."""

    def deliver() -> None:
        assert said(webhook.event(**update_of(account))) == (200, "accepted")

    return statements(deliver)


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_processed_at_once_costs_six_statements_and_one_transaction(
    webhook: StackOneDelivers, account: LinkedAccount
) -> None:
    found = inline(webhook, account)
    ours = [told for told in found if " " in told]
    written = ["UPDATE owner", "SELECT account", "UPDATE account"]
    assert ours == ["INSERT event", "UPDATE event", *THEN, *written, "UPDATE event"]
    if connection.vendor == "postgresql":
        assert [told for told in found if told not in ours] == ["BEGIN", "COMMIT"]
    assert row(WebhookEvent.objects.get().pk).state == "done"


@pytest.mark.django_db
def test_sessions_of_other_accounts_and_times_cost_an_event_nothing(
    webhook: StackOneDelivers, account: LinkedAccount
) -> None:
    first = [told for told in inline(webhook, account) if " " in told]
    AccountFactory.create_batch(20, owner=account.owner)
    ConnectSession.objects.bulk_create(
        SessionFactory.build(
            owner=account.owner,
            attempt_status="authenticated" if number % 2 else "",
            attempt_account_id=f"other-{number}" if number % 2 else "",
        )
        for number in range(100)
    )
    ConnectSession.objects.filter(attempt_status="").update(
        expires_at="2001-01-01T00:30:00Z",
        stackone_created_at="2001-01-01T00:00:00Z",
        stackone_expires_at="2001-01-01T00:30:00Z",
    )
    WebhookEvent.objects.all().delete()
    assert [told for told in inline(webhook, account) if " " in told] == first


@pytest.mark.django_db
@pytest.mark.parametrize("named_by", ["attempt_account_id", "claimed_account_id", "account_id"])
def test_a_session_that_names_the_account_is_judged_where_the_account_has_moved(
    named_by: str, webhook: StackOneDelivers, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    fields: dict[str, Any] = {named_by: account.account_id, "expires_at": "2001-01-01T00:30:00Z"}
    if named_by == "attempt_account_id":
        fields |= {"attempt_status": "authenticated", "attempt_at": "2001-01-01T00:01:00Z"}
    if named_by == "account_id":
        fields |= {"outcome": "update", "status": "completed"}
        fields |= {"completed_at": "2001-01-01T00:01:00Z", "notified_at": "2001-01-01T00:01:00Z"}
    SessionFactory.create(owner=account.owner, **fields)
    assert "SELECT session" not in inline(webhook, account)
    stackone.touch(account.account_id)
    WebhookEvent.objects.all().delete()
    assert "SELECT session" in inline(webhook, account)


@pytest.mark.django_db
def test_an_account_that_moves_long_after_its_sessions_costs_one_question(
    webhook: StackOneDelivers, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    """A session that connected it a while before its last move, and one that nobody finished."""
    times = {
        "stackone_created_at": "2001-01-01T00:00:00Z",
        "stackone_expires_at": "2001-01-01T00:30:00Z",
        "expires_at": "2001-01-01T00:30:00Z",
    }
    named = {"attempt_status": "authenticated", "attempt_account_id": account.account_id}
    SessionFactory.create(owner=account.owner, **times)
    SessionFactory.create(owner=account.owner, attempt_at="2001-01-01T00:01:00Z", **times, **named)
    stackone.touch(account.account_id)
    found = [told for told in inline(webhook, account) if " " in told]
    written = ["UPDATE owner", "SELECT account", "UPDATE account", "SELECT session"]
    assert found == ["INSERT event", "UPDATE event", *THEN, *written, "UPDATE event"]


@pytest.mark.django_db
def test_an_account_that_another_owner_had_is_taken_from_it_whoever_was_asked_for(
    webhook: StackOneDelivers, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    """The event names its new owner, whose key the claim knows; the old one's row is found."""
    owner = OwnerFactory.create()
    stackone.accounts[account.account_id] = snapshot_of(
        account, origin_owner_id=owner.origin_owner_id
    )
    moved = {**update_of(account), "origin_owner_id": owner.origin_owner_id}
    assert said(webhook.event(**moved)) == (200, "accepted")
    assert connected_for(account) == {owner.pk}
    assert row(WebhookEvent.objects.get().pk).state == "done"


@pytest.mark.django_db
def test_a_row_that_another_owner_is_given_meanwhile_is_found_too(
    webhook: StackOneDelivers, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    """While StackOne is asked, a worker that asked before writes another owner's row."""
    other = OwnerFactory.create()

    def write() -> None:
        AccountFactory.create(owner=other, account_id=account.account_id)

    stackone.during["get_account"] = write
    assert said(webhook.event(**update_of(account))) == (200, "accepted")
    assert connected_for(account) == {account.owner_id}
    assert LinkedAccount.objects.filter(owner=other).exists()


# --- Many ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("owners", [1, 4])
def test_events_that_are_due_cost_less_than_one_statement_each(
    owners: int, stackone: FakeStackOne
) -> None:
    for owner in OwnerFactory.create_batch(owners):
        for _ in range(ACCOUNTS):
            account = known(owner, stackone)
            for number in range(EACH):
                receive(**update_of(account), event_date=f"2026-01-31T12:00:0{number}.000Z")
    found = of_tables(events.process_due)
    of_each = ["SELECT event", "SELECT event", "UPDATE event", *THEN]
    of_each += ["UPDATE owner", "SELECT account", "INSERT account", "UPDATE event"]
    # What waits for an owner who is known by now, and that nothing is due any more.
    assert found == ["SELECT owner", "UPDATE event", *of_each * owners, "SELECT event"]
    assert len(found) / (owners * ACCOUNTS * EACH) <= 3
    assert not WebhookEvent.objects.due().exists()
