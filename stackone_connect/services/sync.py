"""Bring accounts and open sessions in sync with StackOne, whatever events were lost.

For one organization its accounts are listed; for all of them the whole project is swept, page by
page, in batches that cost a constant number of queries. An account that a list does not show is
asked for by itself: only StackOne's 404 says that it is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from stackone_connect import client as clients
from stackone_connect import conf, database_errors, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, Fetch
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneConnectError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
    SweepRefusedError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import _polling
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._reconcile import reconcile

__all__ = ["Report", "sync_all", "sync_organization"]

_T = TypeVar("_T")

#: Accounts per batch of writing; StackOne's pages are gathered up to it.
BATCH = 2_000
#: Pages in a row of nothing but what can't be read end a list: it may look new in each of them.
UNREADABLE_PAGES = 10
#: Waits for a rate limit in a row after which its error is raised. Each is a minute at most.
WAITS = 5
#: So many accounts for which StackOne does not answer end a sync.
FAILURES = 3
#: A sweep that finds more than half of at least this many gone is not believed without ``force``.
SUSPICIOUS_FROM = 10


@dataclass(kw_only=True)
class Report:
    """What a sync did. ``repaired`` accounts differed from our rows: an event had been missed.

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


@calls_stackone
def sync_organization(
    *,
    organization: models.Model,
    force: bool = False,
    client: Client | None = None,
    sleep: Sleep = time.sleep,
    deadline: Deadline | None = None,
) -> Report:
    """Bring one organization in sync; one that never connected anything is in sync.

    Each call to StackOne has a deadline of its own; a rate limit is waited out, for some minutes.
    Where somebody waits for it, all calls share ``deadline``, and a rate limit is raised.

    Raises what the client raises, and :class:`SweepRefusedError`; what was recorded until then
    stays. Not inside a transaction.
    """
    owner = tenancy.find_owner(organization)
    if owner is None:
        return Report()
    asked = client or clients.current(owner.project)
    sync = _Sync(project=owner.project, client=asked, sleep=sleep, deadline=deadline)
    sync.sync_owner(owner, force=force)
    _polling.poll(client=sync.client, owner=owner, limit=None, deadline=deadline)
    return sync.report


