"""All jobs for some time, while processes, database, cache and StackOne break at random."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event as Flag
from threading import Thread

import requests
from django.db import DatabaseError, connection

from reliability import trial
from reliability.jobs import JOBS, Job
from reliability.people import NotPreparedError, Subject
from reliability.rows import Row
from reliability.world import Site, World

GROUP = "soak"
PEOPLE = 6
#: Seconds between two faults.
PAUSE = (0.5, 3.0)


def run(world: World, seconds: float) -> Iterator[Row]:
    # Nothing secret is drawn: a run that differs from the last finds more.
    chance = random.SystemRandom()
    rows = {
        job: Row(
            group=GROUP,
            fault=f"{seconds:.0f} s of faults at random",
            job=job.name,
            bound=2.0 * trial.DEADLINE,
        )
        for job in JOBS.values()
    }
    subjects: dict[Job, list[Subject]] = {job: [] for job in rows}
    ended = Flag()
    with world.site(workers=2) as site:
        breaking = Thread(target=_break, args=(world, site, chance, ended))
        breaking.start()
        try:
            with ThreadPoolExecutor(PEOPLE) as pool:
                until = time.monotonic() + seconds
                for found in pool.map(lambda _: _work(world, site, chance, until), range(PEOPLE)):
                    for job, subject in found:
                        subjects[job].append(subject)
        finally:
            ended.set()
            breaking.join()
        for job, row in rows.items():
            for subject in subjects[job]:
                answer = subject.answers[-1]
                row.tried += 1
                row.slower(answer.seconds)
                wrong = bool(answer.problem) and answer.status != 0  # killed: no response
                row.note(wrong=[f"response: {answer.problem}"] if wrong else [])
            trial.conclude(world, site, job, subjects[job], row)
    yield from rows.values()


def _work(
    world: World, site: Site, chance: random.Random, until: float
) -> list[tuple[Job, Subject]]:
    """What one person does, one thing after another."""
    done = []
    try:
        while time.monotonic() < until:
            job = chance.choice(list(JOBS.values()))
            try:
                subject = job.prepare(world, site)
            except (NotPreparedError, DatabaseError, requests.RequestException):
                connection.close()
                continue
            subject.answers.append(job.act(world, site, subject))
            done.append((job, subject))
    finally:
        connection.close()
    return done


def _break(world: World, site: Site, chance: random.Random, ended: Flag) -> None:
    """One thing after another, each for a moment."""

    def kill() -> None:
        for pid in chance.sample(site.workers(), 1):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def hang() -> None:
        with world.stackone.network(hangs=True):
            ended.wait(2)

    def fail() -> None:
        with world.stackone.network(status="503 Service Unavailable"):
            ended.wait(2)

    def stop_cache() -> None:
        world.redis.signal(signal.SIGSTOP)
        ended.wait(2)
        world.redis.signal(signal.SIGCONT)

    def minute() -> None:
        world.cron.run("stackone_process")

    faults: list[Callable[[], None]] = [kill, world.database.cut, hang, fail, stop_cache, minute]
    while not ended.wait(chance.uniform(*PAUSE)):
        chance.choice(faults)()
