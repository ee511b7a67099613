"""StackOne: hanging, limiting, refusing our key, and away for hours and days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from reliability import trial
from reliability.jobs import BOTH, JOBS
from reliability.people import Subject
from reliability.rows import Row
from reliability.trial import Fault
from reliability.world import Site, World

GROUP = "StackOne"
HOUR = 60
#: Minutes of an outage after which cron's runs are played; what is due is at most an hour away.
RUNS = (1, 2, 5, 10, 20, 40, 60, 90, 120, 180, 240, 300, 360, 480, 600, 720)
#: And minutes after its end.
AFTERWARDS = (1, 2, 5, 15, 30, 45, 60, 61)
#: Seconds: a sync waits five times for the limit, a minute at most.
WAITS_OF_A_SYNC = 5 * 60
OUTAGES = {"3 h": 3 * HOUR, "12 h": 12 * HOUR, "3 d": 72 * HOUR}


def _network(**conditions: Any) -> Any:
    def block(
        world: World, site: Site, subjects: Sequence[Subject]
    ) -> AbstractContextManager[None]:
        return world.stackone.network(**conditions)

    return block


@contextmanager
def _away(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    world.stackone.stop()
    try:
        yield
    finally:
        world.stackone.start()


FAULTS = [
    Fault(group=GROUP, name="hangs", block=_network(hangs=True)),
    Fault(
        group=GROUP,
        name="limits (429)",
        block=_network(status="429 Too Many Requests"),
        command_bound=WAITS_OF_A_SYNC,
    ),
    Fault(group=GROUP, name="refuses our key (401)", block=_network(status="401 Unauthorized")),
    Fault(group=GROUP, name="fails (500)", block=_network(status="500 Internal Server Error")),
    Fault(group=GROUP, name="refuses connections", block=_away),
]


def run(world: World, times: int) -> Iterator[Row]:
    for fault in FAULTS:
        with world.site() as site:
            for job in JOBS.values():
                yield trial.run(world, site, job, fault, times)


def outages(world: World, times: int, names: Sequence[str]) -> Iterator[Row]:
    for name in names:
        yield from _outage(world, times, name)


def _outage(world: World, times: int, name: str) -> Iterator[Row]:
    """All jobs in one outage; the clock of cron goes on by hours."""
    length = OUTAGES[name]
    rows = {
        job: Row(
            group=GROUP,
            fault=f"away for {name}",
            job=job.name,
            measure="seconds until in step, StackOne being back",
            bound=61 * 60,
        )
        for job in JOBS.values()
    }
    with world.site() as site:
        subjects = {job: trial.prepared(world, site, job, times) for job in rows}
        with _away(world, site, []):
            for job, row in rows.items():
                trial.act(world, site, job, subjects[job], row)
                row.worst = None
            for minute in [*(run for run in RUNS if run < length), length]:
                world.minute(minute, "stackone_process")
        for minute in AFTERWARDS:
            # Only the last run is of the sync, which would make up for whatever was lost before.
            commands = BOTH if minute == AFTERWARDS[-1] else BOTH[:1]
            problems = world.minute(length + minute, *commands)
            for job, row in rows.items():
                if row.worst is None:
                    _look(world, job, row, subjects[job], minute, problems)
    yield from rows.values()


def _look(
    world: World,
    job: Any,
    row: Row,
    subjects: Sequence[Subject],
    minute: int,
    problems: Sequence[str],
) -> None:
    if minute == AFTERWARDS[0]:
        for subject in subjects:
            assert subject.answers
    verdicts = job.verdict(world, subjects)
    if all(verdicts) and not problems:
        row.worst = minute * 60.0
    elif minute == AFTERWARDS[-1]:
        row.note(
            lost=[text for verdict in verdicts for text in verdict.lost],
            wrong=[text for verdict in verdicts for text in verdict.wrong] + [*problems],
        )
