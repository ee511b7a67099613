"""``make reliability``: break everything, and write docs/reliability.md.

With ``--part ci`` what takes five minutes, and no page. With the name of a part only that one is
run anew, and the page is written from its rows and from what was found of the others before. Exits
with 1 where something was lost or wrong, or took longer than its bound.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from reliability import page
from reliability.processes import ROOT
from reliability.rows import Row

#: What was found, part by part: a run that is interrupted can go on.
RESULTS = ROOT / "var" / "reliability"
#: By the database.
WHOLE: Mapping[str, list[str]] = {
    "postgresql": [
        *("kill", "database", "cache", "stackone", "outage", "clocks"),
        *("presses", "queue", "soak"),
    ],
    "mariadb": ["kill", "database", "clocks", "soak"],
}
#: Without what depends on how many cores there are (``queue``) or on chance (``soak``).
SHORT: Mapping[str, list[str]] = {
    "postgresql": ["kill", "database", "cache", "outage", "clocks", "presses"],
    "mariadb": ["kill"],
}


def run(kind: str, result: Path, *words: str) -> list[Row]:
    """A run in a process of its own, since Django knows one database. Ends with this process."""
    command = [sys.executable, "-m", "reliability.run", kind, str(result), *words]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        status = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if status:
        sys.exit(status)
    return read(result)


def read(result: Path) -> list[Row]:
    return [Row(**row) for row in json.loads(result.read_text(encoding="utf-8"))]


def run_short() -> dict[str, list[Row]]:
    """What runs with each change."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        return {
            kind: run(kind, Path(folder) / kind, *parts, "--short") for kind, parts in SHORT.items()
        }


def run_whole(chosen: str) -> dict[str, list[Row]]:
    """Every part, or the one that is chosen; then the page, from what all of them have found."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Row]] = {kind: [] for kind in WHOLE}
    for kind, parts in WHOLE.items():
        for part in parts:
            result = RESULTS / f"{kind}-{part}.json"
            known = chosen not in ("all", part) and result.exists()
            rows[kind] += read(result) if known else run(kind, result, part)
    page.write(rows)
    return rows


def main() -> int:
    names = dict.fromkeys(part for parts in WHOLE.values() for part in parts)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["all", "ci", *names], default="all")
    part = parser.parse_args().part
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    rows = run_short() if part == "ci" else run_whole(part)
    bad = [(kind, row) for kind, found in rows.items() for row in found if not row.is_good]
    print(f"{time.monotonic() - started:.0f} s, {sum(map(len, rows.values()))} rows")
    for kind, row in bad:
        print(kind, row)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
