"""Whose an account is, is asked before anything is changed: our row may be older than its move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command

from stackone_connect import clock
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import accounts, events, owners, sessions, sync
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import SECRET, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secret(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])


@pytest.fixture
def moved(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    """An account that is Globex's at StackOne by now; our row says that it is Acme's."""
    globex = OwnerFactory.create(organization__name="Globex")
    row = AccountFactory.create(owner=owner, account_id="moved")
    stackone.accounts["moved"] = replace(
        snapshot_of(row), origin_owner_id=globex.origin_owner_id, origin_owner_name="Globex"
    )
    return row


def test_no_session_is_issued_to_edit_it_and_both_rows_are_put_right(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    with pytest.raises(AccountNotFoundError):
        sessions.issue(organization=organization_of(owner), account_id="moved")
    assert stackone.bodies == []
    assert not ConnectSession.objects.exists()
    moved.refresh_from_db()
    assert moved.disconnected_at is not None
    [now] = LinkedAccount.objects.connected()
    assert (now.account_id, now.owner.origin_owner_name) == ("moved", "Globex")


@pytest.mark.parametrize("looks_first", [False, True])
def test_an_account_that_can_not_be_confirmed_is_not_written_down(
    looks_first: bool, owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    if looks_first:
        OriginOwner.objects.filter(pk=owner.pk).update(accounts_read_at=None)
    stackone.failing["get_account"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        sessions.issue(organization=organization_of(owner), account_id="moved")
    session = ConnectSession.objects.get()
    assert (session.status, session.requested_account_id) == ("failed", "")
    assert "account_id" not in session.sent


def test_it_is_not_deleted(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    accounts.disconnect(organization=organization_of(owner), account_id="moved")
    assert "moved" in stackone.accounts
    now = clock.now()
    LinkedAccount.objects.filter(owner=owner).update(
        disconnected_at=None, disconnect_requested_at=now, next_disconnect_at=now
    )
    call_command("stackone_process", verbosity=0)
    assert "moved" in stackone.accounts


def test_an_answer_about_another_account_proves_nothing_of_it(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    """As a cache before StackOne may give it."""
    organization = organization_of(owner)
    theirs = snapshot_of(AccountFactory.create(owner=owner, account_id="theirs"))
    stackone.accounts |= {"moved": theirs, "theirs": theirs}
    with pytest.raises(StackOneBadAnswerError):
        accounts.disconnect(organization=organization, account_id="moved")
    moved.refresh_from_db()
    assert moved.disconnect_requested_at is None
    LinkedAccount.objects.filter(pk=moved.pk).update(
        disconnect_requested_at=clock.now(), next_disconnect_at=clock.now()
    )
    call_command("stackone_process", verbosity=0)
    for ask in (accounts.set_label, sessions.issue):
        with pytest.raises(AccountNotFoundError):
            ask(organization=organization, account_id="moved", label="Ours")
    assert not {"delete_account", "label_account", "create_connect_session"} & set(stackone.names)
    assert stackone.accounts.keys() == {"moved", "theirs"}


def test_offboarding_its_former_owner_spares_it(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    owners.offboard(organization=organization_of(owner))
    assert list(stackone.accounts) == ["moved"]


def test_renaming_its_former_owner_spares_it(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    owners.repin(organization=organization_of(owner), name="Acme Holding")
    assert stackone.accounts["moved"].origin_owner_name == "Globex"


def test_the_way_back_to_the_organization_follows_the_move(
    owner: OriginOwner, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    assert accounts.organization_of(account_id="moved") == owner.organization
    call_command("stackone_sync_accounts", "--force", verbosity=0)
    globex = OriginOwner.objects.get(origin_owner_name="Globex").organization
    assert accounts.organization_of(account_id="moved") == globex


# --- Whatever says so, the former owner has lost it at once ---------------------------------------


@pytest.fixture
def new_owner(moved: LinkedAccount) -> OriginOwner:
    return OriginOwner.objects.get(origin_owner_name="Globex")


def complete_for(owner: OriginOwner, stackone: FakeStackOne) -> None:
    session = SessionFactory.create(owner=owner)
    sessions.complete(
        organization=organization_of(owner), session_id=session.pk, account_id="moved"
    )


def issue_for(owner: OriginOwner, stackone: FakeStackOne) -> None:
    sessions.issue(organization=organization_of(owner), account_id="moved")


def look_for_the_first_time(owner: OriginOwner, stackone: FakeStackOne) -> None:
    OriginOwner.objects.filter(pk=owner.pk).update(accounts_read_at=None)
    sessions.issue(organization=organization_of(owner))


def poll_for(owner: OriginOwner, stackone: FakeStackOne) -> None:
    SessionFactory.create(owner=owner)
    sessions.poll(limit=1)


def sync_for(owner: OriginOwner, stackone: FakeStackOne) -> None:
    sync.sync_organization(organization=organization_of(owner))


def sweep(owner: OriginOwner, stackone: FakeStackOne) -> None:
    sync.sync_all()


def hear_of_it(owner: OriginOwner, stackone: FakeStackOne) -> None:
    events.process(
        event_id=receive("account.updated", "moved", origin_owner_id=owner.origin_owner_id)
    )


def hear_of_it_among_others(owner: OriginOwner, stackone: FakeStackOne) -> None:
    stackone.link(owner.origin_owner_id, account_id="other")
    for name in ("moved", "other"):
        receive("account.updated", name, origin_owner_id=owner.origin_owner_id)
    events.process_due()


def hear_of_it_without_an_owner(owner: OriginOwner, stackone: FakeStackOne) -> None:
    events.process(event_id=receive("account.updated", "moved"))


def rename(owner: OriginOwner, stackone: FakeStackOne) -> None:
    owners.repin(organization=organization_of(owner), name="Globex AG")


@pytest.mark.parametrize(
    "learn",
    [
        complete_for,
        issue_for,
        look_for_the_first_time,
        poll_for,
        sync_for,
        sweep,
        hear_of_it,
        hear_of_it_among_others,
        hear_of_it_without_an_owner,
        rename,
    ],
)
def test_the_former_owner_has_lost_it_as_soon_as_anything_says_so(
    learn: Callable[[OriginOwner, FakeStackOne], None],
    moved: LinkedAccount,
    new_owner: OriginOwner,
    stackone: FakeStackOne,
    told: list[Any],
) -> None:
    learn(new_owner, stackone)
    assert not accounts.history(organization=organization_of(moved.owner)).exists()
    assert accounts.organization_of(account_id="moved") == new_owner.organization
    assert ("account_disconnected", moved.pk) in told


@pytest.mark.parametrize("names_owner", [True, False])
def test_one_that_moved_to_an_owner_whom_we_do_not_have_is_lost_by_an_event(
    names_owner: bool, moved: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.touch("moved", origin_owner_id="of-staging")
    owner_id = moved.owner.origin_owner_id if names_owner else None
    events.process(event_id=receive("account.updated", "moved", origin_owner_id=owner_id))
    moved.refresh_from_db()
    assert moved.disconnected_at is not None
