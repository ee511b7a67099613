"""A worker may be killed at any moment: what it leaves, the command finishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.background.conftest import ROOT
from tests.webhooks.deliveries import SECRET

pytestmark = pytest.mark.slow


def test_wherever_a_worker_is_killed_the_command_ends_level(tmp_path: Path) -> None:
    answered = subprocess.run(
        [sys.executable, "-m", "tests.background.killed", str(tmp_path)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.background.worker_settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'seeded.sqlite3'}",
            "STACKONE_BASE_URL": "https://api.stackone.test",
            "WEBHOOK_SECRET": SECRET,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    points = [json.loads(line) for line in answered.stdout.splitlines()]
    level = {
        "events": ["done"],
        "accounts": [["linked-1", None]],
        "sessions": [["completed", "create", "linked-1"]],
    }
    assert [point["finished"] for point in points] == [level] * len(points)
    assert [point["killed"] for point in points] == [True] * (len(points) - 1) + [False]
    left = [point["left"] for point in points]
    assert left[-1] == level
    # Before the event was stored, with it stored only, and with the account recorded as well.
    assert {"events": [], "accounts": [], "sessions": [["issued", "", ""]]} in left
    assert {"events": ["due"], "accounts": [], "sessions": [["issued", "", ""]]} in left
    assert {**level, "events": ["due"]} in left
