"""``DELETE accounts/{account_id}/``: at StackOne first, then here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.core.management import call_command
from django.db import transaction

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.client import retries
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
    TransactionOpenError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import accounts, sync
from stackone_connect.services._account_records import AccountRecords
from stackone_connect.services._reconcile import reconcile
from tests.api.conftest import Api, code
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, UserFactory, snapshot_of
from tests.fakes import ANY_ADDRESS, FakeStackOne

pytestmark = pytest.mark.django_db
MUTE = [StackOneUnavailableError(), StackOneRateLimitedError(retry_after=5)]


@pytest.fixture
def api(member: User) -> Api:
    return Api(member)


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    """An account that StackOne has, too."""
    row: LinkedAccount = AccountFactory.create(owner=owner)
    stackone.accounts[row.account_id] = snapshot_of(row)
    return row


def delete(api: Api, account: LinkedAccount) -> Any:
    return api.http.delete(f"/api/stackone/accounts/{account.account_id}/")


def as_stackone_says(account: LinkedAccount) -> dict[str, str]:
    """The least that StackOne answers of an account."""
    return {"id": account.account_id, "origin_owner_id": account.owner.origin_owner_id}


def usable(organization: Organization) -> list[str]:
    return [a.account_id for a in accounts.linked_accounts(organization=organization)]


def process() -> None:
    call_command("stackone_process", verbosity=0)


# --- StackOne answers ----------------------------------------------------------------------------


def test_an_account_is_disconnected_at_stackone_then_here(
    api: Api,
    account: LinkedAccount,
    organization: Organization,
    stackone: FakeStackOne,
    told: list[Any],
) -> None:
    answer = delete(api, account)
    assert (answer.status_code, answer.content) == (204, b"")
    assert stackone.accounts == {}
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert usable(organization) == []
    assert told == [("account_disconnected", account.pk)]


def test_repeating_it_is_harmless_and_costs_no_call(
    api: Api, account: LinkedAccount, stackone: FakeStackOne, told: list[Any]
) -> None:
    for _ in range(2):
        assert delete(api, account).status_code == 204
    assert stackone.names == ["get_account", "delete_account"]
    assert len(told) == 1


def test_an_account_that_is_anothers_at_stackone_by_now_is_not_deleted(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    """It moved and no hint came through: it is no longer ours, and theirs stays."""
    other = OwnerFactory.create()
    moved = snapshot_of(account, origin_owner_id=other.origin_owner_id)
    stackone.accounts[account.account_id] = moved
    assert delete(api, account).status_code == 204
    assert stackone.names == ["get_account"]
    assert stackone.accounts == {account.account_id: moved}
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert other.accounts.get().disconnected_at is None


def test_what_stackone_has_no_more_is_gone_already(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.accounts.clear()
    assert delete(api, account).status_code == 204
    account.refresh_from_db()
    assert account.disconnected_at is not None


def test_an_older_answer_does_not_bring_it_back(
    api: Api, account: LinkedAccount, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    fetch, listed = FetchNumber.take(), snapshot_of(account)
    delete(api, account)
    reconcile(project=owner.project, fetch=fetch, present=[listed])
    account.refresh_from_db()
    assert account.disconnected_at is not None


# --- Whose it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unknown", "x y", "..", "a" * 300])
def test_an_unknown_account_is_404(name: str, api: Api, stackone: FakeStackOne) -> None:
    answer = api.http.delete(f"/api/stackone/accounts/{name}/")
    assert code(answer) == (404, "account_not_found")
    assert stackone.calls == []


def test_another_organizations_account_is_404_like_an_unknown_one(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    theirs = AccountFactory.create()
    stackone.accounts[theirs.account_id] = snapshot_of(theirs)
    unknown = api.http.delete("/api/stackone/accounts/unknown/")
    answer = delete(api, theirs)
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
    assert stackone.calls == []
    theirs.refresh_from_db()
    assert theirs.disconnected_at is None


def test_the_host_decides_who_may_disconnect(
    configure: Callable[..., None], api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    anyone = "rest_framework.permissions.IsAuthenticated"
    admins = "rest_framework.permissions.IsAdminUser"
    configure(PERMISSION_CLASSES={"read": anyone, "connect": anyone, "disconnect": admins})
    assert code(delete(api, account)) == (403, "permission_denied")
    assert stackone.calls == []
    admin = UserFactory.create(organization=account.owner.organization, is_staff=True)
    assert delete(Api(admin), account).status_code == 204


def test_nobody_signed_in_disconnects_nothing(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    assert delete(Api(), account).status_code in (401, 403)
    assert stackone.calls == []


def test_disconnecting_counts_for_the_throttle(
    configure: Callable[..., None], api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    configure(THROTTLE_RATE="1/hour")
    api.http.delete("/api/stackone/accounts/unknown/")
    answer = delete(api, account)
    assert code(answer) == (429, "throttled")
    assert int(answer["Retry-After"]) > 0
    assert stackone.calls == []


# --- StackOne does not answer --------------------------------------------------------------------


@pytest.mark.parametrize("error", MUTE)
def test_a_mute_stackone_is_202_and_the_account_not_usable_from_now_on(
    error: Any,
    api: Api,
    account: LinkedAccount,
    organization: Organization,
    stackone: FakeStackOne,
) -> None:
    stackone.failing["delete_account"] = error
    answer = delete(api, account)
    assert answer.status_code == 202
    assert answer.json()["account_id"] == account.account_id
    assert answer.json()["disconnected_at"] is None
    assert usable(organization) == []
    assert list(accounts.linked_accounts(organization=organization, usable=False)) == [account]


def test_an_account_that_waits_to_be_disconnected_needs_no_reconnecting(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    LinkedAccount.objects.update(status="error")
    stackone.failing["delete_account"] = MUTE[0]
    assert delete(api, account).json()["needs_reconnect"] is False


def test_repeating_it_asks_stackone_again(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["delete_account"] = MUTE[0]
    assert delete(api, account).status_code == 202
    del stackone.failing["delete_account"]
    assert delete(api, account).status_code == 204


@pytest.mark.parametrize("failing", [True, False])
def test_it_is_tried_again_a_minute_later_by_the_command(
    failing: bool, api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["delete_account"] = MUTE[0]
    delete(api, account)
    process()
    assert stackone.names == ["get_account", "delete_account"]  # not due yet
    LinkedAccount.objects.update(next_disconnect_at=clock.now() - timedelta(seconds=1))
    if not failing:
        del stackone.failing["delete_account"]
    process()
    account.refresh_from_db()
    assert (account.disconnected_at is None) == failing
    assert (account.disconnect_requested_at is not None) == failing
    if failing:
        assert account.next_disconnect_at is not None
        assert account.next_disconnect_at > clock.now()


def test_a_sync_that_still_lists_it_does_not_make_it_usable(
    api: Api, account: LinkedAccount, organization: Organization, stackone: FakeStackOne
) -> None:
    stackone.failing["delete_account"] = MUTE[0]
    delete(api, account)
    stackone.touch(account.account_id, label="changed")
    sync.sync_all()
    assert usable(organization) == []


def test_the_request_is_not_lost_to_an_answer_that_is_written_at_the_same_moment(
    account: LinkedAccount, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is read before the request is noted, and written after."""
    save = AccountRecords.save

    def request_meanwhile(rows: AccountRecords) -> None:
        LinkedAccount.objects.update(disconnect_requested_at=clock.now())
        save(rows)

    monkeypatch.setattr(AccountRecords, "save", request_meanwhile)
    changed = snapshot_of(account, label="changed")
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[changed])
    account.refresh_from_db()
    assert account.label == "changed"
    assert account.disconnect_requested_at is not None


