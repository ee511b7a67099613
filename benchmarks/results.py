"""``results.json``: what each measurement came to, and the goal it has."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The median of some rounds, with the least and the greatest.

    ``goal`` is a comparison of the median, such as ``<= 1.5`` or ``>= 0.95``; empty where the
    figure is only worth knowing.
    """

    median: float
    min: float
    max: float
    goal: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the median is within its goal."""
        if not self.goal:
            return True
        comparison, bound = self.goal.split()
        return self.median <= float(bound) if comparison == "<=" else self.median >= float(bound)


Results = dict[str, Result]


def of_rounds(values: Sequence[float], goal: str = "") -> Result:
    """The result of one figure for each round."""
    return Result(
        median=round(statistics.median(values), 3),
        min=round(min(values), 3),
        max=round(max(values), 3),
        goal=goal,
    )


def of_ratios(above: Sequence[float], below: Sequence[float], goal: str = "") -> Result:
    """The ratio of two figures of each round, which were measured one after the other."""
    return of_rounds([a / b for a, b in zip(above, below, strict=True)], goal)


def write(found: Mapping[str, Result], file: Path = FILE) -> None:
    """Write all results, by name."""
    written = {name: asdict(result) for name, result in sorted(found.items())}
    file.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")


def read(file: Path = FILE) -> Results:
    """What the file holds."""
    if not file.exists():
        return {}
    return {name: Result(**values) for name, values in json.loads(file.read_text()).items()}


def missed(results: Mapping[str, Result]) -> list[str]:
    """A line for each result whose median is not within its goal."""
    return [
        f"{name}: {result.median} ({result.min} to {result.max}), goal {result.goal}"
        for name, result in results.items()
        if not result.is_met
    ]
