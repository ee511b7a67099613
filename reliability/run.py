"""One run on one database: ``python -m reliability.run KIND RESULT [PART …] [--short]``.

Prints a line for each row as it is known, and writes all of them as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import django

from reliability.databases import SERVERS
from reliability.processes import (
    API_KEY,
    WEBHOOK_SECRET,
    Cron,
    Redis,
    StackOne,
    environment,
    kill_all,
)

if TYPE_CHECKING:
    from reliability.rows import Row
    from reliability.world import World

#: Removed when the run is interrupted; otherwise by themselves.
_folders: list[Path] = []
Part = Callable[["World", bool], Iterator["Row"]]


def parts() -> Mapping[str, Part]:
    """By name; imported late, when Django is set up."""
    from reliability import (
        cache_faults,
        clock_faults,
        database_faults,
        kill_faults,
        load,
        soak,
        stackone_faults,
    )

    outages = [*stackone_faults.OUTAGES]
    return {
        "kill": lambda world, short: kill_faults.run(world, 4 if short else 1),
        "database": lambda world, short: database_faults.run(
            world, 2 if short else 4, slow=not short
        ),
        "cache": lambda world, short: cache_faults.run(world, 2 if short else 8),
        "stackone": lambda world, short: stackone_faults.run(world, 2 if short else 4),
        "outage": lambda world, short: stackone_faults.outages(
            world, 2 if short else 6, outages[:1] if short else outages
        ),
        "clocks": lambda world, short: clock_faults.run(world, 2 if short else 6),
        "presses": lambda world, short: load.presses(world, [8] if short else [8, 32]),
        "queue": lambda world, short: load.queue(world, 12 if short else 40),
        "soak": lambda world, short: soak.run(world, 10 if short else 180),
    }


def started(stack: ExitStack, kind: str) -> World:
    """Everything a run needs, which ends with ``stack``."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reliability-")))
    _folders.append(folder)
    database = SERVERS[kind](folder)
    stack.callback(database.stop)
    database.create()
    stackone = StackOne(folder)
    stack.callback(stackone.stop)
    stackone.start()
    redis = Redis(folder)
    stack.callback(redis.stop)
    redis.start()
    env = environment(
        DJANGO_SETTINGS_MODULE="reliability.settings",
        DJANGO_SECRET_KEY="for one run only",
        DJANGO_ALLOWED_HOSTS="127.0.0.1",
        DATABASE_URL=database.url,
        CACHE_URL=redis.url,
        STACKONE_API_KEY=API_KEY,
        STACKONE_BASE_URL=stackone.url,
        STACKONE_WEBHOOK_SECRETS=WEBHOOK_SECRET,
        RELIABILITY_POINTS=str(folder / "points"),
    )
    os.environ.update(env)
    django.setup()
    from django.core.management import call_command

    from reliability.world import World

    call_command("migrate", verbosity=0)
    cron = Cron(folder, env)
    stack.callback(cron.close)
    return World(folder, database, stackone, redis, cron, env)


def interrupted(*_: object) -> NoReturn:
    """At once, whatever the threads of the run are waiting for."""
    kill_all()
    for folder in _folders:
        for disk in folder.glob("*/tiny"):
            subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=SERVERS)
    parser.add_argument("result", type=Path)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupted)
    rows: list[Row] = []
    with ExitStack() as stack:
        world = started(stack, given.kind)
        known = parts()
        for name in given.parts or known:
            since = time.monotonic()
            print(f"{given.kind}: {name}", flush=True)
            world.clear()
            for row in known[name](world, given.short):
                rows.append(row)
                print(row, flush=True)
            print(f"      {time.monotonic() - since:.0f} s", flush=True)
    given.result.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