@calls_stackone
def sync_all(
    *,
    force: bool = False,
    client: Client | None = None,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> Report:
    """Sweep all accounts, one StackOne project after the other. Interrupted and run again, it ends
    in sync.

    Accounts of owners that we do not have, and those that are not of our type, are counted as
    foreign and left alone. A project that fails does not keep the next ones from being swept: the
    first failure is raised at the end. Raises what :func:`sync_organization` raises.
    """
    report, failures = Report(), []
    for project in conf.projects():
        try:
            asked = client or clients.current(project)
            sync = _Sync(project=project, client=asked, sleep=sleep, report=report)
            sync.sweep(force=force, progress=progress)
        except StackOneConnectError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    _polling.poll(client=client, limit=None)
    logs.write(logging.INFO, "accounts.synced", **vars(report))
    return report


@dataclass(kw_only=True)
class _Sync:
    """One sync of one StackOne project under way."""

    project: str
    client: Client
    sleep: Sleep
    deadline: Deadline | None = None
    report: Report = field(default_factory=Report)
    failures: list[StackOneUnavailableError] = field(default_factory=list)

    def sweep(self, *, force: bool, progress: Progress | None) -> None:
        """All accounts of the project, then those of ours that its list did not show."""
        began = fetch = FetchNumber.take()
        number = unreadable_pages = 0
        # What the first page and the newest ones have shown, since pages shift while they are read,
        # and a list may begin anew after the last. Not all, of which memory would grow: what comes
        # again much later is written again, which changes nothing.
        first, earlier, newest = set[str](), set[str](), set[str]()
        gathered: list[AccountSnapshot] = []
        while True:
            number += 1
            page = self._ask(partial(self.client.accounts_page, number))
            accounts = {account.account_id: account for account in page.accounts}
            fresh = {*accounts, *page.unreadable} - newest - earlier - first
            first = first or fresh
            newest |= fresh
            self.report.unreadable += len(fresh & page.unreadable)
            gathered += [account for name, account in accounts.items() if name in fresh]
            unreadable_pages = 0 if fresh & accounts.keys() else unreadable_pages + 1
            is_last = not fresh or unreadable_pages == UNREADABLE_PAGES
            if gathered and (is_last or len(gathered) >= BATCH):
                self.take_in(gathered, fetch)
                fetch, gathered = FetchNumber.take(), []
                earlier, newest = newest, set()
                if progress is not None:
                    progress(self.report)
            if is_last:
                break
        rows = LinkedAccount.objects.of_our_types().filter(owner__project=self.project)
        self.look_for_absent(rows, began, force=force)

    def sync_owner(self, owner: OriginOwner, *, force: bool) -> None:
        """All that StackOne lists for an owner, then those of ours that its list did not show."""
        fetch = FetchNumber.take()
        self.take_in(self._ask(partial(_listed, self.client, owner)), fetch)
        self.look_for_absent(LinkedAccount.objects.ours(owner), fetch, force=force)

    def take_in(self, found: Sequence[AccountSnapshot], fetch: Fetch) -> None:
        """Write down what StackOne listed."""
        done = reconcile(project=self.project, fetch=fetch, present=found, from_sweep=True)
        self.report.seen += len(found)
        self.report.foreign += done.foreign
        self.report.repaired += done.repaired
        self.report.disconnected += done.disconnected

    def look_for_absent(self, rows: QuerySet[LinkedAccount], began: Fetch, *, force: bool) -> None:
        """Ask for each connected account that the list did not show."""
        connected = rows.filter(disconnected_at=None)
        # Also those of numbers that were not handed out yet, which come from another database.
        newest = FetchNumber.take().number
        unseen = Q(fetched_number__lt=began.number) | Q(fetched_number__gt=newest)
        absent = connected.filter(unseen).select_related("owner").order_by("pk")
        if not force:
            live, missing = connected.count(), absent.count()
            if live >= SUSPICIOUS_FROM and missing * 2 > live:
                raise SweepRefusedError(missing=missing, live=live)
        last = 0
        while batch := absent.filter(pk__gt=last)[:BATCH]:
            for row in batch:
                self._ask_alone(row)
                last = row.pk
        if self.failures:
            raise self.failures[0]

    def _ask_alone(self, row: LinkedAccount) -> None:
        fetch = FetchNumber.take()
        present, missing = list[AccountSnapshot](), list[str]()
        try:
            present.append(self._ask(partial(self.client.get_account, row.account_id)))
            if present[0].account_id != row.account_id:
                raise StackOneBadAnswerError
        except AccountNotFoundError:
            missing.append(row.account_id)
        except (StackOneBadAnswerError, StackOneRejectedError):
            self.report.unreadable += 1  # about this one nothing is known; the next may be readable
            return
        except StackOneUnavailableError as error:
            self.failures.append(error)  # said at the end: it may be about this one alone
            if len(self.failures) < FAILURES:
                return
            raise
        done = reconcile(project=self.project, fetch=fetch, present=present, missing=missing)
        self.report.disconnected += done.disconnected

    def _ask(self, call: Callable[..., _T]) -> _T:
        """One call to StackOne with a deadline of its own; its rate limit is waited out.

        StackOne allows 1,000 requests a minute per key (StackOne notes §2), so a sweep of a large
        project meets the limit. Somebody who waits for it has the one deadline instead.
        """
        if self.deadline is not None:
            return call(deadline=self.deadline)
        waits = 0
        while True:
            try:
                return call(deadline=Deadline(conf.read().deadline))
            except StackOneRateLimitedError as error:
                waits += 1
                if waits > WAITS:
                    raise
                seconds = error.retry_after or 0
                logs.write(logging.INFO, "stackone.waited_for", seconds=seconds)
                self.sleep(seconds)
                database_errors.close_cut()


def _listed(client: Client, owner: OriginOwner, *, deadline: Deadline) -> list[AccountSnapshot]:
    return list(client.accounts_of(owner.origin_owner_id, deadline=deadline))
