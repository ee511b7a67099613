"""Bring accounts and open sessions level with StackOne, whatever hints were lost.

For one organization its accounts are listed; for all of them the whole project is swept, page by
page, in batches that cost a constant number of queries. An account that a list does not show is
asked for by itself: only StackOne's 404 says that it is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.db.models import QuerySet

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountPage, AccountSnapshot
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneRejectedError,
    SweepRefusedError,
)
from stackone_connect.models import LinkedAccount
from stackone_connect.services import polling
from stackone_connect.services.patience import Patience
from stackone_connect.services.recording import record
from stackone_connect.services.recording_many import record_many
from stackone_connect.services.transactions import refuse_inside_transaction

#: Accounts per batch of writing; StackOne's pages are gathered up to it.
BATCH = 2_000
#: A sweep that finds more than half of at least this many gone is not believed without ``force``.
SUSPICIOUS_FROM = 10


@dataclass(kw_only=True)
class Report:
    """What a sync did. ``repaired`` accounts differed from our rows: a hint had been missed.

    ``foreign`` ones are of owners that we do not have. ``unreadable`` is how often StackOne said
    something of an account that could not be read; those were left alone.
    """

    seen: int = 0
    repaired: int = 0
    disconnected: int = 0
    foreign: int = 0
    unreadable: int = 0


Progress = Callable[[Report], None]
Sleep = Callable[[float], None]


def sync_organization(
    *,
    organization: models.Model,
    force: bool = False,
    client: Client | None = None,
    sleep: Sleep = time.sleep,
) -> Report:
    """Bring one organization level. One that never connected anything has nothing to bring level.

    Each call to StackOne has a deadline of its own; a rate limit is waited out, for some minutes.
    Raises what the client raises, and :class:`SweepRefusedError`; what was recorded until then
    stays. Not inside a transaction.
    """
    refuse_inside_transaction()
    owner = tenancy.find_owner(organization)
    if owner is None:
        return Report()
    sync = _Sync(client=client or clients.current(), patience=Patience(sleep))
    asked_at = clock.now()
    sync.take_in(sync.accounts_of(owner.origin_owner_id), asked_at)
    sync.look_for_absent(LinkedAccount.objects.of(owner), asked_at, force=force)
    polling.poll(client=sync.client, owner=owner, limit=None)
    return sync.report


def sync_all(
    *,
    force: bool = False,
    client: Client | None = None,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> Report:
    """Sweep all accounts of the StackOne project. Interrupted and run again, it ends level.

    Accounts of owners that we do not have are counted as foreign and left alone. Raises what
    :func:`sync_organization` raises.
    """
    refuse_inside_transaction()
    sync = _Sync(client=client or clients.current(), patience=Patience(sleep))
    began = clock.now()
    for asked_at, found in sync.batches():
        sync.take_in(found, asked_at)
        if progress is not None:
            progress(sync.report)
    sync.look_for_absent(LinkedAccount.objects.all(), began, force=force)
    polling.poll(client=sync.client, limit=None)
    logs.write(logging.INFO, "accounts.synced", **vars(sync.report))
    return sync.report


@dataclass(kw_only=True)
class _Sync:
    """One sync under way."""

    client: Client
    patience: Patience
    report: Report = field(default_factory=Report)

    def accounts_of(self, origin_owner_id: str) -> list[AccountSnapshot]:
        """All that StackOne lists for an owner."""
        return self.patience.ask(
            lambda: list(self.client.accounts_of(origin_owner_id, deadline=_deadline()))
        )

    def batches(self) -> Iterator[tuple[datetime, list[AccountSnapshot]]]:
        """Batches of accounts with when the first page of each was asked for."""
        asked_at, gathered = clock.now(), list[AccountSnapshot]()
        for page in self._pages():
            self.report.unreadable += page.unreadable
            gathered += page.accounts
            if len(gathered) >= BATCH:
                yield asked_at, gathered
                asked_at, gathered = clock.now(), []
        if gathered:
            yield asked_at, gathered

    def _pages(self) -> Iterator[AccountPage]:
        """The project's pages. After a rate limit it goes on with the page that was refused."""
        number = 1
        pages: Iterator[AccountPage] | None = None

        def next_page() -> AccountPage | None:
            nonlocal pages
            pages = pages or self.client.all_accounts(first_page=number, deadline_of_page=_deadline)
            try:
                return next(pages, None)
            except BaseException:
                pages = None  # a generator that has raised gives no more
                raise

        while (page := self.patience.ask(next_page)) is not None:
            number += 1
            yield page

    def take_in(self, found: Sequence[AccountSnapshot], asked_at: datetime) -> None:
        """Write down what StackOne listed."""
        tally = record_many(present=found, asked_at=asked_at)
        self.report.seen += len(found)
        self.report.foreign += tally.foreign
        self.report.repaired += tally.repaired

    def look_for_absent(
        self, rows: QuerySet[LinkedAccount], began: datetime, *, force: bool
    ) -> None:
        """Ask for each connected account that the list did not show."""
        connected = rows.filter(disconnected_at=None)
        absent = connected.filter(asked_at__lt=began).select_related("owner").order_by("pk")
        if not force:
            live, missing = connected.count(), absent.count()
            if live >= SUSPICIOUS_FROM and missing * 2 > live:
                raise SweepRefusedError(missing=missing, live=live)
        last = 0
        while batch := absent.filter(pk__gt=last)[:BATCH]:
            for row in batch:
                self._ask_alone(row)
                last = row.pk

    def _ask_alone(self, row: LinkedAccount) -> None:
        asked_at = clock.now()
        try:
            snapshot = self.patience.ask(
                lambda: self.client.get_account(row.account_id, deadline=_deadline())
            )
        except AccountNotFoundError:
            record(owner=row.owner, asked_at=asked_at, missing=[row.account_id])
            self.report.disconnected += 1
        except (StackOneBadAnswerError, StackOneRejectedError):
            self.report.unreadable += 1  # about this one nothing is known; the next may be readable
        else:
            record(owner=row.owner, asked_at=asked_at, present=[snapshot])
            self.report.disconnected += snapshot.origin_owner_id != row.owner.origin_owner_id


def _deadline() -> Deadline:
    return Deadline(conf.read().deadline)
