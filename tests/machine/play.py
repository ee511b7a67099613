"""Histories: what happened at StackOne and in browsers, played to our services with any parsing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction

from example_project.accounts.models import Organization
from stackone_connect import client
from stackone_connect.exceptions import StackOneConnectError
from stackone_connect.models import ConnectSession, LinkedAccount
from stackone_connect.services import _polling, events, sessions, sync
from tests.machine.world import World

SECRET = "test-secret"
NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")


@contextmanager
def undone() -> Iterator[None]:
    """Everything written inside is forgotten, as the test runner does around a test."""
    block: Any = transaction.atomic()
    block._from_testcase = True
    block.__enter__()
    try:
        yield
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


@dataclass(frozen=True)
class Fact:
    """Something that happens once, at a time: at StackOne, or a call from a browser."""

    at: datetime
    name: str
    values: Mapping[str, Any]


@dataclass
class Play:
    """One course of events: a world, our tables, and the hints that came between the facts."""

    tenants: list[Organization]
    traveller: time_machine.Traveller
    world: World = field(default_factory=World)
    #: By StackOne's id of the session.
    rows: dict[int, ConnectSession] = field(default_factory=dict)

    def do(self, fact: Fact) -> None:
        """Let a fact happen, at its time."""
        self.traveller.move_to(fact.at)
        getattr(self, fact.name)(**fact.values)

    # --- Facts -----------------------------------------------------------------------------------

    def issue(self, tenant: int, **fields: Any) -> None:
        with client.using(lambda _: self.world), suppress(StackOneConnectError):
            issued = sessions.issue(organization=self.tenants[tenant], **fields)
            self.rows[int(issued.session.stackone_id)] = issued.session

    def finish(self, session: int, provider: str, oauth: bool) -> None:
        self.world.finish(self.world.sessions[session], provider, oauth=oauth)

    def deny(self, session: int) -> None:
        self.world.deny(self.world.sessions[session])

    def fall_into_error(self, account_id: str) -> None:
        self.world.fall_into_error(account_id)

    def delete(self, account_id: str) -> None:
        self.world.delete(account_id)

    def complete(self, tenant: int, session: int, account_id: str) -> None:
        with client.using(lambda _: self.world), suppress(StackOneConnectError):
            sessions.complete(
                organization=self.tenants[tenant],
                session_id=self.rows[session].pk,
                account_id=account_id,
            )

    # --- Hints -----------------------------------------------------------------------------------

    def deliver(self, number: int, *, later: bool = False) -> None:
        """A webhook arrives; ``later`` leaves it to the command."""
        body = self.world.webhooks[number]
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
        signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        received = events.receive(body=body, signature_header=signature)
        if received.event_id is not None and not later:
            with client.using(lambda _: self.world):
                events.process(event_id=received.event_id)

    def drain(self) -> None:
        with client.using(lambda _: self.world):
            events.process_due()

    def sync(self, tenant: int | None = None) -> None:
        if tenant is None:
            sync.sync_all(client=self.world)
        else:
            sync.sync_organization(organization=self.tenants[tenant], client=self.world)

    def poll(self) -> None:
        _polling.poll(client=self.world)

    def hint_at_random(self, chance: random.Random) -> None:
        """Any number of hints in any order, each a moment after the other."""
        for _ in range(chance.choice([0, 0, 1, 1, 2, 4])):
            self.traveller.shift(timedelta(milliseconds=1))
            kind = chance.choice(["deliver", "deliver", "later", "drain", "sync", "one", "poll"])
            if kind in ("deliver", "later") and self.world.webhooks:
                number = chance.randrange(len(self.world.webhooks))
                self.deliver(number, later=kind == "later")
            elif kind == "drain":
                self.drain()
            elif kind == "sync":
                self.sync()
            elif kind == "one":
                self.sync(chance.randrange(len(self.tenants)))
            elif kind == "poll":
                self.poll()

    def settle(self) -> None:
        """What the documentation says to run: one sync, which polls."""
        self.traveller.shift(timedelta(milliseconds=1))
        self.sync()

    # --- What is on record -----------------------------------------------------------------------

    def accounts(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Our rows of the accounts that are connected."""
        return {
            (row.owner.origin_owner_id, row.account_id): (
                *(row.origin_owner_name, row.provider, row.status, row.categories),
                *map(self._by_our_clock, (row.stackone_created_at, row.stackone_updated_at)),
            )
            for row in LinkedAccount.objects.connected().select_related("owner")
        }

    def truth(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """The same as StackOne has it."""
        return {
            (a.origin_owner_id, a.account_id): (
                *(a.origin_owner_name, a.provider, a.status, a.categories),
                *map(self._by_our_clock, (a.created_at, a.updated_at)),
            )
            for a in self.world.accounts.values()
        }

    def _by_our_clock(self, at: datetime | None) -> datetime | None:
        return at and at - self.world.ahead

    def outcomes(self) -> dict[int, tuple[str, str, str]]:
        """What each issued session reads, by StackOne's id."""
        issued = ConnectSession.objects.exclude(stackone_id="")
        return {int(s.stackone_id): (s.status, s.outcome, s.account_id) for s in issued}
