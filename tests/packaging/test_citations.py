"""What is cited of StackOne stands in docs/stackone-notes.md, and nothing else is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.project import ROOT

NOTES = ROOT / "docs" / "stackone-notes.md"
FOLDERS = ("stackone_connect", "tests", "example_project", "scripts", "docs", "judges")
SUFFIXES = {".py", ".md", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".po", ".toml", ".yml"}
FOREIGN = {"node_modules", "dist", "var", "vendor"}

# The sign is written as an escape, so that this file cites nothing by itself.
_NUMBER = r"\u00a7(\d+(?:\.\d+)?)"
_CITATION = re.compile(rf"StackOne notes {_NUMBER}(?:(?:,|,? and) {_NUMBER})*")
#: A line's end within a citation, with what begins the next line of a comment.
_LINE_BREAK = re.compile(r"\s*\n\s*(?:(?:#:?|//|\*)\s)?\s*")


def files() -> list[Path]:
    """Every text of ours but the notes."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return sorted(
        path
        for path in (*found, *ROOT.glob("*"))
        if path.suffix in SUFFIXES
        and path.is_file()
        and path != NOTES
        and FOREIGN.isdisjoint(path.relative_to(ROOT).parts)
    )


def texts() -> Iterator[tuple[str, str]]:
    for path in files():
        yield str(path.relative_to(ROOT)), in_one_line(path.read_text())


def in_one_line(text: str) -> str:
    return _LINE_BREAK.sub(" ", text)


def cited(text: str) -> list[str]:
    """The numbers of the sections of the notes that a text cites."""
    found = _CITATION.finditer(text)
    return [number for match in found for number in re.findall(_NUMBER, match[0])]


def citations_of_others(text: str) -> list[str]:
    """Sections that are cited of anything but the notes, with the words before them."""
    return re.findall(r".{0,30}\u00a7.{0,6}", _CITATION.sub("", text))


def sections() -> list[str]:
    return re.findall(rf"^##+ {_NUMBER} ", NOTES.read_text(), re.MULTILINE)


def test_every_section_that_is_cited_exists() -> None:
    known = set(sections())
    missing = [(name, number) for name, text in texts() for number in cited(text)]
    assert missing, "Nothing was found to cite the notes, which cannot be."
    assert [(name, number) for name, number in missing if number not in known] == []


def test_nothing_is_cited_that_a_reader_cannot_open() -> None:
    assert [(name, found) for name, text in texts() for found in citations_of_others(text)] == []


def test_the_notes_refer_to_sections_that_they_have() -> None:
    referred = set(re.findall(_NUMBER, NOTES.read_text()))
    assert sorted(referred - set(sections())) == []


def test_each_number_is_one_section() -> None:
    numbers = sections()
    assert sorted(numbers) == sorted(set(numbers))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("# (StackOne notes \u00a75.2)", ["5.2"]),
        ("(StackOne notes \u00a71.1, \u00a720.2 and \u00a79)", ["1.1", "20.2", "9"]),
        ("    #: as StackOne\n    #: notes \u00a72 say", ["2"]),
        ("    as StackOne notes\n    \u00a72, \u00a73.1", ["2", "3.1"]),
        ("/** as StackOne\n * notes \u00a74 say", ["4"]),
    ],
)
def test_a_citation_is_found_however_its_lines_break(text: str, numbers: list[str]) -> None:
    assert cited(in_one_line(text)) == numbers
    assert citations_of_others(in_one_line(text)) == []


@pytest.mark.parametrize("document", ["contract", "hub", "DESIGN", "guide", "the notes"])
def test_a_citation_of_another_document_is_found(document: str) -> None:
    text = in_one_line(f"# ({document}\n# \u00a75.2)")
    assert citations_of_others(text) == [f"# ({document} \u00a75.2)"]
