"""The tables of docs/performance.md, written anew from ``results.json``.

Each stands between two comments, ``<!-- results: NAMES -->`` and ``<!-- end -->``, where NAMES are
patterns of results' names (``issue_vs_*``), or ``goals``: all that have one, but for the parts of a
result, whose names have a point. All else of the page is written by hand and kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from benchmarks import results
from benchmarks.results import Result
from benchmarks.servers import ROOT

FILE = ROOT / "docs" / "performance.md"
_TABLE = re.compile(r"(<!-- results: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEADER = "| result | median | min to max | goal |\n|---|---|---|---|\n"


def page(present: str, found: Mapping[str, Result]) -> str:
    """The whole page, with its tables as the results have them."""

    def table(match: re.Match[str]) -> str:
        patterns = match[2].split()
        rows = [
            f"| `{name}` | {_shown(result.median)} | {_shown(result.min)} to {_shown(result.max)} "
            f"| {result.goal.replace('>=', '≥').replace('<=', '≤')} |\n"
            for name, result in sorted(found.items())
            if any(fnmatchcase(name, pattern) for pattern in patterns)
            or (patterns == ["goals"] and result.goal and "." not in name)
        ]
        return f"{match[1]}{_HEADER}{''.join(rows)}{match[3]}"

    return _TABLE.sub(table, present)


def write() -> None:
    """Write the page."""
    FILE.write_text(page(FILE.read_text(encoding="utf-8"), results.read()), encoding="utf-8")


def _shown(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    write()
