"""What the operator is told of owners and of accounts that StackOne will not disconnect."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from stackone_connect import clock
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRejectedError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import accounts, owners
from tests.factories import AccountFactory, organization_of, snapshot_of
from tests.fakes import FakeStackOne


@pytest.fixture
def account(owner: OriginOwner) -> LinkedAccount:
    return AccountFactory.create(owner=owner, account_id="acc-1")


def line(account: LinkedAccount, code: str) -> str:
    return (
        f"account.disconnect_failed code={code} organization={account.owner.organization_id} "
        f"provider={account.provider} account=acc-1 request_id=-"
    )


@pytest.mark.parametrize(
    ("error", "level"),
    [(StackOneMisconfiguredError, logging.ERROR), (StackOneRejectedError, logging.WARNING)],
)
def test_a_disconnect_that_stackone_refuses_changes_nothing_and_writes_one_line(
    error: type[StackOneError],
    level: int,
    account: LinkedAccount,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    stackone.accounts["acc-1"] = snapshot_of(account)
    stackone.failing["delete_account"] = error()
    lines()
    with pytest.raises(error):
        accounts.disconnect(organization=organization_of(account.owner), account_id="acc-1")
    assert lines() == [line(account, error.code)]
    assert [r.levelno for r in caplog.records if r.name == "stackone_connect"] == [level]
    account.refresh_from_db()
    assert (account.disconnected_at, account.disconnect_requested_at) == (None, None)


def test_a_key_that_is_refused_ends_the_retries_with_one_line(
    account: LinkedAccount, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    now = clock.now()
    wishes = {"disconnect_requested_at": now, "next_disconnect_at": now}
    LinkedAccount.objects.update(**wishes)
    AccountFactory.create(owner=account.owner, **wishes)
    stackone.accounts["acc-1"] = snapshot_of(account)
    stackone.failing["delete_account"] = StackOneMisconfiguredError()
    lines()
    assert accounts.retry_disconnects(client=stackone) == 0
    assert lines() == [line(account, "stackone_misconfigured")]
    assert stackone.names == ["get_account", "delete_account"]


def test_another_name_and_leaving_write_a_line_each(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    lines()
    owners.repin(organization=organization_of(owner), name="Acme Holding")
    owners.offboard(organization=organization_of(owner))
    number = owner.organization_id
    assert lines() == [
        f'origin_owner.repinned organization={number} before=Acme after="Acme Holding"',
        f"origin_owner.offboarded organization={number}",
    ]
