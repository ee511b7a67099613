"""What a fault came to: one row of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Row:
    """``worst`` and ``bound`` are in ``unit``: seconds, unless the row measures something else."""

    group: str
    fault: str
    job: str
    tried: int = 0
    lost: int = 0
    wrong: int = 0
    worst: float | None = None
    bound: float | None = None
    #: What was measured.
    measure: str = "slowest response"
    #: Whether more is better.
    is_floor: bool = False
    #: The first of what was lost or wrong.
    examples: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.wrong or self.is_beyond)

    @property
    def is_beyond(self) -> bool:
        if self.worst is None or self.bound is None:
            return False
        return self.worst < self.bound if self.is_floor else self.worst > self.bound

    def note(self, lost: Iterable[str] = (), wrong: Iterable[str] = ()) -> None:
        """Count these; the page shows none of them, the run's output a few."""
        for kind, found in (("lost", [*lost]), ("wrong", [*wrong])):
            setattr(self, kind, getattr(self, kind) + len(found))
            self.examples += [f"{kind}: {text}" for text in found]

    def slower(self, seconds: float) -> None:
        """The worst so far, or this."""
        self.worst = seconds if self.worst is None else max(self.worst, seconds)

    def __str__(self) -> str:
        if self.skipped:
            return f"  --  {self.fault} · {self.job}: {self.skipped}"
        mark = " ok " if self.is_good else "FAIL"
        line = (
            f"{mark}  {self.fault} · {self.job}: {self.tried} tried, {self.lost} lost, "
            f"{self.wrong} wrong, {self.measure} {number(self.worst)} of {number(self.bound)}"
        )
        seen = Counter(self.examples).most_common(4)
        return line + "".join(f"\n        {times} × {text[:300]}" for text, times in seen)


def number(value: float | None) -> str:
    """As few digits as say it."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"  # noqa: PLR2004 - digits


def table(rows: Sequence[Row]) -> str:
    lines = [
        "| what was tried | on | tried | lost | wrong | measured | worst | bound |",
        "|---|---|--:|--:|--:|---|--:|--:|",
    ]
    for row in rows:
        if row.skipped:
            lines.append(f"| {row.fault} | {row.job} | 0 | – | – | {row.skipped} | – | – |")
            continue
        bound = f"{'≥' if row.is_floor else '≤'} {number(row.bound)}"
        cells: list[Any] = [row.fault, row.job, row.tried, row.lost, row.wrong, row.measure]
        cells += [number(row.worst), "–" if row.bound is None else bound]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
