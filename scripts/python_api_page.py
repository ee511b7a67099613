"""Writes docs/python-api.md from the code: what a host project may import."""

from __future__ import annotations

import importlib
import inspect
import os
import re
from pathlib import Path
from types import ModuleType

import django

FILE = Path(__file__).resolve().parent.parent / "docs" / "python-api.md"

#: Modules by section. What a module offers is its ``__all__``.
SECTIONS = {
    "Services": [
        "stackone_connect.services.sessions",
        "stackone_connect.services.accounts",
        "stackone_connect.services.activity",
        "stackone_connect.services.connectors",
        "stackone_connect.services.owners",
        "stackone_connect.services.events",
        "stackone_connect.services.sync",
        "stackone_connect.services.retention",
        "stackone_connect.services.doctor",
    ],
    "Records": ["stackone_connect.models"],
    "Signals and errors": ["stackone_connect.signals", "stackone_connect.exceptions"],
    "Background work": ["stackone_connect.background", "stackone_connect.tasks"],
    "Tests of the host project": [
        "stackone_connect.testing.sandbox",
        "stackone_connect.testing.kit",
        "stackone_connect.testing.hub",
        "stackone_connect.testing.tenants",
    ],
}

_INTRODUCTION = """\
# Python API

What a host project may import, written from the code by `make docs`. Everything else begins with an
underscore or may change without notice. All functions take their arguments by keyword, and those
that act for a customer take the `organization`. What raises what, and how long it blocks, is in the
docstrings.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for title, names in SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [_module(importlib.import_module(name)) for name in names]
    return "\n".join(parts)


def _module(module: ModuleType) -> str:
    lines = [f"### `{module.__name__}`\n", f"{_first_line(module)}\n"]
    lines += ["| name | what it is |", "|---|---|"]
    lines += [_row(name, getattr(module, name), module) for name in module.__all__]
    return "\n".join(lines) + "\n"


def _row(name: str, value: object, module: ModuleType) -> str:
    if inspect.isfunction(value):
        arguments = ", ".join(inspect.signature(value).parameters)
        return f"| `{name}({arguments})` | {_first_line(value)} |"
    if inspect.isclass(value):
        return f"| `{name}` | {_first_line(value)} |"
    return f"| `{name}` | {_comment_above(name, module)} |"


def _first_line(value: object) -> str:
    paragraph = (inspect.getdoc(value) or "").partition("\n\n")[0]
    return _as_markdown(" ".join(paragraph.split()))


def _comment_above(name: str, module: ModuleType) -> str:
    """The ``#:`` comment of a module's value."""
    lines = inspect.getsource(module).splitlines()
    [place] = [number for number, line in enumerate(lines) if line.startswith(f"{name} =")]
    said: list[str] = []
    while lines[place - 1].startswith("#:"):
        place -= 1
        said.insert(0, lines[place].removeprefix("#:").strip())
    return _as_markdown(" ".join(said))


def _as_markdown(text: str) -> str:
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    FILE.write_text(page(), encoding="utf-8")
