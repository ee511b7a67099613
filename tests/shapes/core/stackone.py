"""StackOne in memory, which refuses to be called inside a transaction of anybody's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connections

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)
from stackone_connect.exceptions import AccountNotFoundError, StackOneError


class FakeStackOne:
    """The calls that requests lead to. ``failing`` is what they raise, if set."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.bodies: list[Mapping[str, Any]] = []
        self.accounts: dict[str, AccountSnapshot] = {}
        self.failing: StackOneError | None = None

    def link(self, account_id: str, *, organization: Any, name: str = "Acme") -> None:
        """The hub finished: an account of the organization's comes into being."""
        now = clock.now()
        self.accounts[account_id] = AccountSnapshot(
            account_id=account_id,
            origin_owner_id=str(organization.pk),
            origin_owner_name=name,
            origin_username="member@acme.example",
            provider="bamboohr",
            provider_name="BambooHR",
            type="production",
            status="active",
            status_reasons=[],
            label="",
            categories=["hris"],
            created_at=now,
            updated_at=now,
        )

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        self._called("create_connect_session")
        self.bodies.append(body)
        number = str(len(self.bodies))
        return SessionGrant(
            token=f"token-{number}",
            auth_link_url=f"https://app.stackone.test/?token=token-{number}",
            stackone_id=number,
            created_at=clock.now(),
        )

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        self._called("latest_attempt")
        return None

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        self._called("get_account")
        if account_id not in self.accounts:
            raise AccountNotFoundError
        return self.accounts[account_id]

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        self._called("accounts_of")
        yield from [a for a in self.accounts.values() if a.origin_owner_id == origin_owner_id]

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        self._called("accounts_named")
        yield from [self.accounts[name] for name in account_ids if name in self.accounts]

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        self._called("accounts_page")
        return AccountPage(accounts=list(self.accounts.values()))

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        self._called("rename_owner")
        if account_id not in self.accounts:
            raise AccountNotFoundError
        renamed = replace(self.accounts[account_id], origin_owner_name=origin_owner_name)
        self.accounts[account_id] = renamed
        return renamed

    def connectors(self, *, deadline: Deadline) -> Iterator[Connector]:
        self._called("connectors")
        yield from ()

    def label_account(self, account_id: str, *, label: str, deadline: Deadline) -> AccountSnapshot:
        self._called("label_account")
        if account_id not in self.accounts:
            raise AccountNotFoundError
        labelled = replace(self.accounts[account_id], label=label)
        self.accounts[account_id] = labelled
        return labelled

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        self._called("delete_account")
        if self.accounts.pop(account_id, None) is None:
            raise AccountNotFoundError

    def _called(self, name: str) -> None:
        assert not transactions_held(), f"{name} inside a transaction on {transactions_held()}"
        self.calls.append(name)
        if self.failing is not None:
            raise self.failing


def transactions_held() -> list[str]:
    """The databases on which this thread holds a transaction that is not the test runner's."""
    return [
        connection.alias
        for connection in connections.all()
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
    ]
