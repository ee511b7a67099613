"""The tests on every Python and Django that the project supports, on SQLite.

``make nox`` runs the whole suite on each; ``nox -s core`` runs its core on all but the default, on
which ``make test`` runs the whole, as ``.ci/run`` does. An interpreter that is missing is skipped
with a word on a laptop and is a failure where ``CI`` is set (nox's own rule).
"""

from __future__ import annotations

import os
import subprocess
from itertools import chain
from pathlib import Path

import nox

PYTHONS = {"5.2": ["3.11", "3.12", "3.13"], "6.0": ["3.12", "3.13"], "6.1": ["3.12", "3.13"]}
ALL = [(python, django) for django, pythons in PYTHONS.items() for python in pythons]
#: All but the default.
CORE = [combination for combination in ALL if combination != ("3.11", "5.2")]
CORE_TESTS = [
    f"tests/{room}" for room in ("rules", "api", "services", "client", "admin", "checks", "openapi")
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


def _install(session: nox.Session, django: str) -> None:
    session.install("--quiet", "--require-hashes", "-r", "requirements/suite.txt")
    if django != "5.2":
        session.install("--quiet", "--require-hashes", "-r", f"requirements/django-{django}.txt")


def _pytest(session: nox.Session, *what: str) -> None:
    session.run("python", "-c", "import django, sys; print(django.__version__, sys.version)")
    session.run("pytest", "-n", "2", "-p", "no:cacheprovider", *what, env={"DATABASE_URL": None})


@nox.session
@nox.parametrize("python,django", ALL)
def tests(session: nox.Session, django: str) -> None:
    """The suite without the browser; arguments after ``--`` replace what is tested."""
    _install(session, django)
    _pytest(session, *(session.posargs or ["--ignore", "tests/e2e"]))


@nox.session
@nox.parametrize("python,django", CORE)
def core(session: nox.Session, django: str) -> None:
    """What may break between Djangos and Pythons, in a bounded time."""
    _install(session, django)
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
