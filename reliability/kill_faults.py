"""SIGKILL at every statement, commit and call to StackOne."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence

from reliability import trial
from reliability.jobs import JOBS, Event, Job
from reliability.people import deliver, event_body, linked
from reliability.rows import Row
from reliability.trial import DEADLINE
from reliability.world import Answer, Site, World
from stackone_connect.models import WebhookEvent
from stackone_connect.services._webhooks.queue import LEASE

GROUP = "killed processes"
KILL = "X-Reliability-Kill"
#: Seconds between two of cron's runs.
EVERY = 60
#: Seconds after which an event that is still not processed is taken to be lost.
LONGEST = 300


def run(world: World, step: int) -> Iterator[Row]:
    """``step``: every point, every second, …"""
    with world.site() as site:
        for job in JOBS.values():
            yield _at_every_point(world, site, job, step)
        yield _lease(world, site)


def _at_every_point(world: World, site: Site, job: Job, step: int) -> Row:
    row = Row(
        group=GROUP,
        fault="killed at each write and call" if step == 1 else f"killed at every {step}th of them",
        job=job.name,
        measure="seconds until in step",
        bound=2.0 * EVERY,
    )
    points = _points(world, site, job)
    subjects = []
    for point in range(1, points + 1, step):
        subject = job.prepare(world, site)
        world.points.unlink(missing_ok=True)
        before = site.workers()
        answer = job.act(world, site, subject, **{KILL: str(point)})
        subject.answers.append(answer)
        subjects.append(subject)
        row.tried += _was_killed(world, site, answer, before)
        row.note(wrong=[f"response: {answer.problem}"] if answer.status and answer.problem else [])
    row.note(wrong=[] if row.tried else ["no process was killed"])
    minute = trial.conclude(world, site, job, subjects, row)
    row.worst = None if minute is None else minute * EVERY
    return row


def _was_killed(world: World, site: Site, answer: Answer, before: Sequence[int]) -> bool:
    """Whether the process died, perhaps after its response; some subjects have fewer points."""
    until = time.monotonic() + 10
    while answer.status and not _points_told(world):
        assert time.monotonic() < until, "the request did not come to its end"
        if site.workers() != before:
            return True
        time.sleep(0.01)
    return answer.status == 0


def _points_told(world: World) -> bool:
    return world.points.exists() and world.points.read_text() != ""


def _points(world: World, site: Site, job: Job) -> int:
    """How many points the job has for all kinds of subjects: the most of a few."""
    most = 0
    for _ in range(3):
        world.points.unlink(missing_ok=True)
        subject = job.prepare(world, site)
        job.act(world, site, subject, **{KILL: "1000000"})
        until = time.monotonic() + 10
        while not _points_told(world):
            assert time.monotonic() < until, "the request's points were not counted"
            time.sleep(0.02)
        most = max(most, int(world.points.read_text()))
    return most


def _lease(world: World, site: Site) -> Row:
    """How long an event stays with a worker that was killed while StackOne was being asked."""
    row = Row(
        group=GROUP,
        fault="killed while StackOne was asked",
        job=Event.name,
        measure="seconds until done: the lease, and a minute of cron",
        # And what is left of the second in which it was looked for.
        bound=LEASE.total_seconds() + DEADLINE + EVERY + 1,
    )
    subject = linked(world, site)
    with world.stackone.network(hangs=True):
        answer = deliver(site, event_body("account.updated", subject))
        row.tried = 1
        row.note(lost=[] if answer.is_good else [f"response: {answer.status}"])
        event = WebhookEvent.objects.filter(account_id=subject.account_id).exclude(state="done")
        until = time.monotonic() + 10
        while not event.filter(leased_until__isnull=False).exists():
            assert time.monotonic() < until, "the event was not taken up"
            time.sleep(0.02)
        for pid in site.workers():
            os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
    for seconds in range(1, LONGEST):
        world.minute((seconds - (time.monotonic() - killed)) / 60, "stackone_process")
        if not event.exists():
            row.worst = seconds + EVERY
            return row
    row.note(lost=["an accepted event is not processed five minutes later"])
    return row
