"""What a host may import is listed, and our own edges import no more of the services."""

from __future__ import annotations

import ast
import importlib
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import python_api_page
from tests.packaging.project import ROOT

PACKAGE = ROOT / "stackone_connect"
SERVICES = PACKAGE / "services"
PUBLIC = {
    *("sessions", "accounts", "activity", "connectors", "owners"),
    *("events", "sync", "retention", "doctor"),
}
BELOW = {"services", "sandbox", "migrations"}


def edges() -> Iterator[Path]:
    for file in PACKAGE.rglob("*.py"):
        if file.relative_to(PACKAGE).parts[0] not in BELOW:
            yield file


def test_the_page_is_as_the_code_says() -> None:
    assert python_api_page.FILE.read_text(encoding="utf-8") == python_api_page.page()


def test_services_are_public_or_begin_with_an_underscore() -> None:
    names = {file.stem for file in SERVICES.glob("*.py")} - {"__init__"}
    names |= {folder.name for folder in SERVICES.iterdir() if (folder / "__init__.py").exists()}
    assert {name for name in names if not name.startswith("_")} == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_functions_take_keywords_only_and_no_owner(name: str) -> None:
    module = importlib.import_module(f"stackone_connect.services.{name}")
    for public in module.__all__:
        function = getattr(module, public)
        if not inspect.isfunction(function):
            continue
        parameters = inspect.signature(function).parameters
        assert "owner" not in parameters, public
        kinds = {parameter.kind for parameter in parameters.values()}
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY}, public


@pytest.mark.parametrize("file", [*edges()], ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_edges_import_public_names_of_the_services_only(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        names = {alias.name for alias in node.names}
        if node.module == "stackone_connect.services":
            assert names <= PUBLIC
        elif node.module.startswith("stackone_connect.services."):
            assert names <= set(importlib.import_module(node.module).__all__)


def test_the_import_contract_names_every_private_service() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["name"] == "The edges use the public services only"
    ]
    private = {
        f"stackone_connect.services.{found.stem}"
        for found in SERVICES.iterdir()
        if found.name.startswith("_") and not found.name.startswith("__")
    }
    assert set(contract["forbidden_modules"]) == private
