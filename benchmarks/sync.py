"""A sync of all accounts, beside a plain loop over the same pages; and its memory."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.test import override_settings

from benchmarks import servers
from benchmarks.database import database
from benchmarks.load import ROUNDS
from benchmarks.results import Results, of_ratios, of_rounds
from benchmarks.servers import ROOT
from benchmarks.stackone import OWNERS, PAGE
from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.responses import read_time
from stackone_connect.services import sync

ACCOUNTS = 10_000
#: The plain loop takes as long for each account, so in a round it makes only so many.
OF_THE_LOOP = 2_000
MANY = 100_000
_IN_A_PROCESS = """
import django
django.setup()
from benchmarks.sync import grown_mb
print(grown_mb())
"""


def measure() -> Results:
    """Accounts per second, all of them new, and the memory that many take."""
    with database("sync") as env, servers.stackone() as stackone:
        add_owners()
        env["BENCH_STACKONE"] = f"{stackone.url}/{ACCOUNTS}"
        app, loop = [], []
        given = {**settings.STACKONE_CONNECT, "BASE_URL": env["BENCH_STACKONE"]}
        with override_settings(STACKONE_CONNECT=given):
            for number in range(ROUNDS):
                app.append(_per_second(sync_all, ACCOUNTS))
                loop.append(_per_second(_plain_loop, OF_THE_LOOP))
                print(f"  round {number + 1}: {app[-1]:.0f}/s, loop {loop[-1]:.0f}/s", flush=True)
        LinkedAccount.objects.all().delete()
        grown = subprocess.run(
            [sys.executable, "-c", _IN_A_PROCESS],
            cwd=ROOT,
            env=os.environ | env | {"BENCH_STACKONE": f"{stackone.url}/{MANY}"},
            check=True,
            stdout=subprocess.PIPE,
        )
    return {
        "sync_10000_vs_naive": of_ratios(app, loop, ">= 15"),
        "sync_accounts_per_second": of_rounds(app),
        "sync_accounts_per_second_naive": of_rounds(loop),
        "sync_100000_rss_mb": of_rounds([float(grown.stdout)], "<= 12"),
    }


def add_owners() -> None:
    """Those whose accounts the stand-in lists."""
    organizations = Organization.objects.bulk_create(
        Organization(name=f"Organization {number}") for number in range(1, OWNERS + 1)
    )
    OriginOwner.objects.bulk_create(
        OriginOwner(
            organization=organization,
            origin_owner_id=str(number),
            origin_owner_name=organization.name,
            accounts_read_at=clock.now(),
        )
        for number, organization in enumerate(organizations, 1)
    )


def sync_all() -> None:
    """All accounts that are listed."""
    report = sync.sync_all()
    assert report.foreign == 0, report


def _per_second(work: Callable[[], object], accounts: int) -> float:
    LinkedAccount.objects.all().delete()
    gc.collect()
    began = time.perf_counter()
    work()
    lasted = time.perf_counter() - began
    assert LinkedAccount.objects.count() == accounts
    return accounts / lasted


def _plain_loop() -> None:
    """As a team would write it by hand: page by page, ``update_or_create`` for each account."""
    address = f"{settings.STACKONE_CONNECT['BASE_URL']}/accounts"
    with requests.Session() as session:
        session.auth = ("sandbox-key", "")
        for page in range(1, OF_THE_LOOP // PAGE + 1):
            query: dict[str, Any] = {"page": page, "page_size": PAGE}
            listed: list[dict[str, Any]] = session.get(address, params=query, timeout=(3, 8)).json()
            for account in listed:
                _record(account)


def _record(account: dict[str, Any]) -> None:
    owner = OriginOwner.objects.get(project="default", origin_owner_id=account["origin_owner_id"])
    LinkedAccount.objects.update_or_create(
        owner=owner,
        account_id=account["id"],
        defaults={
            "provider": account["provider"],
            "provider_name": account["provider_name"],
            "type": account["type"],
            "status": account["status"],
            "status_reasons": account["status_reasons"],
            "origin_owner_name": account["origin_owner_name"],
            "origin_username": account["origin_username"] or "",
            "label": account["label"] or "",
            "categories": account["categories"],
            "stackone_created_at": read_time(account["created_at"]),
            "stackone_updated_at": read_time(account["updated_at"]),
            "fetched_at": clock.now(),
            "disconnected_at": None,
        },
    )


# --- In a process of its own ---------------------------------------------------------------------


def grown_mb() -> float:
    """What the peak of a sync adds to the memory of a process that has synced a few before."""
    given = settings.STACKONE_CONNECT
    few = given["BASE_URL"].replace(str(MANY), str(sync.BATCH))
    with override_settings(STACKONE_CONNECT={**given, "BASE_URL": few}):
        sync_all()
    gc.collect()
    before = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    sync_all()
    return _memory_mb("VmHWM") - before


def _memory_mb(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024
