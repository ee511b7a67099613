"""``python -m tests.shapes.run [NAME …]``: the core suite in every host shape, or in those named.

Each shape is a settings module, so each is a pytest process; they run side by side, as many as
there are cores. On SQLite, unless ``DATABASE_URL`` names another database; then, without names,
only the shapes that have something to lose there. Shapes about a package that is not installed are
left out, which is a failure in CI. What follows ``--`` goes to pytest.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from tests.shapes.catalogue import SHAPES, Shape, by_name
from tests.shapes.core.kept import KEPT_IN

HERE = Path(__file__).resolve().parent
NOTHING_WRONG = 0
PYTEST = {
    "wsgi": ["-m", "pytest"],
    "asgi": ["-m", "pytest"],
    "gevent": ["-W", "error", "-m", "gevent.monkey", "--module", "pytest"],
}
SUITES = {
    "core": [HERE / "core"],
    "flow": [HERE / "flow", HERE / "core" / "test_project.py", HERE / "core" / "test_admin.py"],
    "flow without admin": [HERE / "flow", HERE / "core" / "test_project.py"],
}


def run(shape: Shape, *, arguments: Sequence[str] = (), kept: str = "") -> tuple[int, str]:
    """Pytest's exit code for one shape, and what it printed."""
    only = HERE / "only" / f"test_{shape.name}.py"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": shape.settings_module}
    environment.pop("PYTEST_ADDOPTS", None)  # it is meant for the run that this one is part of
    # Loading what other tests need takes longer than most shapes' own tests.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if kept:
        environment[KEPT_IN] = kept
    done = subprocess.run(
        [
            *(sys.executable, *PYTEST[shape.server], f"--ds={shape.settings_module}"),
            *(f"--rootdir={HERE.parent.parent}", f"--confcutdir={HERE}"),
            *("-p", "pytest_django.plugin", "-p", "no:cacheprovider", "-q", *arguments),
            *(*map(str, SUITES[shape.suite]), *([str(only)] if only.exists() else [])),
        ],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=HERE.parent.parent,
    )
    return done.returncode, done.stdout


def _database() -> str:
    """The kind of database that ``DATABASE_URL`` names."""
    scheme = urlsplit(os.environ.get("DATABASE_URL", "sqlite:")).scheme
    return {"postgres": "postgresql", "mysql": "mariadb"}.get(scheme, scheme)


def _missing(shape: Shape) -> list[str]:
    """What this Python can't import of the packages that the shape is about."""
    return [name for name in shape.packages if importlib.util.find_spec(name) is None]


def main(words: Sequence[str]) -> int:
    """Run, print a line for each shape and what failed, and answer how many shapes failed."""
    names, arguments = list(words), []
    if "--" in names:
        at = names.index("--")
        names, arguments = names[:at], names[at + 1 :]
    chosen = [by_name(name) for name in names] or [s for s in SHAPES if s.runs_on(_database())]
    failed = [name for shape in chosen for name in _missing(shape)]
    if failed and not os.environ.get("CI"):
        print(
            f"Left out, because {', '.join(failed)} can't be imported: see requirements/shapes.in"
        )
        chosen, failed = [shape for shape in chosen if not _missing(shape)], []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:

        def timed(shape: Shape) -> tuple[int, str, float]:
            began = time.monotonic()
            code, output = run(shape, arguments=arguments, kept=f"{folder}/plain.json")
            return code, output, time.monotonic() - began

        for shape, (code, output, seconds) in zip(chosen, pool.map(timed, chosen), strict=True):
            last = output.strip().rpartition("\n")[2]
            verdict = "ok    " if code == NOTHING_WRONG else "FAILED"
            print(f"{verdict} {shape.name:<20} {seconds:5.1f} s  {last}", flush=True)
            if code != NOTHING_WRONG:
                failed.append(shape.name)
                print(output)
    print(f"{len(chosen)} host shapes, {len(failed)} failed {' '.join(failed)}".rstrip())
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
