"""Issuing with StackOne 100 ms away: what 8, 32 and 64 threads of one process do."""

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

GOALS = {8: "", 32: ">= 0.55", 64: ">= 0.65"}
#: The slots of a process whose setting nobody changed.
DEFAULT_CALLS = 4
WITH_DEFAULT_CALLS = 32


def measure() -> Results:
    """Requests per second by the number of threads, beside Express with as many connections."""
    found: Results = {}
    with database("waiting") as env, servers.stackone() as stackone:
        env["BENCH_STACKONE"] = f"{stackone.url}{LATE}"
        members = [member() for _ in range(max(GOALS))]
        with servers.express(env) as express:
            for threads in GOALS:
                print(f"  {threads} threads", flush=True)
                found |= _of_threads(threads, env, members, express)
    return found


def _of_threads(
    threads: int, env: dict[str, str], members: list[Member], express: Server
) -> Results:
    asking = requests_of(members, ISSUE)
    with ExitStack() as stack:
        # A slot for each thread, which is no limit; and the slots of the default.
        app = stack.enter_context(servers.django(threads, env | {"BENCH_CALLS": str(threads)}))
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
    return _results(threads, loads)


def _results(threads: int, loads: dict[str, list[Load]]) -> Results:
    name = f"100ms_{threads}_threads"
    speed = {which: [each.per_second for each in of_it] for which, of_it in loads.items()}
    ratio = of_ratios(speed["issue"], speed["express_pg"], GOALS[threads])
    found = {f"issue_{name}_vs_express_pg": ratio}
    for which, of_it in loads.items():
        found[f"waiting_{name}_per_second_{which}"] = of_rounds(speed[which])
        found[f"waiting_{name}_cpu_ms_{which}"] = of_rounds([each.cpu_ms for each in of_it])
        found[f"waiting_{name}_p95_ms_{which}"] = of_rounds([each.p95_ms for each in of_it])
    return found
