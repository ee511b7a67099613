"""The processes of a run, on 127.0.0.1: StackOne, the site, cron, Redis."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 60
API_KEY = "sandbox-key"
WEBHOOK_SECRET = "of-one-run"  # noqa: S105 - no secret of anybody


#: What has been started, for :func:`kill_all`.
_started: list[subprocess.Popen[Any]] = []


class NotStartedError(Exception):
    """A process did not come up; the message has what it said."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """A process that :func:`kill_all` knows."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    _started.append(process)
    return process


def kill_all() -> None:
    """At once, so that nobody waits for a response any longer: the run was interrupted."""
    for process in _started:
        with suppress(ProcessLookupError):
            # Servers have processes of their own.
            os.killpg(process.pid, signal.SIGKILL)


def until_listening(port: int, process: subprocess.Popen[Any], log: Path) -> None:
    """Raises :class:`NotStartedError`."""
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NotStartedError(log.read_text(errors="replace")[-2000:])


def end(process: subprocess.Popen[Any]) -> None:
    """Ask it to end, then make it."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(**values: str) -> dict[str, str]:
    """Of a process of ours: nothing of the person's own settings."""
    dropped = ("STACKONE_", "DJANGO_", "DATABASE_URL", "CACHE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"PYTHONPATH": str(ROOT)} | values


def gunicorn(
    wsgi: str, *options: str, port: int, log: Path, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """A server that listens. Raises :class:`NotStartedError`."""
    with log.open("ab") as output:
        process = start(
            [
                *(sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--no-control-socket", "--log-level", "warning"),
                *("--backlog", "512", "--timeout", "120", "--graceful-timeout", "2", *options),
            ],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until_listening(port, process, log)
    except BaseException:
        end(process)
        raise
    return process


class StackOne:
    """The sandbox in a process of its own. What it holds outlasts the process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "stackone.log"
        self._env = environment(
            DJANGO_SETTINGS_MODULE="reliability.stackone_settings",
            RELIABILITY_STACKONE=str(folder / "stackone.sqlite3"),
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        wsgi = "reliability.stackone_wsgi:application"
        self._process = gunicorn(
            wsgi, "--threads", "64", port=self.port, log=self._log, env=self._env
        )

    def stop(self) -> None:
        """Nothing listens any more."""
        if self._process is not None:
            end(self._process)

    def call(self, function: str, **arguments: Any) -> Any:
        """Past the network: a function of ``stackone_wsgi``."""
        body = {"function": function, "arguments": arguments}
        response = requests.post(f"{self.url}/_control", json=body, timeout=30)
        response.raise_for_status()
        return response.json()

    @contextmanager
    def network(self, **conditions: Any) -> Iterator[None]:
        """It is far away, or hangs, or responds with a status, while the block runs."""
        self.call("network", **conditions)
        try:
            yield
        finally:
            self.call("network")


class Cron:
    """Runs commands in a process that is started anew when it was killed."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._env = env
        self._log = folder / "cron.log"
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def run(
        self, *command: str, clock: float = 0, passed: float = 0, kill: int = 0
    ) -> dict[str, Any]:
        """What ``cron.run`` says; ``{"killed": True}`` where it did not come to its end."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            asked = {"command": command, "clock": clock, "passed": passed, "kill": kill}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if line:
                said: dict[str, Any] = json.loads(line)
                return said
            process.wait()
            return {"killed": True}

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = start(
                [sys.executable, "-m", "reliability.cron"],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log.open("ab"),
                text=True,
            )
        return self._process

    def close(self) -> None:
        if self._process is not None:
            end(self._process)


class Redis:
    """A cache that can die, hang and come back."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._log = folder / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rediscache://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words: Sequence[str] = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        with self._log.open("ab") as log:
            self._process = start([*words, "--save", ""], stdout=log, cwd="/tmp")  # noqa: S108 - it writes nothing
        until_listening(self.port, self._process, self._log)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
