"""Hypothesis draws the same examples each time; `make explore` draws new ones for a while."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

from tests.hypothesis_profiles import EXPLORE, examples
from tests.packaging.project import ROOT

pytestmark = pytest.mark.slow

#: A property that most seeds break, and that is slow to make smaller.
BREAKS = """
import time

from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.integers(0, 2**40), min_size=30, max_size=60))
def test_a_long_list(numbers):
    time.sleep(0.02)
    assert sum(numbers) % 3
"""

SAME = """
from hypothesis import given
from hypothesis import strategies as st

drawn = []


@given(st.integers())
def test_an_integer(number):
    drawn.append(number)


def test_what_was_drawn():
    with open("drawn.txt", "a") as file:
        file.write(f"{drawn}\\n")
"""


PLUGIN = ("-p", "_hypothesis_pytestplugin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A test folder of its own, with our profiles."""
    (tmp_path / "conftest.py").write_text(
        "from tests.hypothesis_profiles import register\n\nregister()\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        # Loading every plugin that is installed takes longer than the tests.
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CI": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **env,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def explore(folder: Path, minutes: str, **env: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "scripts.explore", "--minutes", minutes, *PLUGIN, str(folder), **env)


def test_the_same_examples_are_drawn_each_time_in_ci_as_well(folder: Path) -> None:
    (folder / "test_same.py").write_text(SAME)
    for ci in ("", "true"):
        done = run(folder, "pytest", "-q", *PLUGIN, "-p", "no:cacheprovider", CI=ci)
        assert done.returncode == 0, done.stdout
    first, second = (folder / "drawn.txt").read_text().splitlines()
    assert first == second
    assert first.count(",") > 50
    assert not (folder / ".hypothesis" / "examples").exists()


def test_exploring_draws_other_examples_each_time_and_more_of_them(folder: Path) -> None:
    (folder / "test_same.py").write_text(SAME)
    for _ in range(2):
        done = explore(folder, "0")
        assert done.returncode == 0, done.stdout
        assert "1 seeds, 0 failed" in done.stdout
    first, second = (folder / "drawn.txt").read_text().splitlines()
    assert first != second
    assert first.count(",") > 500


def test_the_seed_of_what_failed_is_printed_and_making_it_smaller_ends(folder: Path) -> None:
    (folder / "test_long.py").write_text(BREAKS)
    started = time.monotonic()
    done = explore(folder, "0", EXPLORE_SHRINKING_SECONDS="2")
    assert time.monotonic() - started < 60
    assert done.returncode == 1, done.stdout
    (seed,) = re.findall(r"^1 seeds, 1 failed (\d+)$", done.stdout, re.MULTILINE)
    (again,) = re.findall(r"^Again: pytest (.*)$", done.stdout, re.MULTILINE)
    assert f"--hypothesis-seed={seed}" in again
    assert "test_a_long_list" in done.stdout
    assert run(folder, "pytest", *again.split(), EXPLORE_SHRINKING_SECONDS="2").returncode == 1


def test_what_can_not_run_ends_at_once(folder: Path) -> None:
    done = explore(folder, "10")
    assert done.returncode == 5, done.stdout  # pytest's: no tests were collected


def test_a_test_of_its_own_size_grows_with_the_profile() -> None:
    assert settings.get_current_profile_name() == "default"
    assert examples(40) == 40
    before = settings.get_current_profile_name()
    settings.load_profile(EXPLORE)
    try:
        assert examples(40) == 400
    finally:
        settings.load_profile(before)
