"""What SECURITY.md and docs/security.md say is held by a test, is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)`")


def rows(page: str, heading: str) -> list[str]:
    """The rows of the table below a heading, without its head."""
    text = (ROOT / page).read_text(encoding="utf-8").partition(f"## {heading}")[2]
    table = text.partition("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("|")][2:]


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("SECURITY.md", "What the package promises"),
        ("docs/security.md", "What one tenant can use"),
    ],
)
def test_every_promise_names_a_test_that_exists(page: str, heading: str) -> None:
    found = rows(page, heading)
    assert len(found) >= 10
    for row in found:
        named = NAMED.findall(row)
        assert named, row
        for file in named:
            assert "\ndef test_" in (ROOT / file).read_text(encoding="utf-8"), file


def test_the_table_of_threats_is_no_longer_than_two_screens() -> None:
    assert len((ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()) <= 60
