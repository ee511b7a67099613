"""The index of the documentation, and where its links lead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.packaging.project import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
_LINK = re.compile(r"\]\(([^)#\s]+)")


def test_the_index_lists_every_page_once() -> None:
    listed = re.findall(
        r"^\| \[.*?\]\((\S+\.md)\)", (ROOT / "docs" / "README.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == [page.name for page in PAGES if page.name != "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
