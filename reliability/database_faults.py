"""The database: cut off, crashed, full, read-only, locked elsewhere, and at repeatable read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import Timer

from reliability import trial
from reliability.jobs import JOBS
from reliability.people import Subject
from reliability.rows import Row
from reliability.trial import Fault
from reliability.world import Site, World

GROUP = "database"
#: Seconds that the server is away after it crashed.
AWAY = 3.0
#: Seconds that somebody else holds the locks.
HELD = 40.0


@contextmanager
def _cut(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    with trial.repeating(world.database.cut, pause=0.03):
        yield


@contextmanager
def _crash(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    """It dies while the requests are under way, and comes back while they are."""

    def crash() -> None:
        world.database.crash()
        time.sleep(AWAY)
        world.database.start()

    timer = Timer(0.02, crash)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@contextmanager
def _read_only(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    world.database.read_only(True)
    try:
        yield
    finally:
        world.database.read_only(False)


@contextmanager
def _full(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    world.forget_connection()
    with world.database.full():
        yield


@contextmanager
def _owners_locked(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    keys = ", ".join(f"'{subject.member.owner_id}'" for subject in subjects)
    rows = "SELECT * FROM stackone_connect_originowner WHERE origin_owner_id IN"
    with world.database.locked(f"{rows} ({keys}) FOR UPDATE", seconds=HELD):
        yield


@contextmanager
def _accounts_locked(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    keys = ", ".join(f"'{subject.account_id}'" for subject in subjects)
    rows = "SELECT * FROM stackone_connect_linkedaccount WHERE account_id IN"
    with world.database.locked(f"{rows} ({keys}) FOR UPDATE", seconds=HELD):
        yield


FAULTS = [
    Fault(group=GROUP, name="connections cut every 30 ms", block=_cut),
    Fault(group=GROUP, name=f"server killed, back after {AWAY:.0f} s", block=_crash),
    Fault(group=GROUP, name="read-only", block=_read_only),
    Fault(
        group=GROUP, name="rows of the owner locked elsewhere", block=_owners_locked, is_slow=True
    ),
    Fault(
        group=GROUP,
        name="rows of the account locked elsewhere",
        block=_accounts_locked,
        is_slow=True,
    ),
    Fault(group=GROUP, name="disk full", block=_full),
]
SERIALIZATION = Fault(
    group=GROUP,
    name="repeatable read, the same twice at once",
    block=lambda *_: nullcontext(),
    twice=True,
)


def run(world: World, times: int, *, slow: bool) -> Iterator[Row]:
    with world.site() as site:
        for fault in FAULTS:
            if fault.is_slow and not slow:
                continue
            for job in JOBS.values():
                try:
                    yield trial.run(world, site, job, fault, times)
                except PermissionError as why:
                    yield Row(group=GROUP, fault=fault.name, job=job.name, skipped=str(why))
    with world.site(RELIABILITY_ISOLATION="repeatable read") as site:
        for job in JOBS.values():
            yield trial.run(world, site, job, SERIALIZATION, times)
