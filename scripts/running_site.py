"""Run the example project on a free port and its own database."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
GUNICORN = ["-m", "gunicorn", "--config", "example_project/gunicorn_config.py"]
START_WITHIN = 30


class SiteError(Exception):
    """The site could not be started; the message has its output."""


@dataclass(frozen=True)
class Site:
    url: str
    log: Path
    env: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command on the same database; returns its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SiteError(f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def running_site(settings: str = "example_project.settings") -> Iterator[Site]:
    """Serve it, migrated and seeded; stop and remove everything at the end.

    ``settings`` may name a module that changes some. Raises :class:`SiteError` if it does not
    respond within half a minute.
    """
    with tempfile.TemporaryDirectory(prefix="stackone-connect-") as name:
        folder = Path(name)
        database = folder / "site.sqlite3"
        shutil.copyfile(Path(_seeded().name) / database.name, database)
        # Bound here and handed on: a port that is only chosen may be another's by then.
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        site = _site(database, port, settings)
        with site.log.open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, *GUNICORN, "--bind", f"fd://{listener.fileno()}"],
                cwd=ROOT,
                env=site.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
            )
            listener.close()
            try:
                _wait_for(site, server)
                yield site
            finally:
                server.terminate()
                server.wait(timeout=30)


def _site(database: Path, port: int, settings: str = "example_project.settings") -> Site:
    env = {key: value for key, value in os.environ.items() if not key.startswith("STACKONE_")}
    env |= {
        "DJANGO_SETTINGS_MODULE": settings,
        "DJANGO_DEBUG": "1",
        "DJANGO_SECRET_KEY": "for one run only",
        "DATABASE_URL": f"sqlite:///{database}",
        "PORT": str(port),
    }
    return Site(url=f"http://127.0.0.1:{port}", log=database.with_name("site.log"), env=env)


@functools.cache
def _seeded() -> tempfile.TemporaryDirectory[str]:
    """The database that each site begins with, made once: that takes longer than most tests."""
    folder = tempfile.TemporaryDirectory(prefix="stackone-connect-")
    site = _site(Path(folder.name) / "site.sqlite3", port=8000)
    site.manage("migrate", "--verbosity", "0")
    site.manage("seed_demo")
    return folder


def _wait_for(site: Site, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(f"{site.url}/sign-in/", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
        else:
            return
    raise SiteError(f"The site did not start:\n{site.log.read_text(errors='replace')}")
