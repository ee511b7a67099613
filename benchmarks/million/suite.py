"""A million rows against a thousand: the ratio of the 95th percentiles of each page and command.

Both are asked in turns by one process. What is asked of the large organization is compared with the
same of an ordinary one over a thousand rows.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil

from benchmarks.load import ROUNDS
from benchmarks.million import rows
from benchmarks.million.databases import Databases
from benchmarks.million.site import Measured, Site
from benchmarks.results import Results, of_rounds
from stackone_connect import client

SUITE = "million_vs_thousand_p95"
GOAL = "<= 1.5"
FEW, MANY = "thousand", "million"
SIZES = {FEW: 1_000, MANY: 1_000_000}
#: How often each thing is asked for in a round; what is slow, less often.
TIMES = 20
ENOUGH_SECONDS = 3.0

Figures = dict[str, list[float]]


def measure(*, keep: bool = False) -> Results:
    """The worst ratio by the suite's name, and each by its own."""
    databases = Databases(*SIZES)
    for name, count in SIZES.items():
        _prepare(databases, name, count, keep=keep)
    sites = {}
    for name in SIZES:
        with databases.using(name):
            sites[name] = Site()
    suite = _Suite(databases, sites)
    for number in range(ROUNDS):
        began = time.monotonic()
        suite.measure_round()
        print(f"  round {number + 1} of {ROUNDS}: {time.monotonic() - began:.0f} s", flush=True)
    return suite.results()


def _prepare(databases: Databases, name: str, count: int, *, keep: bool) -> None:
    if keep and databases.exists(name):
        databases.migrate(name)
        return
    databases.make(name)
    with databases.using(name) as connection:
        seconds = rows.fill(connection, count)
    print(f"  {count:,} rows made in {seconds:.0f} s", flush=True)


class _Suite:
    """What is asked for over both numbers of rows, and how long it took."""

    def __init__(self, databases: Databases, sites: dict[str, Site]) -> None:
        self._databases = databases
        self._sites = sites
        self._measures: dict[str, dict[str, Measured]] = {}
        for name in SIZES:
            with self._site(name) as site:
                self._measures[name] = {measured.name: measured for measured in site.measures()}
        self._ratios: Figures = defaultdict(list)
        self._slow: Figures = defaultdict(list)
        for name in self._measures[MANY]:  # what is read or compiled once
            for size in SIZES:
                self._ask(size, name)
        self._clear()
        # Else looking through what this process holds, for garbage, falls on one call or another.
        gc.collect()
        gc.freeze()

    def measure_round(self) -> None:
        """Each thing in turns of both."""
        for name in self._measures[MANY]:
            # A large organization must not be slower than an ordinary one.
            of_few = name.replace(", large", ", normal")
            few: list[float] = []
            many: list[float] = []
            until = time.monotonic() + ENOUGH_SECONDS
            while len(many) < TIMES and (len(many) < 2 or time.monotonic() < until):
                few.append(self._ask(FEW, of_few))
                many.append(self._ask(MANY, name))
            self._ratios[name].append(_p95(many) / _p95(few))
            self._slow[name].append(_p95(many))
            if self._measures[MANY][name].writes:
                self._clear()

    def results(self) -> Results:
        """The ratios of the rounds, and the milliseconds over many rows."""
        found = {f"{SUITE}.{name}": of_rounds(each, GOAL) for name, each in self._ratios.items()}
        worst = max(found.values(), key=lambda result: result.median)
        for name, each in self._slow.items():
            found[f"{SUITE}.{name} (ms)"] = of_rounds(each)
        return {SUITE: worst, **found}

    @contextmanager
    def _site(self, name: str) -> Iterator[Site]:
        site = self._sites[name]
        with self._databases.using(name), client.using(lambda _: site.stackone):
            yield site

    def _ask(self, size: str, name: str) -> float:
        """Milliseconds."""
        call = self._measures[size][name].call
        with self._site(size):
            began = time.perf_counter()
            call()
            return (time.perf_counter() - began) * 1_000

    def _clear(self) -> None:
        for name in SIZES:
            with self._site(name) as site:
                site.clear()


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[ceil(len(values) * 0.95) - 1]
