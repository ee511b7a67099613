"""Clocks: two servers whose clocks differ, and one whose clock is set back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reliability import trial
from reliability.jobs import JOBS, Job
from reliability.people import issue
from reliability.rows import Row
from reliability.trial import BOUND
from reliability.world import Member, Site, World

GROUP = "clocks"
CLOCK = "X-Reliability-Clock"
SECONDS = {"2 s": 2, "1 h": 3600}


def run(world: World, times: int) -> Iterator[Row]:
    for name, seconds in SECONDS.items():
        with (
            world.site(RELIABILITY_CLOCK=str(seconds)) as fast,
            world.site() as slow,
        ):
            for job in JOBS.values():
                title = f"two servers {name} apart, the fast one first"
                yield _trial(world, job, title, times, (fast, slow), clock=0)
            for job in JOBS.values():
                title = f"two servers {name} apart, the slow one first"
                yield _trial(world, job, title, times, (slow, fast), clock=seconds)
            for job in JOBS.values():
                before = replace(slow, headers={CLOCK: str(seconds)})
                after = replace(slow, headers={CLOCK: "0"})
                title = f"a clock set back by {name}"
                yield _trial(world, job, title, times, (before, after), clock=0)


def _trial(
    world: World, job: Job, title: str, times: int, sites: Sequence[Site], *, clock: int
) -> Row:
    """Prepare on one site and act on the other; cron's clock is right, but for a sync's."""
    first, second = sites
    row = Row(group=GROUP, fault=title, job=job.name, bound=BOUND)
    subjects = []
    for _ in range(times):
        subject = job.prepare(world, first)
        _pressed_before(first, job, subject.member)
        answer = job.act(world, second, subject, **{CLOCK: str(clock)})
        subject.answers.append(answer)
        subjects.append(subject)
        row.tried += 1
        row.slower(answer.seconds)
        wrong = answer.problem or (f"{answer.status}" if answer.status != job.success else "")
        row.note(wrong=[f"response: {wrong}"] if wrong else [])
    trial.conclude(world, second, job, subjects, row)
    return row


def _pressed_before(site: Site, job: Job, member: Member) -> None:
    """For issuing: on the first server as well, which pins the owner there."""
    if job.name == "issue":
        issue(site, member)
