"""The cache: dead, hung, and now one and then the other."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

from reliability import trial
from reliability.jobs import JOBS
from reliability.people import Subject
from reliability.rows import Row
from reliability.trial import Fault
from reliability.world import Site, World

GROUP = "cache"
#: Seconds: the throttle gives a cache half a second or so, and is asked once by each request.
BOUND = 5


@contextmanager
def _dead(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    world.redis.stop()
    try:
        yield
    finally:
        world.redis.start()


@contextmanager
def _hung(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    world.redis.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        world.redis.signal(signal.SIGCONT)


@contextmanager
def _flapping(world: World, site: Site, subjects: Sequence[Subject]) -> Iterator[None]:
    turns = cycle([signal.SIGSTOP, signal.SIGCONT])
    try:
        with trial.repeating(lambda: world.redis.signal(next(turns)), pause=0.3):
            yield
    finally:
        world.redis.signal(signal.SIGCONT)


FAULTS = [
    Fault(group=GROUP, name="dead", block=_dead, bound=BOUND),
    Fault(group=GROUP, name="hung", block=_hung, bound=BOUND),
    Fault(group=GROUP, name="flapping every 0.3 s", block=_flapping, bound=BOUND),
]


def run(world: World, times: int) -> Iterator[Row]:
    for fault in FAULTS:
        with world.site() as site:
            for job in JOBS.values():
                yield trial.run(world, site, job, fault, times)
