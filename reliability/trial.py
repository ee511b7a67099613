"""One fault on one job: prepare, act during the fault, let cron run, and look what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Any

from reliability.jobs import Job
from reliability.people import NotPreparedError, Subject
from reliability.rows import Row
from reliability.world import Site, World

#: Cron's runs after the fault, in minutes. A lease of a killed worker ends before the second.
MINUTES = (1, 2)
#: Seconds: the default of DEADLINE, and what a request may take besides on a busy machine.
DEADLINE = 12
BOUND = DEADLINE + 3
#: Requests that are under way at the same time.
ABREAST = 4


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is broken while the block runs.

    ``bound`` is in seconds, of the slowest response.
    """

    group: str
    name: str
    block: Callable[[World, Site, Sequence[Subject]], AbstractContextManager[Any]]
    bound: float = BOUND
    #: Of a command that waits for StackOne by itself; it is tried once then.
    command_bound: float | None = None
    #: Costs a deadline for each job.
    is_slow: bool = False
    #: The same subject several times at once: for what only happens between two.
    twice: bool = False


def prepared(world: World, site: Site, job: Job, times: int) -> list[Subject]:
    return [job.prepare(world, site) for _ in range(times)]


def act(world: World, site: Site, job: Job, subjects: Sequence[Subject], row: Row) -> None:
    """All of them, a few at the same time; problems of a response by itself are wrong."""
    with ThreadPoolExecutor(ABREAST) as pool:
        answers = pool.map(lambda subject: job.act(world, site, subject), subjects)
        for subject, answer in zip(subjects, answers, strict=True):
            subject.answers.append(answer)
            row.tried += 1
            row.slower(answer.seconds)
            row.note(wrong=[f"response: {answer.problem}"] if answer.problem else [])


def conclude(
    world: World, site: Site, job: Job, subjects: Sequence[Subject], row: Row
) -> float | None:
    """What cron does afterwards; the minute after which everything was right."""
    world.forget_connection()
    for subject in subjects:
        job.again(world, site, subject)
    verdicts, problems = [], []
    for minute in MINUTES:
        problems = world.minute(minute, *job.commands)
        verdicts = job.verdict(world, subjects)
        if all(verdicts) and not problems:
            return minute
    row.note(
        lost=[text for verdict in verdicts for text in verdict.lost],
        wrong=[text for verdict in verdicts for text in verdict.wrong] + problems,
    )
    return None


def run(world: World, site: Site, job: Job, fault: Fault, times: int) -> Row:
    row = Row(group=fault.group, fault=fault.name, job=job.name, bound=fault.bound)
    if job.is_command and fault.command_bound:
        row.bound, times = fault.command_bound, 1
    try:
        subjects = prepared(world, site, job, times)
    except NotPreparedError as error:
        row.note(wrong=[f"before the fault, or still after the last one: {error}"])
        return row
    acting = [subject for subject in subjects for _ in range(2 if fault.twice else 1)]
    with fault.block(world, site, subjects):
        act(world, site, job, acting, row)
    conclude(world, site, job, subjects, row)
    return row


@contextmanager
def repeating(action: Callable[[], None], pause: float) -> Iterator[None]:
    """Do it again and again while the block runs."""
    ended = Flag()

    def again() -> None:
        while not ended.is_set():
            action()
            ended.wait(pause)

    thread = Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
