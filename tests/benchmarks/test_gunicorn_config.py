"""The cores that gunicorn's processes are kept to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import gunicorn_config as config

INTERRUPTS = """\
           CPU0       CPU1       CPU2
 24:          1        900          0  IO-APIC   5-edge      disk
 25:          2          0          5  IO-APIC   6-edge      network
LOC:      99999          0      99999  Local timer interrupts
ERR:          0
"""


class Server:
    """What gunicorn's arbiter knows of its workers."""

    def __init__(self) -> None:
        self.WORKERS: dict[int, SimpleNamespace] = {}
        self._pids = iter(range(100))

    def spawn(self) -> int:
        worker, pid = SimpleNamespace(), next(self._pids)
        config.pre_fork(self, worker)
        self.WORKERS[pid] = worker
        return pid

    @property
    def cores(self) -> list[int]:
        return [worker.core for worker in self.WORKERS.values()]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setattr(Path, "read_text", lambda _: INTERRUPTS)
    return Server()


def test_the_core_that_the_disk_interrupts_comes_last(server: Server) -> None:
    for _ in range(4):
        server.spawn()
    assert server.cores == [0, 2, 1, 0]


def test_a_process_that_replaces_another_gets_its_core(server: Server) -> None:
    pids = [server.spawn() for _ in range(3)]
    del server.WORKERS[pids[1]]
    server.spawn()
    assert sorted(server.cores) == [0, 1, 2]


def test_only_cores_that_the_process_may_use_are_taken(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1}, raising=False)
    server.spawn()
    assert server.cores == [1]


def test_a_process_is_kept_to_its_core_and_no_thread_takes_the_core_from_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda *of: asked.append(of), raising=False)
    monkeypatch.setattr(os, "sched_setscheduler", lambda *of: asked.append(of[:2]), raising=False)
    monkeypatch.setattr(sys, "setswitchinterval", lambda *of: asked.append(of))
    config.post_fork(None, SimpleNamespace(core=1))
    assert asked == [(0, {1}), (0, os.SCHED_BATCH), (0.05,)]
