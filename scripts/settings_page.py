"""Writes the tables of docs/settings.md from the declarations of the settings.

What stands before the first section is written by hand and kept.
"""

from __future__ import annotations

from pathlib import Path

from stackone_connect.conf.projects import PROJECT_SETTINGS
from stackone_connect.conf.settings import SETTINGS

FILE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_HEADER = "| name | type | default | what it does |\n|---|---|---|---|\n"


def page(present: str) -> str:
    """The whole page, with the introduction that ``present`` has."""
    introduction, _, _ = present.partition("\n## ")
    sections = dict.fromkeys(declared.section for declared in SETTINGS.values())
    return "\n".join([introduction, *map(_section, sections)])


def _section(title: str) -> str:
    # Within a section, what each StackOne project may set comes first.
    rows = [
        f"| `{key}` | {declared.rule.kind} | {declared.default} | {declared.doc} |\n"
        for key, declared in (PROJECT_SETTINGS | SETTINGS).items()
        if declared.section == title
    ]
    return f"## {title}\n\n{_HEADER}{''.join(rows)}"


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
