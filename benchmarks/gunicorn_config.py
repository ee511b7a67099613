"""Gunicorn's configuration for processes that issue, as docs/performance.md advises it.

Python runs one of a process's threads at a time. Where these are spread over cores, each change of
the thread wakes another core, and what it works with has to come there.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any


def pre_fork(server: Any, worker: Any) -> None:
    """Find a core that no other process has: also for one that takes the place of another."""
    taken = [other.core for other in server.WORKERS.values()]
    worker.core = min(_cores(), key=taken.count)


def post_fork(server: Any, worker: Any) -> None:
    """Keep the process to its core, where no thread that is woken stops the one that runs.

    A thread lets another of the same process run for each system call. The other would take the
    core for it at once, only to give it back; as a batch the one that runs goes on. One that waits
    asks for its turn after 50 ms, in place of 5: every request here is done, or waits, before that.
    """
    os.sched_setaffinity(0, {worker.core})
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    sys.setswitchinterval(0.05)


def post_worker_init(worker: Any) -> None:
    """Look for garbage more rarely, and not in what was loaded at the start and stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _cores() -> list[int]:
    """The cores that there are for it, first those that serve the fewest devices.

    PostgreSQL is on the same machine here, unlike in production. With each commit its disk
    interrupts whatever runs on one of the cores, always the same.
    """
    heading, *lines = Path("/proc/interrupts").read_text().splitlines()
    names = [int(name.removeprefix("CPU")) for name in heading.split()]
    served = dict.fromkeys(names, 0)
    for line in lines:
        source, _, counts = line.partition(":")
        if source.strip().isdecimal():  # a device's; the others have names
            for name, count in zip(names, counts.split(), strict=False):
                served[name] += int(count)
    return sorted(os.sched_getaffinity(0), key=served.__getitem__)
