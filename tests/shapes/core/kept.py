"""The plain host's answers, recorded in a process of its own and kept for a run of many shapes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.shapes.catalogue import by_name

#: Names the file in which a run of many shapes keeps the answers, so that they are recorded once.
KEPT_IN = "SHAPES_PLAIN_ANSWERS"


def plain_answers() -> str:
    """What the plain host answers to the fixed list, as JSON. Always on SQLite."""
    kept = Path(os.environ[KEPT_IN]) if KEPT_IN in os.environ else None
    if kept is not None and kept.exists():
        return kept.read_text()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = by_name("plain").settings_module
    answers = subprocess.run(
        [sys.executable, "-m", "tests.shapes.core.record"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    if kept is not None:
        # Whole or not at all: other shapes run at the same time.
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(answers)
        written.replace(kept)
    return answers
