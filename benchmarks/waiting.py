"""Issuing with StackOne 100 ms away: what 8, 32 and 64 threads of one process do, and two of 32."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from benchmarks import servers
from benchmarks.database import database
from benchmarks.issue import EXPRESS
from benchmarks.load import Load, load, rounds
from benchmarks.results import Results, of_ratios, of_rounds
from benchmarks.servers import Server
from benchmarks.site import ISSUE, Member, member, requests_of
from benchmarks.stackone import LATE

#: By the number of threads, and of the processes that share them.
GOALS = {(8, 1): "", (32, 1): ">= 0.55", (64, 1): ">= 0.65", (64, 2): ""}
#: The slots of a process whose setting nobody changed.
DEFAULT_CALLS = 4
WITH_DEFAULT_CALLS = 32


def measure() -> Results:
    """Requests per second by the number of threads, beside Express with as many connections."""
    found: Results = {}
    with database("waiting") as env, servers.stackone() as stackone:
        env["BENCH_STACKONE"] = f"{stackone.url}{LATE}"
        members = [member() for _ in range(max(threads for threads, _ in GOALS))]
        with servers.express(env) as express:
            for threads, processes in GOALS:
                print(f"  {threads} threads, {processes} process(es)", flush=True)
                found |= _of_threads(threads, processes, env=env, members=members, express=express)
    return found


def _of_threads(
    threads: int,
    processes: int,
    *,
    env: dict[str, str],
    members: list[Member],
    express: Server,
) -> Results:
    asking = requests_of(members, ISSUE)
    with ExitStack() as stack:
        each = threads // processes
        # A slot for each thread, which is no limit; and the slots of the default.
        unlimited = env | {"BENCH_CALLS": str(each)}
        app = stack.enter_context(servers.django(each, unlimited, processes=processes))
        measures = {
            "issue": partial(load, app, asking, connections=threads),
            "express_pg": partial(
                load, express, requests_of(members, EXPRESS), connections=threads
            ),
        }
        if threads == WITH_DEFAULT_CALLS:
            limited = {"BENCH_CALLS": str(DEFAULT_CALLS)}
            default = stack.enter_context(servers.django(threads, env | limited))
            measures["issue_4_calls"] = partial(load, default, asking, connections=threads)
        loads = rounds(measures)
    return _results(threads, processes, loads)


def _results(threads: int, processes: int, loads: dict[str, list[Load]]) -> Results:
    name = f"100ms_{threads}_threads"
    if processes > 1:
        name = f"{name}_in_{processes}_processes"
    speed = {which: [each.per_second for each in of_it] for which, of_it in loads.items()}
    ratio = of_ratios(speed["issue"], speed["express_pg"], GOALS[threads, processes])
    found = {f"issue_{name}_vs_express_pg": ratio}
    for which, of_it in loads.items():
        found[f"waiting_{name}_per_second_{which}"] = of_rounds(speed[which])
        found[f"waiting_{name}_cpu_ms_{which}"] = of_rounds([each.cpu_ms for each in of_it])
        found[f"waiting_{name}_p95_ms_{which}"] = of_rounds([each.p95_ms for each in of_it])
    return found
