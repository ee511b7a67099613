"""Processes that are measured, each started on a free port of 127.0.0.1 and stopped at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
START_WITHIN = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A process, with those that it started, that answers on a port."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu_seconds(self) -> float:
        """CPU time that it has taken up to now, children included."""
        return sum(map(_cpu_seconds, [self.pid, *_children(self.pid)]))


@contextmanager
def serving(
    *command: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Iterator[Server]:
    """Run a command, in which ``PORT`` stands for the port, until the block ends."""
    port = _free_port()
    words = [str(word).replace("PORT", str(port)) for word in command]
    process = subprocess.Popen(words, cwd=cwd, env={**os.environ, **(env or {})})
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def stackone() -> Iterator[Server]:
    """The stand-in for StackOne."""
    with serving(sys.executable, "-m", "benchmarks.stackone", "PORT") as server:
        yield server


@contextmanager
def django(
    threads: int,
    env: Mapping[str, str],
    *,
    processes: int = 1,
    as_advised: bool = False,
    python: str = sys.executable,
    cwd: Path = ROOT,
) -> Iterator[Server]:
    """Gunicorn with so many threads in each process, as it comes or ``as_advised``."""
    options: Sequence[str] = (
        *(("--config", "python:benchmarks.gunicorn_config") if as_advised else ()),
        *("--bind", "127.0.0.1:PORT", "--workers", str(processes), "--worker-class", "gthread"),
        *("--threads", str(threads), "--keep-alive", "60", "--log-level", "error"),
        "django.core.wsgi:get_wsgi_application()",
    )
    with serving(python, "-m", "gunicorn", *options, env=env, cwd=cwd) as server:
        yield server


@contextmanager
def express(env: Mapping[str, str]) -> Iterator[Server]:
    """The Node server."""
    folder = PEERS / "express"
    settings = {**env, "NODE_ENV": "production"}
    with serving("node", "server.mjs", "PORT", env=settings, cwd=folder) as server:
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"It did not start: {process.args!r}")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def _cpu_seconds(pid: int) -> float:
    # The name, in parentheses, may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
