"""StackOne for tests: one in memory that can be told everything, and the sandbox in its place."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connections
from django.test import Client as DjangoClient

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.testing.kit import Call, StackOneSandbox
from tests.factories import SnapshotFactory

STACKONE = "https://api.stackone.test"
ANY_ADDRESS = re.compile(rf"{re.escape(STACKONE)}/.*")


def held_transactions() -> list[str]:
    """The databases on which this thread holds a transaction that is not the test runner's."""
    return [
        alias
        for alias in connections
        if any(
            not getattr(block, "_from_testcase", False)
            for block in connections[alias].atomic_blocks
        )
    ]


class FakeStackOne:
    """A :class:`stackone_connect.client.Client` that answers from memory.

    It notes every call as (name, argument), and refuses to be called inside a transaction.
    ``failing`` maps a call's name to the error it raises; ``during`` maps it to something to run
    before it answers, such as what another worker does meanwhile.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.remaining: list[float] = []
        self.accounts: dict[str, AccountSnapshot] = {}
        self.attempts: dict[str, ConnectionAttempt] = {}
        self.failing: dict[str, BaseException] = {}
        self.during: dict[str, Callable[[], object]] = {}
        self.clock_ahead = timedelta()
        self.takes_labels = True
        self.known_connectors: list[Connector] = []

    @property
    def names(self) -> list[str]:
        """The calls by name alone."""
        return [name for name, _ in self.calls]

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """What sessions were asked for with."""
        return [body for name, body in self.calls if name == "create_connect_session"]

    def link(self, owner_id: str, **values: Any) -> AccountSnapshot:
        """An account comes into being."""
        made: AccountSnapshot = SnapshotFactory.build(origin_owner_id=owner_id, **values)
        self.accounts[made.account_id] = made
        return made

    def touch(self, account_id: str, **changes: Any) -> AccountSnapshot:
        """An account is edited."""
        edited = replace(self.accounts[account_id], updated_at=clock.now(), **changes)
        self.accounts[account_id] = edited
        return edited

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        self._called("create_connect_session", body, deadline)
        number = len(self.calls)
        return SessionGrant(
            token=f"token-{number}",
            auth_link_url=f"https://app.stackone.test/?token=token-{number}",
            stackone_id=str(number),
            created_at=clock.now() + self.clock_ahead,
        )

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        self._called("latest_attempt", stackone_id, deadline)
        return self.attempts.get(stackone_id)

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        self._called("get_account", account_id, deadline)
        if account_id not in self.accounts:
            raise AccountNotFoundError
        return self.accounts[account_id]

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        self._called("accounts_of", origin_owner_id, deadline)
        yield from [a for a in self.accounts.values() if a.origin_owner_id == origin_owner_id]

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        self._called("accounts_named", tuple(account_ids), deadline)
        yield from [a for a in self.accounts.values() if a.account_id in account_ids]

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        self._called("accounts_page", page, deadline)
        return AccountPage(accounts=list(self.accounts.values()) if page == 1 else [])

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        self._called("rename_owner", (account_id, origin_owner_name), deadline)
        if account_id not in self.accounts:
            raise AccountNotFoundError
        return self.touch(account_id, origin_owner_name=origin_owner_name)

    def connectors(self, *, deadline: Deadline) -> Iterator[Connector]:
        self._called("connectors", None, deadline)
        yield from self.known_connectors

    def label_account(self, account_id: str, *, label: str, deadline: Deadline) -> AccountSnapshot:
        self._called("label_account", (account_id, label), deadline)
        if account_id not in self.accounts:
            raise AccountNotFoundError
        if not self.takes_labels:
            return self.touch(account_id)
        return self.touch(account_id, label=label)

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        self._called("delete_account", account_id, deadline)
        if self.accounts.pop(account_id, None) is None:
            raise AccountNotFoundError

    def _called(self, name: str, argument: object, deadline: Deadline) -> None:
        assert held_transactions() == [], f"{name} inside a transaction"
        self.calls.append((name, argument))
        self.remaining.append(deadline.remaining())
        meanwhile = self.during.get(name)
        if meanwhile is not None:
            meanwhile()
        if name in self.failing:
            raise self.failing[name]


class _Calls(list[Call]):
    """What reached the sandbox, never from inside a transaction."""

    def append(self, call: Call) -> None:
        assert held_transactions() == [], f"{call.path} inside a transaction"
        super().append(call)


class Sandbox:
    """The testing kit's sandbox in StackOne's place, and a hub that is filled in field by field."""

    def __init__(self, kit: StackOneSandbox) -> None:
        self._calls = kit.calls = _Calls()
        self._browser = DjangoClient()

    @property
    def requests(self) -> list[tuple[str, str, Any]]:
        """What StackOne was asked: method, path without its query, and the body's JSON."""
        return [
            (call.method, urlsplit(call.path).path, json.loads(call.body) if call.body else None)
            for call in self._calls
        ]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The bodies that sessions were asked for with."""
        return [body for _, path, body in self.requests if path == "/connect_sessions"]

    def call(self, method: str, path: str, token: str, body: Any = None) -> Any:
        """What the hub asks with a token; the answer's JSON, once it is sure to be a good one."""
        answer = self._browser.generic(
            method,
            f"/sandbox/hub/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"x-hub-session-token": token},
        )
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    def finish_hub(self, token: str, provider: str = "bamboohr", **credentials: str) -> str:
        """Fill in the hub's form and press Connect; the id that the hub reports."""
        values = credentials or {"subdomain": "acme", "api_key": "a-customers-secret"}
        body = {"integration_id": f"sandbox-{provider}", "credentials": values}
        return str(self.call("POST", "accounts", token, body)["id"])

    def accounts(self, owner_id: str = "") -> list[dict[str, Any]]:
        """What StackOne has, as it would answer it."""
        key = base64.b64encode(b"sandbox-key:").decode()
        answer = self._browser.get(
            "/sandbox/accounts",
            {"origin_owner_id": owner_id} if owner_id else {},
            headers={"Authorization": f"Basic {key}"},
        )
        found: list[dict[str, Any]] = answer.json()
        return found
