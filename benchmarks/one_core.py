"""Gunicorn's configuration: each process keeps to a core of its own.

Python runs one of a process's threads at a time. Where these are spread over cores, each change of
the thread wakes another core.
"""

from __future__ import annotations

import os
from typing import Any


def post_fork(server: Any, worker: Any) -> None:
    """One core after the other, from the last."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-worker.age % len(cores)]})
