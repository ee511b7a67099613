"""Database servers of a run's own, which may be killed, filled and cut off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any, ClassVar

from reliability.processes import NotStartedError, end, free_port, start, until_listening

NAME = "reliability"


def program(name: str, *folders: str) -> str:
    """Where a server's program is. Raises :class:`NotStartedError`."""
    places = [str(place) for folder in folders for place in sorted(Path("/").glob(folder))]
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *reversed(places)]))
    if found is None:
        raise NotStartedError(f"{name} is not installed")
    return found


class Server(ABC):
    """A server with one database for the site; its data are in ``folder``."""

    kind: ClassVar[str]
    #: Who may run it where we are root, who may not.
    user: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.kind
        self.folder.mkdir()
        self.port = free_port()
        self.log = folder / f"{self.kind}.log"
        self.log.touch()
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
            # The folder of the run is closed to others by itself.
            folder.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """For ``DATABASE_URL``."""

    @abstractmethod
    def create(self) -> None:
        """The data, the server, and an empty database."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What runs the server."""

    @abstractmethod
    def execute(self, *statements: str) -> None:
        """As the server's administrator."""

    @abstractmethod
    def connect(self, database: str = NAME) -> Any:
        """The administrator's connection, in autocommit."""

    @contextmanager
    def locked(self, statement: str, *, seconds: float) -> Iterator[None]:
        """Hold the locks of a statement while the block runs, but no longer than this."""
        connection = self.connect()
        timer = Timer(seconds, connection.close)
        try:
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            cursor.execute(statement)
            timer.start()
            yield
        finally:
            timer.cancel()
            with suppress(Exception):  # it may be closed already
                connection.close()

    @abstractmethod
    def cut(self) -> None:
        """Close every connection of the site."""

    @abstractmethod
    def read_only(self, on: bool) -> None:
        """Refuse writes from now on, or take them again."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = start(
                [*self.command()],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self.as_user(),
            )
        until_listening(self.port, self.process, self.log)
        until = time.monotonic() + 30
        while True:
            try:
                self.execute("SELECT 1")
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return

    def crash(self) -> None:
        """Kill it with all its processes."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def prepare(self, *command: str) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, **self.as_user()
        )
        if done.returncode:
            raise NotStartedError(done.stdout + done.stderr)

    def as_user(self) -> dict[str, Any]:
        if os.geteuid():
            return {}
        return {"user": self.user, "group": self.user, "extra_groups": []}