def test_retrying_stops_where_stackone_does_not_answer_and_loses_nobody(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    past = clock.now() - timedelta(minutes=1)
    wish = {"disconnect_requested_at": past, "next_disconnect_at": past}
    rows = AccountFactory.create_batch(3, owner=owner, **wish)
    stackone.accounts |= {row.account_id: snapshot_of(row) for row in rows}
    for error in (*MUTE, StackOneMisconfiguredError()):
        stackone.failing["delete_account"] = error
        LinkedAccount.objects.update(next_disconnect_at=past)
        stackone.calls.clear()
        assert accounts.retry_disconnects() == 0
        assert stackone.names == ["get_account", "delete_account"]
    stackone.failing.clear()
    LinkedAccount.objects.update(next_disconnect_at=past)
    assert accounts.retry_disconnects(limit=2) == 2
    assert accounts.retry_disconnects() == 1
    assert not LinkedAccount.objects.filter(pk__in=[r.pk for r in rows]).connected().exists()


def test_one_that_stackone_refuses_to_delete_waits_an_hour_and_lets_the_others_pass(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    past = clock.now() - timedelta(minutes=2)
    refused, other = (
        AccountFactory.create(
            owner=owner,
            disconnect_requested_at=past,
            next_disconnect_at=past + timedelta(seconds=n),
        )
        for n in range(2)
    )
    for row in (refused, other):
        stackone.accounts[row.account_id] = snapshot_of(row)

    def refuse_one() -> None:
        if stackone.calls[-1] == ("delete_account", refused.account_id):
            raise StackOneRejectedError

    stackone.during["delete_account"] = refuse_one
    assert accounts.retry_disconnects() == 1
    refused.refresh_from_db()
    assert refused.next_disconnect_at is not None
    assert refused.next_disconnect_at > clock.now() + timedelta(minutes=59)
    assert list(stackone.accounts) == [refused.account_id]
    assert "code=stackone_rejected" in lines("account.disconnect_postponed")[0]


# --- Reconnected in the meantime -----------------------------------------------------------------


@pytest.fixture
def wished(api: Api, account: LinkedAccount, stackone: FakeStackOne) -> LinkedAccount:
    """Somebody wished to disconnect it five minutes ago, and StackOne did not answer."""
    stackone.failing["delete_account"] = MUTE[0]
    delete(api, account)
    stackone.failing.clear()
    ago = clock.now() - timedelta(minutes=5)
    LinkedAccount.objects.update(disconnect_requested_at=ago, next_disconnect_at=ago)
    return account


def test_connecting_it_again_withdraws_the_wish(
    api: Api,
    wished: LinkedAccount,
    owner: OriginOwner,
    organization: Organization,
    stackone: FakeStackOne,
) -> None:
    session = SessionFactory.create(owner=owner)
    stackone.touch(wished.account_id)
    assert api.complete(session.pk, wished.account_id).json()["outcome"] == "update"
    assert usable(organization) == [wished.account_id]
    process()
    assert "delete_account" not in stackone.names[2:]
    assert wished.account_id in stackone.accounts


def test_the_command_finds_out_that_it_was_connected_again_before_it_disconnects(
    wished: LinkedAccount, owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    """Nobody said so: the session's attempt does, when it is polled."""
    session = SessionFactory.create(owner=owner)
    touched = stackone.touch(wished.account_id)
    stackone.attempts[session.stackone_id] = ConnectionAttempt(
        status="authenticated", code="", account_id=wished.account_id, at=touched.updated_at
    )
    process()
    assert wished.account_id in stackone.accounts
    assert usable(organization) == [wished.account_id]


def test_one_whose_wish_is_withdrawn_while_others_are_retried_is_spared(
    wished: LinkedAccount, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    first = AccountFactory.create(
        owner=owner,
        disconnect_requested_at=clock.now(),
        next_disconnect_at=clock.now() - timedelta(hours=1),
    )

    stackone.accounts[first.account_id] = snapshot_of(first)

    def withdraw() -> None:
        LinkedAccount.objects.filter(pk=wished.pk).update(disconnect_requested_at=None)

    stackone.during["delete_account"] = withdraw
    assert accounts.retry_disconnects() == 1
    assert stackone.calls[-1] == ("delete_account", first.account_id)


def test_a_session_that_began_before_the_wish_does_not_withdraw_it(
    api: Api, account: LinkedAccount, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    stackone.touch(account.account_id)
    stackone.failing["delete_account"] = MUTE[0]
    delete(api, account)
    api.complete(session.pk, account.account_id)
    account.refresh_from_db()
    assert account.disconnect_requested_at is not None


def test_a_wish_that_is_repeated_counts_from_the_last_time(
    api: Api, wished: LinkedAccount, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session: ConnectSession = SessionFactory.create(owner=owner)
    stackone.failing["delete_account"] = MUTE[0]
    assert delete(api, wished).status_code == 202
    stackone.touch(wished.account_id)
    api.complete(session.pk, wished.account_id)
    wished.refresh_from_db()
    assert wished.disconnect_requested_at is not None
    assert wished.disconnect_requested_at > session.created_at


def test_one_that_comes_back_after_it_was_gone_is_usable_again(
    api: Api, wished: LinkedAccount, organization: Organization, stackone: FakeStackOne
) -> None:
    held = stackone.accounts[wished.account_id]
    assert delete(api, wished).status_code == 204
    stackone.accounts[wished.account_id] = held
    sync.sync_all()
    assert usable(organization) == [wished.account_id]


# --- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, (422, "stackone_rejected")),
        (409, (422, "stackone_rejected")),
        (412, (422, "stackone_rejected")),
        (401, (502, "stackone_misconfigured")),
        (403, (502, "stackone_misconfigured")),
        (302, (502, "stackone_bad_answer")),
        (200, (204, None)),
        (204, (204, None)),
        (404, (204, None)),
        (408, (202, None)),
        (429, (202, None)),
        (500, (202, None)),
        (503, (202, None)),
    ],
)
def test_what_stackone_answers_to_a_deletion(
    status: int,
    expected: tuple[int, str | None],
    api: Api,
    owner: OriginOwner,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "sleep", lambda seconds: None)
    row = AccountFactory.create(owner=owner)
    with responses.RequestsMock() as http:
        http.get(ANY_ADDRESS, json=as_stackone_says(row))
        http.delete(ANY_ADDRESS, status=status, body=b"not json")
        answer = delete(api, row)
    assert (answer.status_code, answer.json()["code"] if expected[1] else None) == expected
    row.refresh_from_db()
    assert (row.disconnected_at is not None) == (answer.status_code == 204)
    assert (row.disconnect_requested_at is not None) == (answer.status_code == 202)
    assert (usable(organization) == []) == (answer.status_code in (202, 204))


def test_a_connection_that_fails_is_202(
    api: Api, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "sleep", lambda seconds: None)
    row = AccountFactory.create(owner=owner)
    with responses.RequestsMock() as http:
        http.get(ANY_ADDRESS, json=as_stackone_says(row))
        http.delete(ANY_ADDRESS, body=ConnectionError())
        assert delete(api, row).status_code == 202


def test_it_is_not_called_inside_a_transaction(
    account: LinkedAccount, organization: Organization, stackone: FakeStackOne
) -> None:
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        accounts.disconnect(organization=organization, account_id=account.account_id)
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        accounts.retry_disconnects()
    assert stackone.calls == []


# --- linked_accounts -----------------------------------------------------------------------------


def test_host_code_gets_the_usable_accounts_of_one_organization(
    owner: OriginOwner, organization: Organization, stackone: FakeStackOne
) -> None:
    active = AccountFactory.create(owner=owner)
    greenhouse = AccountFactory.create(owner=owner, provider="greenhouse")
    broken = AccountFactory.create(owner=owner, status="error")
    going = AccountFactory.create(owner=owner, disconnect_requested_at=clock.now())
    AccountFactory.create()
    found = accounts.linked_accounts(organization=organization)
    assert set(found) == {active, greenhouse}
    by_provider = accounts.linked_accounts(organization=organization, provider="greenhouse")
    assert list(by_provider) == [greenhouse]
    every_one = accounts.linked_accounts(organization=organization, usable=False)
    assert set(every_one) == {active, greenhouse, broken, going}
    assert list(accounts.linked_accounts(organization=organization, provider="none")) == []
    assert stackone.calls == []


def test_an_organization_that_never_connected_has_none(organization: Organization) -> None:
    assert list(accounts.linked_accounts(organization=organization)) == []
    assert OriginOwner.objects.count() == 0
