"""The tests on every Python and Django that the project supports, on SQLite.

``make nox`` runs the whole suite on each; ``nox -s core`` runs its core on so many that each Python
and each Django is among them, with the default, on which ``make test`` runs the whole; ``.ci/run``
does both. ``nox -s floors`` runs the core on the oldest release of each package that
``pyproject.toml`` names. ``nox -s newest`` runs it on the
newest of everything, so it depends on the day and is no part of CI. An interpreter that is missing
is skipped on a laptop and is a failure where ``CI`` is set (nox's own rule). ``nox -s drivers``
runs what asks the database much through psycopg2 and mysqlclient, on the servers that
``TEST_DATABASE_URLS`` names.
"""

from __future__ import annotations

import os
import re
import subprocess
from itertools import chain
from pathlib import Path

import nox

PYTHONS = {"5.2": ["3.11", "3.12", "3.13"], "6.0": ["3.12", "3.13"], "6.1": ["3.12", "3.13"]}
ALL = [(python, django) for django, pythons in PYTHONS.items() for python in pythons]
#: With the default, on which everything is run: each Python and each Django once.
CORE = [("3.12", "6.0"), ("3.13", "6.1")]
CORE_TESTS = [
    *(f"tests/{name}" for name in ("rules", "api", "services", "client", "admin", "checks")),
    *("tests/openapi", "tests/webhooks"),
    # What Django's compiler writes may differ between its versions.
    *("tests/databases/test_statements.py", "tests/databases/test_event_statements.py"),
    # They take long, and neither Django nor Python has a part in what they are about.
    *("--ignore=tests/api/test_failing_caches.py", "--ignore=tests/services/test_judging_costs.py"),
]

#: What asks the database in ways in which drivers differ.
DRIVER_TESTS = [
    f"tests/{name}" for name in ("databases", "admin", "webhooks", "rules/test_models.py")
]

nox.needs_version = ">=2025.2"
nox.options.sessions = ["tests"]
nox.options.default_venv_backend = "venv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"


def _runs(program: str, version: str) -> bool:
    """Whether it really starts: pyenv puts a program of each name on the path that may refuse."""
    code = f"import sys; sys.exit('{version}' != '%d.%d' % sys.version_info[:2])"
    try:
        return not subprocess.run(
            [program, "-c", code], check=False, capture_output=True
        ).returncode
    except OSError:
        return False


def _find_pythons() -> None:
    """Put pyenv's interpreters first on the path where the path's own do not start."""
    try:
        asked = subprocess.run(["pyenv", "root"], check=False, capture_output=True, text=True)
    except OSError:
        return
    for version in dict(ALL):
        if _runs(f"python{version}", version):
            continue
        for folder in sorted(Path(asked.stdout.strip()).glob(f"versions/{version}.*/bin")):
            if _runs(str(folder / f"python{version}"), version):
                os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])


_find_pythons()


def _install(session: nox.Session, overlay: str = "") -> None:
    """The suite's lock, and a lock of other releases on top, without resolving anything."""
    locks = ["requirements/suite.txt", *([f"requirements/{overlay}.txt"] if overlay else [])]
    for file in locks:
        session.install("--quiet", "--no-deps", "--require-hashes", "-r", file)
    session.run("python", "-m", "pip", "check", silent=True)


def _overlay(django: str) -> str:
    return "" if django == "5.2" else f"django-{django}"


def _newest() -> list[str]:
    """What the suite wants, each by its name alone."""
    lines = "".join(Path("requirements", f"{name}.in").read_text() for name in ("demo", "suite"))
    return re.findall(r"^[a-z][\w.-]*(?:\[[\w,]+\])?", lines, re.MULTILINE | re.IGNORECASE)


def _pytest(session: nox.Session, *what: str, database: str | None = None) -> None:
    session.run("python", "-c", "import django, sys; print(django.__version__, sys.version)")
    session.run(
        "pytest", "-n", "2", "-p", "no:cacheprovider", *what, env={"DATABASE_URL": database}
    )


@nox.session
@nox.parametrize("python,django", ALL)
def tests(session: nox.Session, django: str) -> None:
    """The suite without the browser; arguments after ``--`` replace what is tested."""
    _install(session, _overlay(django))
    _pytest(session, *(session.posargs or ["--ignore", "tests/e2e"]))


@nox.session
@nox.parametrize("python,django", CORE)
def core(session: nox.Session, django: str) -> None:
    """What may break between Djangos and Pythons, in a bounded time."""
    _install(session, _overlay(django))
    _pytest(session, *(session.posargs or CORE_TESTS))


@nox.session(python="3.11")
def floors(session: nox.Session) -> None:
    """The oldest releases that ``pyproject.toml`` allows."""
    _install(session, "floors")
    _pytest(session, *(session.posargs or CORE_TESTS))


@nox.session(python="3.11")
def drivers(session: nox.Session) -> None:
    """The other driver of each database."""
    servers = os.environ.get("TEST_DATABASE_URLS", "").split()
    if not servers:
        session.skip("TEST_DATABASE_URLS names no server")
    _install(session, "drivers")
    # Django and the tests would take these first.
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "psycopg", "pymysql")
    for server in servers:
        _pytest(session, *(session.posargs or DRIVER_TESTS), database=server)


@nox.session(python=["3.11", "3.13"], reuse_venv=False)
def newest(session: nox.Session) -> None:
    """Today's newest releases, which no lock knows yet: what will break before it does."""
    session.install("--quiet", "--upgrade", "--upgrade-strategy", "eager", *_newest(), "urllib3")
    session.run("python", "-m", "pip", "list")
    _pytest(session, *(session.posargs or CORE_TESTS))


@nox.session(python="3.12")
def lock(session: nox.Session) -> None:
    """Compile the requirements of the Djangos that the default Python cannot install."""
    session.install("--quiet", "pip-tools==7.6.2")
    with session.chdir("requirements"):
        for django in sorted(set(chain(PYTHONS)) - {"5.2"}):
            session.run(
                *("pip-compile", "--quiet", "--generate-hashes", "--strip-extras"),
                *("--annotation-style", "line", "--no-emit-index-url", "--no-emit-trusted-host"),
                *("--no-emit-find-links", *session.posargs, f"django-{django}.in"),
                env={"CUSTOM_COMPILE_COMMAND": "make requirements"},
            )
