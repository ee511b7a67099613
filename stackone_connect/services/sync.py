"""Bring accounts and open sessions level with StackOne, whatever hints were lost.

For one organization its accounts are listed; for all of them the whole project is swept, page by
page, in batches that cost a constant number of queries. An account that a list does not show is
asked for by itself: only StackOne's 404 says that it is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import QuerySet

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import AccountNotFoundError, SweepRefusedError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import polling
from stackone_connect.services.recording import record
from stackone_connect.services.recording_many import record_many
from stackone_connect.services.transactions import refuse_inside_transaction

#: Accounts per batch of writing; StackOne's pages are gathered up to it.
BATCH = 2_000
#: A sweep that finds more than half of at least this many gone is not believed without ``force``.
SUSPICIOUS_FROM = 10


@dataclass(kw_only=True)
class Report:
    """What a sync did. ``repaired`` accounts differed from our rows: a hint had been missed."""

    seen: int = 0
    repaired: int = 0
    disconnected: int = 0
    foreign: int = 0


Progress = Callable[[Report], None]


def sync_organization(
    *, organization: models.Model, force: bool = False, client: Client | None = None
) -> Report:
    """Bring one organization level. One that never connected anything has nothing to bring level.

    Each call to StackOne has a deadline of its own. Raises what the client raises, and
    :class:`SweepRefusedError`; what was recorded until then stays. Not inside a transaction.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    owner = tenancy.find_owner(organization)
    report = Report()
    if owner is None:
        return report
    asked_at = clock.now()
    found = list(client.accounts_of(owner.origin_owner_id, deadline=_deadline()))
    _take_in(found, asked_at, report)
    _look_for_absent(
        LinkedAccount.objects.filter(owner=owner), asked_at, client, report, force=force
    )
    polling.poll(client=client, owner=owner)
    return report


def sync_all(
    *,
    force: bool = False,
    client: Client | None = None,
    progress: Progress | None = None,
) -> Report:
    """Sweep all accounts of the StackOne project. Interrupted and run again, it ends level.

    Accounts of owners that we do not have are counted as foreign and left alone. Raises what
    :func:`sync_organization` raises.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    report = Report()
    began = clock.now()
    for asked_at, found in _batches(client):
        _take_in(found, asked_at, report)
        if progress is not None:
            progress(report)
    _look_for_absent(LinkedAccount.objects.all(), began, client, report, force=force)
    polling.poll(client=client)
    logs.write(logging.INFO, "accounts.synced", **vars(report))
    return report


def _batches(client: Client) -> Iterator[tuple[datetime, list[AccountSnapshot]]]:
    """Batches of accounts with when the first page of each was asked for."""
    asked_at, gathered = clock.now(), list[AccountSnapshot]()
    for page in client.all_accounts(first_page=1, deadline_of_page=_deadline):
        gathered += page
        if len(gathered) >= BATCH:
            yield asked_at, gathered
            asked_at, gathered = clock.now(), []
    if gathered:
        yield asked_at, gathered


def _take_in(found: Sequence[AccountSnapshot], asked_at: datetime, report: Report) -> None:
    tally = record_many(present=found, asked_at=asked_at)
    report.seen += len(found)
    report.foreign += tally.foreign
    report.repaired += tally.repaired


def _look_for_absent(
    rows: QuerySet[LinkedAccount],
    began: datetime,
    client: Client,
    report: Report,
    *,
    force: bool,
) -> None:
    """Ask for each connected account that the list did not show."""
    connected = rows.filter(disconnected_at=None)
    absent = connected.filter(asked_at__lt=began)
    if not force:
        live, missing = connected.count(), absent.count()
        if live >= SUSPICIOUS_FROM and missing * 2 > live:
            raise SweepRefusedError(missing=missing, live=live)
    for row in absent.select_related("owner").order_by("pk").iterator(chunk_size=BATCH):
        _ask_alone(row.owner, row.account_id, client, report)


def _ask_alone(owner: OriginOwner, account_id: str, client: Client, report: Report) -> None:
    asked_at = clock.now()
    try:
        snapshot = client.get_account(account_id, deadline=_deadline())
    except AccountNotFoundError:
        record(owner=owner, asked_at=asked_at, missing=[account_id])
        report.disconnected += 1
    else:
        record(owner=owner, asked_at=asked_at, present=[snapshot])
        report.disconnected += snapshot.origin_owner_id != owner.origin_owner_id


def _deadline() -> Deadline:
    return Deadline(conf.read().deadline)
