"""The app on a Python that has nothing which only Unix has, as a developer's on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The main job behind the real client, the pages, the limits of calls, and the commands.
RUN = (
    "tests/testing/test_sandbox_fixture.py",
    "tests/example/test_pages.py",
    "tests/client/test_concurrency.py",
    "tests/commands",
)


@pytest.mark.slow
def test_the_main_job_runs_where_python_has_nothing_of_unix() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.without_unix"),
            *("-p", "no:cacheprovider", "-q", *RUN),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        # On SQLite in memory, whatever database the run that this is part of has.
        env={k: v for k, v in os.environ.items() if k not in {"PYTEST_ADDOPTS", "DATABASE_URL"}},
    )
    assert done.returncode == 0, done.stdout
