"""The account type is a boundary: an account of the other type is nobody's here, on any path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import _polling, accounts, events, owners, sessions, sync
from tests.factories import AccountFactory, SessionFactory, organization_of, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def laptop(configure: Callable[..., None]) -> None:
    """A laptop on the project of the customers, with the same primary keys."""
    configure(ACCOUNT_TYPE="test")


@pytest.fixture
def live(owner: OriginOwner, stackone: FakeStackOne) -> str:
    """A customer's live account under the same owner id; we have never heard of it."""
    return stackone.link(owner.origin_owner_id, origin_owner_name="Customer Inc").account_id


@pytest.fixture
def believed_ours(owner: OriginOwner, live: str) -> LinkedAccount:
    """The same, where an older row says that it is of our type."""
    return AccountFactory.create(owner=owner, account_id=live, type="test")


def changes(stackone: FakeStackOne) -> list[str]:
    """The calls that change something at StackOne."""
    return [name for name in stackone.names if name in ("rename_owner", "delete_account")]


def test_the_first_look_does_not_take_it_in(
    organization: Organization, stackone: FakeStackOne
) -> None:
    stackone.link(str(organization.pk), origin_owner_name="Customer Inc")
    session = sessions.issue(organization=organization, provider="bamboohr").session
    assert not LinkedAccount.objects.exists()
    assert session.owner.origin_owner_name == "Acme"
    assert session.path == "create"


