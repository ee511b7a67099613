"""What is written of measurements: the file, the goals, the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import page, results
from benchmarks.results import Result


def result(median: float, goal: str) -> Result:
    return Result(median=median, min=median, max=median, goal=goal)


@pytest.mark.parametrize(
    ("median", "goal", "is_met"),
    [
        (0.95, ">= 0.95", True),
        (0.949, ">= 0.95", False),
        (1.5, "<= 1.5", True),
        (1.501, "<= 1.5", False),
        (0.0, "", True),
    ],
)
def test_a_goal_is_met_by_the_median_alone(median: float, goal: str, is_met: bool) -> None:
    assert result(median, goal).is_met is is_met


def test_what_missed_its_goal_is_named_with_its_figures() -> None:
    found = {
        "fast": Result(median=2, min=1, max=3, goal=">= 1"),
        "slow": Result(median=1, min=0.5, max=3, goal=">= 2"),
    }
    assert results.missed(found) == ["slow: 1 (0.5 to 3), goal >= 2"]


def test_a_ratio_is_of_figures_of_the_same_round() -> None:
    found = results.of_ratios([10.0, 40.0, 90.0], [10.0, 20.0, 30.0], ">= 2")
    assert found == Result(median=2, min=1, max=3, goal=">= 2")


def test_the_file_holds_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert results.read(file) == {}
    found = {"b": result(2, ">= 1"), "a": result(1, "")}
    results.write(found, file)
    assert results.read(file) == found
    assert list(results.read(file)) == ["a", "b"]


def test_a_table_shows_the_results_that_its_patterns_name() -> None:
    text = "Before.\n<!-- results: issue_vs_* app_* -->\nold\n<!-- end -->\nAfter.\n"
    found = {
        "issue_vs_bare": Result(median=0.9567, min=0.9, max=1.0, goal=">= 0.95"),
        "issue_per_second": result(1000, ""),
        "app_weight_mb": Result(median=123.4, min=100, max=200, goal="<= 5"),
    }
    written = page.page(text, found)
    assert written.splitlines() == [
        "Before.",
        "<!-- results: issue_vs_* app_* -->",
        "| result | median | min to max | goal |",
        "|---|---|---|---|",
        "| `app_weight_mb` | 123 | 100 to 200 | ≤ 5 |",
        "| `issue_vs_bare` | 0.957 | 0.9 to 1 | ≥ 0.95 |",
        "<!-- end -->",
        "After.",
    ]
    assert page.page(written, found) == written


def test_the_table_of_goals_shows_no_parts_and_nothing_without_a_goal() -> None:
    text = "<!-- results: goals -->\n<!-- end -->\n"
    found = {"a": result(1, "<= 2"), "a.part": result(1, "<= 2"), "b": result(1, "")}
    shown = re.findall(r"`(.+)`", page.page(text, found))
    assert shown == ["a"]


def test_the_page_shows_the_results_that_are_on_record() -> None:
    present = page.FILE.read_text(encoding="utf-8")
    assert page.page(present, results.read()) == present


def test_every_result_on_record_is_in_a_table_of_the_page() -> None:
    shown = set(re.findall(r"^\| `(\w+)` \|", page.FILE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for name in results.read() if "." not in name} <= shown
