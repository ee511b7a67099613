"""``docs/architecture.md`` names what exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.project import ROOT

PACKAGE = ROOT / "stackone_connect"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
_DOTTED = re.compile(r"[a-z_]\w*(\.\w+)*")
_FILE = re.compile(r"[\w.]+/[\w./]*|\w+\.toml")

NAMES = [text for text in QUOTED if _DOTTED.fullmatch(text) and not _FILE.fullmatch(text)]
FILES = [text for text in QUOTED if _FILE.fullmatch(text)]
#: Neither a name of the package nor a file: values, a prefix, a package of others.
OTHERS = {"_", "account_id", "issued", "requests"}
COMMANDS = {path.stem for path in PACKAGE.rglob("management/commands/stackone_*.py")}


def defines(module: Path, names: list[str]) -> bool:
    """Whether a module has a function, class, method or imported name, without importing it."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    for index, name in enumerate(names):
        found = [node for node in body if name in bound_by(node)]
        if not found:
            return False
        if index + 1 < len(names):
            body = class_body(module, found[0], name)
    return True


def bound_by(node: ast.stmt) -> Iterator[str]:
    """The names that a statement gives a value."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def class_body(module: Path, node: ast.stmt, name: str) -> list[ast.stmt]:
    """The body of a class, which a package may import from a module of its own."""
    if isinstance(node, ast.ClassDef):
        return node.body
    if isinstance(node, ast.ImportFrom) and node.module:
        source = ROOT / f"{node.module.replace('.', '/')}.py"
        classes = ast.parse(source.read_text(encoding="utf-8")).body
        return next(c.body for c in classes if isinstance(c, ast.ClassDef) and c.name == name)
    return []


def exists(dotted: str) -> bool:
    """Whether a module, function or method of the package has this name."""
    place, names = PACKAGE, dotted.split(".")
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    if names and (place / f"{names[0]}.py").is_file():
        return defines(place / f"{names.pop(0)}.py", names)
    return not names or defines(place / "__init__.py", names)


@pytest.mark.parametrize("name", sorted(set(NAMES) - OTHERS - COMMANDS))
def test_every_name_on_the_page_exists(name: str) -> None:
    assert exists(name)


@pytest.mark.parametrize("file", FILES)
def test_every_file_on_the_page_exists(file: str) -> None:
    assert (ROOT / file).exists() or (PACKAGE / file).exists() or f"`POST {file}`" in PAGE


@pytest.mark.parametrize("name", ["services.sessions.no_such", "api.views.AccountView.no_such"])
def test_a_name_that_does_not_exist_is_noticed(name: str) -> None:
    assert not exists(name)


def test_the_page_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 150
    assert len(NAMES) > 50


def test_no_module_is_too_long_to_be_read_in_one_sitting() -> None:
    lengths = {
        path.relative_to(PACKAGE): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts
    }
    assert {path: length for path, length in lengths.items() if length > 250} == {}
