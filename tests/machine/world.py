"""A truthful StackOne in memory: what happens there happens once, and every answer is what is so.

It follows StackOne's rules (StackOne notes §3.1) of create, update and multiple, keeps the OAuth
path's attempts, and writes down the webhook of every change, to be delivered whenever the test
likes, or never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from stackone_connect import clock
from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)
from stackone_connect.exceptions import AccountNotFoundError, StackOneRejectedError

CATEGORY_OF = {"bamboohr": "hris", "personio": "hris", "greenhouse": "ats"}
PAGE = 2


@dataclass
class Session:
    """A session as StackOne knows it, and what really became of it."""

    body: Mapping[str, Any]
    created_at: datetime
    attempt: ConnectionAttempt | None = None
    account_id: str = ""
    did: str = ""

    @property
    def owner_id(self) -> str:
        return str(self.body["origin_owner_id"])

    def is_open(self, at: datetime) -> bool:
        lifetime = timedelta(seconds=self.body["expires_in"])
        return not self.did and at < self.created_at + lifetime

    def offers(self) -> list[str]:
        """The providers that the hub lists."""
        return [
            provider
            for provider, category in CATEGORY_OF.items()
            if self.body.get("provider", provider) == provider
            and category in self.body.get("categories", [category])
        ]


class World:
    """A client (``stackone_connect.client.Client``) and everything behind it.

    ``ahead`` is how far StackOne's clock is ahead of the host's.
    """

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        self.accounts: dict[str, AccountSnapshot] = {}
        self.owners: dict[str, str] = {}
        self.makers: dict[str, Session] = {}
        self.sessions: list[Session] = []
        self.webhooks: list[bytes] = []

    def now(self) -> datetime:
        """The time by StackOne's clock."""
        return clock.now() + self.ahead

    # --- What people do there --------------------------------------------------------------------

    def finish(self, session: Session, provider: str, *, oauth: bool) -> None:
        """The hub is finished, by its form or by OAuth; only the latter leaves an attempt."""
        account = self._account_for(session, provider)
        if account is None:
            account = self._create(session, provider)
            session.did = "multiple" if session.body.get("multiple") else "create"
            self.makers[account.account_id] = session
        else:
            account = self._change(account.account_id, status="active")
            session.did = "update"
        session.account_id = account.account_id
        if oauth:
            session.attempt = ConnectionAttempt(
                status="authenticated", code="", account_id=account.account_id, at=self.now()
            )

    def can_finish(self, session: Session) -> bool:
        """An account that was asked for must still be there."""
        return session.is_open(self.now()) and session.body.get("account_id", "") in (
            "",
            *self.accounts,
        )

    def deny(self, session: Session) -> None:
        """The user says no to the provider's consent page."""
        session.attempt = ConnectionAttempt(
            status="error", code="access_denied", account_id="", at=self.now()
        )

    def fall_into_error(self, account_id: str) -> None:
        self._change(account_id, status="error")

    def delete(self, account_id: str) -> None:
        self._tell("account.deleted", self.accounts.pop(account_id))

    def _account_for(self, session: Session, provider: str) -> AccountSnapshot | None:
        body = session.body
        if "account_id" in body:
            return self.accounts[body["account_id"]]
        if body.get("multiple"):
            return None
        same = (session.owner_id, body["origin_owner_name"], provider)
        for account in self.accounts.values():
            if (account.origin_owner_id, account.origin_owner_name, account.provider) == same:
                return account
        return None

    def _create(self, session: Session, provider: str) -> AccountSnapshot:
        account = AccountSnapshot(
            account_id=f"account-{len(self.owners)}",
            origin_owner_id=session.owner_id,
            origin_owner_name=session.body["origin_owner_name"],
            origin_username="",
            provider=provider,
            provider_name=provider.title(),
            type="production",
            status="active",
            status_reasons=[],
            label="",
            categories=[CATEGORY_OF[provider]],
            created_at=self.now(),
            updated_at=self.now(),
        )
        self.accounts[account.account_id] = account
        self.owners[account.account_id] = account.origin_owner_id
        self._tell("account.created", account)
        return account

    def _change(self, account_id: str, **changes: Any) -> AccountSnapshot:
        account = replace(self.accounts[account_id], updated_at=self.now(), **changes)
        self.accounts[account_id] = account
        self._tell("account.updated", account)
        return account

    def _tell(self, event: str, account: AccountSnapshot) -> None:
        told = {
            "project_id": "project",
            "event": event,
            "event_date": self.now().isoformat(),
            "account_id": account.account_id,
            "provider": account.provider,
            "origin_owner_id": account.origin_owner_id,
        }
        self.webhooks.append(json.dumps(told).encode())

    # --- What StackOne answers -------------------------------------------------------------------

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        if body.get("account_id", "") not in ("", *self.accounts):
            raise StackOneRejectedError
        self.sessions.append(Session(body=body, created_at=self.now()))
        return SessionGrant(
            token="token",
            auth_link_url="",
            stackone_id=str(len(self.sessions) - 1),
            created_at=self.now(),
        )

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        return self.sessions[int(stackone_id)].attempt

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        if account_id not in self.accounts:
            raise AccountNotFoundError
        return self.accounts[account_id]

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        held = list(self.accounts.values())
        yield from (a for a in held if a.origin_owner_id == origin_owner_id)

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        held = list(self.accounts.values())
        yield from (a for a in held if a.account_id in account_ids)

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        held = list(self.accounts.values())
        return AccountPage(accounts=held[(page - 1) * PAGE : page * PAGE])

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        return self._change(account_id, origin_owner_name=origin_owner_name)

    def connectors(self, *, deadline: Deadline) -> Iterator[Connector]:
        yield from ()

    def label_account(self, account_id: str, *, label: str, deadline: Deadline) -> AccountSnapshot:
        return self._change(account_id, label=label)

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        if account_id not in self.accounts:
            raise AccountNotFoundError
        self.delete(account_id)
