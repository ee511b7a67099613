"""Gunicorn's configuration for processes that issue, as docs/performance.md advises it.

Python runs one of a process's threads at a time. Where these are spread over cores, each change of
the thread wakes another core, and what it works with has to come there.
"""

from __future__ import annotations

import gc
import os
from typing import Any


def post_fork(server: Any, worker: Any) -> None:
    """Keep each process to a core of its own: one core after the other, from the last."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-worker.age % len(cores)]})


def post_worker_init(worker: Any) -> None:
    """Look for garbage more rarely, and not in what was loaded at the start and stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
