"""No module of the package imports in a circle, not even inside of a function."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from tests.packaging.project import ROOT

PACKAGE = "stackone_connect"


def imports(folder: Path) -> dict[str, set[str]]:
    """Which modules below a package each of its modules imports."""
    paths = {module_of(path, folder): path for path in folder.rglob("*.py")}
    return {
        module: {
            target
            for node in nodes_at_run_time(ast.parse(path.read_text()))
            for target in targets(node, package_of(module, path), paths.keys())
        }
        for module, path in paths.items()
    }


def module_of(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def package_of(module: str, path: Path) -> str:
    return module if path.stem == "__init__" else module.rpartition(".")[0]


def nodes_at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
                for statement in otherwise:
                    yield statement
                    yield from nodes_at_run_time(statement)
            case _:
                yield node
                yield from nodes_at_run_time(node)


def targets(node: ast.AST, package: str, modules: Collection[str]) -> Iterator[str]:
    """The modules that an import needs: a name that is no module comes from its package."""
    match node:
        case ast.Import(names=names):
            found = [alias.name for alias in names]
        case ast.ImportFrom(module=base, names=names, level=dots):
            above = package.rsplit(".", dots - 1)[0] if dots else ""
            base = ".".join(filter(None, [above, base]))
            full = [f"{base}.{alias.name}" for alias in names]
            found = [name if name in modules else base for name in full]
        case _:
            return
    yield from (name for name in found if name in modules)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The modules that import each other, directly or by others, each group once."""
    reached = {module: reachable(graph, module) for module in graph}
    groups = {
        tuple(sorted(other for other in seen if module in reached[other]))
        for module, seen in reached.items()
        if module in seen
    }
    return sorted(map(list, groups))


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += graph[module]
    return seen


def test_nothing_imports_in_a_circle() -> None:
    assert circles(imports(ROOT / PACKAGE)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import shop.b", [["shop.a", "shop.b"]]),
        ("import shop.b as other", [["shop.a", "shop.b"]]),
        ("from shop import b", [["shop.a", "shop.b"]]),
        ("from shop.b import anything", [["shop.a", "shop.b"]]),
        ("from . import b", [["shop.a", "shop.b"]]),
        ("from .b import anything", [["shop.a", "shop.b"]]),
        ("def later():\n    from shop import b", [["shop.a", "shop.b"]]),
        ("from shop import c", [["shop.a", "shop.b", "shop.c"]]),
        ("if TYPE_CHECKING:\n    from shop import b", []),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import shop.b", [["shop.a", "shop.b"]]),
        ("import shop.inner.d", []),
        ("import shopping.b", []),
    ],
)
def test_a_circle_is_seen_however_it_is_imported(
    tmp_path: Path, text: str, expected: list[list[str]]
) -> None:
    folder = tmp_path / "shop"
    (folder / "inner").mkdir(parents=True)
    for name, content in {
        "__init__": "",
        "a": text,
        "b": "import shop.a",
        "c": "import shop.b",
        "inner/__init__": "",
        "inner/d": "from os import path",
    }.items():
        (folder / f"{name}.py").write_text(content)
    assert circles(imports(folder)) == expected