@pytest.mark.parametrize("row", ["live", "believed_ours"])
def test_it_can_not_be_edited(
    row: str, request: pytest.FixtureRequest, owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    request.getfixturevalue(row)
    with pytest.raises(AccountNotFoundError):
        sessions.issue(organization=organization_of(owner), account_id=live)
    assert stackone.bodies == []
    assert not ConnectSession.objects.exists()


@pytest.mark.parametrize("row", ["live", "believed_ours"])
def test_it_can_not_be_disconnected(
    row: str, request: pytest.FixtureRequest, owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    known = request.getfixturevalue(row) != live
    try:
        accounts.disconnect(organization=organization_of(owner), account_id=live)
    except AccountNotFoundError:
        assert not known
    assert live in stackone.accounts
    assert changes(stackone) == []
    assert not accounts.history(organization=organization_of(owner)).exists()


def test_a_disconnect_that_waits_is_not_carried_out(
    owner: OriginOwner, believed_ours: LinkedAccount, live: str, stackone: FakeStackOne
) -> None:
    now = clock.now()
    LinkedAccount.objects.update(disconnect_requested_at=now, next_disconnect_at=now)
    accounts.retry_disconnects()
    assert live in stackone.accounts


def test_it_is_neither_renamed_nor_deleted_with_its_owner(
    owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    mine = stackone.link(owner.origin_owner_id, type="test").account_id
    owners.repin(organization=organization_of(owner), name="Another")
    assert stackone.accounts[live].origin_owner_name == "Customer Inc"
    assert stackone.accounts[mine].origin_owner_name == "Another"
    owners.offboard(organization=organization_of(owner))
    assert list(stackone.accounts) == [live]


def test_an_offboarding_spares_it_also_where_our_row_says_otherwise(
    owner: OriginOwner, believed_ours: LinkedAccount, live: str, stackone: FakeStackOne
) -> None:
    owners.offboard(organization=organization_of(owner))
    assert live in stackone.accounts
    assert changes(stackone) == []


def test_a_completion_that_names_it_finds_nothing(
    owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    with pytest.raises(AccountNotFoundError):
        sessions.complete(
            organization=organization_of(owner), session_id=session.pk, account_id=live
        )
    session.refresh_from_db()
    assert (session.claimed_account_id, LinkedAccount.objects.count()) == ("", 0)


def an_event(owner: OriginOwner, account_id: str) -> WebhookEvent:
    return WebhookEvent.objects.create(
        event="account.updated",
        account_id=account_id,
        origin_owner_id=owner.origin_owner_id,
        digest=account_id,
    )


@pytest.mark.parametrize("together", [False, True])
def test_an_event_that_names_it_is_quarantined(
    together: bool, owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    event = an_event(owner, live)
    if together:
        an_event(owner, stackone.link(owner.origin_owner_id, type="test").account_id)
    events.process_due()
    event.refresh_from_db()
    assert (event.state, event.last_error) == ("quarantined", "of_another_type")
    assert not LinkedAccount.objects.filter(account_id=live).exists()


def test_an_attempt_that_names_it_attaches_nothing(
    owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    stackone.attempts[session.stackone_id] = attempt = _attempt(live)
    _polling.poll()
    session.refresh_from_db()
    assert (session.status, session.outcome) == ("issued", "")
    assert attempt.account_id == live
    assert not LinkedAccount.objects.exists()


@pytest.mark.parametrize("whole", [False, True])
def test_a_sync_takes_it_in_as_little(
    whole: bool, owner: OriginOwner, live: str, stackone: FakeStackOne
) -> None:
    mine = stackone.link(owner.origin_owner_id, type="test").account_id
    report = (
        sync.sync_all() if whole else sync.sync_organization(organization=organization_of(owner))
    )
    assert (report.seen, report.foreign) == (2, 1)
    assert list(LinkedAccount.objects.values_list("account_id", flat=True)) == [mine]


def test_one_whose_type_changed_at_stackone_is_let_go_of_here(
    owner: OriginOwner, believed_ours: LinkedAccount, live: str, stackone: FakeStackOne
) -> None:
    sync.sync_all(force=True)
    believed_ours.refresh_from_db()
    assert believed_ours.disconnected_at is not None
    assert changes(stackone) == []


def test_rows_of_the_other_type_are_not_shown(
    owner: OriginOwner, configure: Callable[..., None]
) -> None:
    row = AccountFactory.create(owner=owner, type="production")
    organization: Any = owner.organization
    for usable in (True, False):
        assert not accounts.linked_accounts(organization=organization, usable=usable).exists()
    assert not accounts.history(organization=organization_of(owner), disconnected=True).exists()
    with pytest.raises(AccountNotFoundError):
        accounts.get(organization=organization_of(owner), account_id=row.account_id)
    with pytest.raises(AccountNotFoundError):
        accounts.organization_of(account_id=row.account_id)
    configure(ACCOUNT_TYPE="production")
    assert accounts.get(organization=organization_of(owner), account_id=row.account_id) == row


@pytest.mark.parametrize("ours", ["test", ""])
def test_one_of_our_type_or_without_a_type_is_ours(
    ours: str, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    mine = stackone.link(owner.origin_owner_id, type=ours).account_id
    assert sessions.issue(organization=organization_of(owner), account_id=mine).token
    assert accounts.organization_of(account_id=mine) == owner.organization
    accounts.disconnect(organization=owner.organization, account_id=mine)
    assert stackone.accounts == {}


def test_the_setting_is_test_while_debug_is_on(
    configure: Callable[..., None], settings: Any
) -> None:
    settings.STACKONE_CONNECT = {
        key: value for key, value in settings.STACKONE_CONNECT.items() if key != "ACCOUNT_TYPE"
    }
    from stackone_connect import conf

    assert conf.project("default").account_type == "production"
    settings.DEBUG = True
    assert conf.project("default").account_type == "test"


def test_the_minutes_job_touches_nothing_of_the_other_type(
    owner: OriginOwner, live: str, believed_ours: LinkedAccount, stackone: FakeStackOne
) -> None:
    SessionFactory.create(owner=owner)
    call_command("stackone_process", verbosity=0)
    assert changes(stackone) == []
    assert stackone.accounts[live] == stackone.get_account(live, deadline=Deadline(1))


def _attempt(account_id: str) -> Any:
    from stackone_connect.entities import ConnectionAttempt

    return ConnectionAttempt(status="authenticated", code="", account_id=account_id, at=clock.now())


def test_what_a_row_says_is_what_stackone_said(owner: OriginOwner, stackone: FakeStackOne) -> None:
    mine = stackone.link(owner.origin_owner_id, type="test")
    sync.sync_organization(organization=organization_of(owner))
    assert snapshot_of(LinkedAccount.objects.get()).type == mine.type
