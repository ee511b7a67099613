"""Issuing with StackOne 100 ms away: what 8, 32 and 64 threads of one process do, and 2 x 32.

Gunicorn is configured as docs/performance.md advises; for 64 threads also as it comes.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from benchmarks import servers
from benchmarks.database import database
from benchmarks.issue import EXPRESS
from benchmarks.load import Load, load, rounds
from benchmarks.results import Results, of_ratios, of_rounds
from benchmarks.servers import Server
from benchmarks.site import ISSUE, Member, member, requests_of
from benchmarks.stackone import LATE


class Serving(NamedTuple):
    """How many threads serve requests, and in what."""

    name: str
    threads: int
    processes: int = 1
    as_advised: bool = True
    goal: str = ""


SERVING = (
    Serving("8_threads", 8),
    Serving("32_threads", 32, goal=">= 0.55"),
    Serving("64_threads", 64, goal=">= 0.65"),
    Serving("64_threads_on_all_cores", 64, as_advised=False),
    Serving("64_threads_in_2_processes", 64, processes=2),
)
#: The slots of a process whose setting nobody changed.
DEFAULT_CALLS = 4
WITH_DEFAULT_CALLS = 32


def measure() -> Results:
    """Requests per second by the number of threads, beside Express with as many connections."""
    found: Results = {}
    with database("waiting") as env, servers.stackone() as stackone:
        env["BENCH_STACKONE"] = f"{stackone.url}{LATE}"
        members = [member() for _ in range(max(each.threads for each in SERVING))]
        with servers.express(env) as express:
            for serving in SERVING:
                print(f"  {serving.name}", flush=True)
                found |= _of(serving, env=env, members=members, express=express)
    return found


def _of(
    serving: Serving, *, env: dict[str, str], members: list[Member], express: Server
) -> Results:
    asking, threads = requests_of(members, ISSUE), serving.threads
    with ExitStack() as stack:
        each = threads // serving.processes
        # A slot for each thread, which is no limit; and the slots of the default.
        server = servers.django(
            each,
            env | {"BENCH_CALLS": str(each)},
            processes=serving.processes,
            as_advised=serving.as_advised,
        )
        app = stack.enter_context(server)
        measures = {
            "issue": partial(load, app, asking, connections=threads),
            "express_pg": partial(
                load, express, requests_of(members, EXPRESS), connections=threads
            ),
        }
        if threads == WITH_DEFAULT_CALLS:
            limited = {"BENCH_CALLS": str(DEFAULT_CALLS)}
            default = stack.enter_context(servers.django(threads, env | limited, as_advised=True))
            measures["issue_4_calls"] = partial(load, default, asking, connections=threads)
        loads = rounds(measures)
    return _results(serving, loads)


def _results(serving: Serving, loads: dict[str, list[Load]]) -> Results:
    name = f"100ms_{serving.name}"
    speed = {which: [each.per_second for each in of_it] for which, of_it in loads.items()}
    ratio = of_ratios(speed["issue"], speed["express_pg"], serving.goal)
    found = {f"issue_{name}_vs_express_pg": ratio}
    for which, of_it in loads.items():
        found[f"waiting_{name}_per_second_{which}"] = of_rounds(speed[which])
        found[f"waiting_{name}_cpu_ms_{which}"] = of_rounds([each.cpu_ms for each in of_it])
        found[f"waiting_{name}_p95_ms_{which}"] = of_rounds([each.p95_ms for each in of_it])
    return found
