"""A comment that silences mypy, Ruff or coverage says why, on the same line."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("example_project", "scripts", "stackone_connect", "tests", "manage.py", "noxfile.py")
CODES = r"[\w-]+(?:\s*,\s*[\w-]+)*"
#: What silences mypy, Ruff and coverage.
SILENCES = re.compile(
    rf"#\s*(?:type:\s*ignore(?:\[{CODES}\])?|noqa(?::\s*{CODES})?|pragma:\s*no \w+)"
)
REASON = re.compile(r"[^\W\d_]{2,}")


def without_reason(source: str) -> list[int]:
    """The lines whose comment silences a checker and gives no reason."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not SILENCES.search(token.string):
            continue
        if not REASON.search(SILENCES.sub("", token.string)):
            found.append(token.start[0])
    return found


def files() -> Iterator[Path]:
    """Every module of the repository that is not built or downloaded."""
    for place in PLACES:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if "node_modules" not in file.parts:
                yield file


def test_every_comment_that_silences_a_checker_gives_its_reason() -> None:
    bare = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files()
        for line in without_reason(file.read_text(encoding="utf-8"))
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (" type: ignore[arg-type]", ""),
        (" noqa: S105, S106", ""),
        (" noqa: S105", " -"),
        (" type: ignore[misc]", "  # noqa: N801"),
    ],
)
def test_a_comment_without_a_reason_is_found(comment: str, reason: str) -> None:
    assert without_reason(f"x = 1\ny = 2  #{comment}{reason}\n") == [2]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (" type: ignore[arg-type]", "  # the stubs lack iterables"),
        (" noqa: S105", " - public on purpose"),
        (" noqa: S105", "  (not a secret)"),
    ],
)
def test_a_comment_with_its_reason_is_left(comment: str, reason: str) -> None:
    assert without_reason(f"x = 1  #{comment}{reason}\n") == []
