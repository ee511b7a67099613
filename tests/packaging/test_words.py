"""Names are the field's words: a reader of Django and HTTP can guess what a module holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.project import ROOT

PACKAGE = ROOT / "stackone_connect"

#: What a name must not contain, as whole parts of it, and what the field says instead.
INSTEAD = {
    "announcement(s)": "notification",
    "answer(s)": "response",
    "asked_at": "fetched_at",
    "asking": "processing",
    "courier(s)": "worker",
    "door(s)": "module",
    "draining": "queue",
    "finding(s)": "diagnostic",
    "hand_over": "enqueue",
    "hint(s)": "event, parsing",
    "house(s)": "module",
    "level(s)": "in sync",
    "mend": "fix",
    "misbehaviour": "fault",
    "moved_at": "changed_at",
    "mute": "unavailable",
    "own": "baseline",
    "patience": "retry, consecutive failures",
    "place(s)": "injection point",
    "possession(s)": "fixture",
    "quietly": "log exceptions",
    "reads_as": "effective_status",
    "resting": "failed",
    "room(s)": "module",
    "row(s)": "record, write watch",
    "sentence(s)": "message",
    "shape(s)": "serializer",
    "together": "batch size",
    "told": "emitted",
    "visit(s)": "in process",
    "whoever": "the user",
    "wish(s)": "request",
    "word(s)": "message",
}

#: Names in which such a word has another, established meaning: module, name, and why.
OTHER_MEANINGS: dict[tuple[str, str], str] = {
    ("stackone_connect.exceptions", "StackOneBadAnswerError"): (
        "named after its code on the wire, stackone_bad_answer"
    ),
    ("stackone_connect.services._diagnostics", "Level"): "the severity, as Django's checks say",
    ("stackone_connect.services._diagnostics", "level"): "the severity, as Django's checks say",
    ("stackone_connect.services._diagnostics", "hint"): "how to fix it, as Django's checks say",
}

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def parts(name: str) -> list[str]:
    """``AccountHint``, ``account_hint`` and ``ACCOUNT_HINT`` are all ``account``, ``hint``."""
    return [part.lower() for part in _PARTS.findall(name)]


def words_in(name: str) -> list[str]:
    joined = f"_{'_'.join(parts(name))}_"
    return [word for word in INSTEAD if re.search(f"_{word.replace('(s)', 's?')}_", joined)]


def names_in(tree: ast.Module) -> Iterator[str]:
    """Classes, and what is public of a module and of its classes: functions and attributes."""
    yield from _names_of(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from _names_of(node.body)
            yield from _set_on_self(node)


def _names_of(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _public(name)
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from _assigned(target)
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                yield from _assigned(target)
            case ast.If(body=then, orelse=otherwise):
                yield from _names_of([*then, *otherwise])
            case ast.Try(body=tried, handlers=handlers, orelse=otherwise, finalbody=final):
                handled = [statement for handler in handlers for statement in handler.body]
                yield from _names_of([*tried, *handled, *otherwise, *final])
            case ast.With(body=inside):
                yield from _names_of(inside)


def _assigned(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield from _public(name)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _assigned(element)


def _set_on_self(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield from _public(name)


def _public(name: str) -> Iterator[str]:
    if not name.startswith("_"):
        yield name


def module_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE.parent).with_suffix("")
    return ".".join(relative.parts).removesuffix(".__init__")


def violations(paths: list[Path]) -> set[tuple[str, str, str]]:
    found = set()
    for path in paths:
        module = module_of(path)
        last = module.rpartition(".")[2]
        # The name of a migration is in the databases that it was applied to.
        names = set() if path.parent.name == "migrations" else {last}
        names.update(names_in(ast.parse(path.read_text())))
        found |= {(module, name, word) for name in names for word in words_in(name)}
    return found


def test_no_module_class_or_public_name_has_a_word_of_our_own() -> None:
    found = violations(sorted(PACKAGE.rglob("*.py")))
    left = sorted(item for item in found if item[:2] not in OTHER_MEANINGS)
    lines = [f"{module}: {name} says {word!r}: {INSTEAD[word]}" for module, name, word in left]
    assert not lines, "\n".join(lines)


def test_no_other_meaning_is_left_that_nothing_has() -> None:
    found = {item[:2] for item in violations(sorted(PACKAGE.rglob("*.py")))}
    assert set(OTHER_MEANINGS) <= found
    assert all(OTHER_MEANINGS.values())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hints", ["hint(s)"]),
        ("AccountHint", ["hint(s)"]),
        ("ACCOUNT_HINTS", ["hint(s)"]),
        ("_patience", ["patience"]),
        ("AnswerThenWork", ["answer(s)"]),
        ("asked_at", ["asked_at"]),
        ("hand_over", ["hand_over"]),
        ("HTTPAnswer", ["answer(s)"]),
        ("over_hand", []),
        ("answered_by", []),
        ("owns", []),
        ("owner", []),
        ("known", []),
        ("growth", []),
        ("reset_password", []),
    ],
)
def test_a_word_counts_as_a_whole_part_of_a_name(name: str, words: list[str]) -> None:
    assert words_in(name) == words


def test_every_kind_of_public_name_is_looked_at() -> None:
    tree = ast.parse(
        """
if True:
    FIRST = 1
second, [third] = 2, 3
class _Fourth:
    fifth: int
    def sixth(self):
        self.seventh, self._hidden = 7, 8
        local = 9
    async def eighth(self): ...
try:
    def ninth(): ...
except ImportError:
    def tenth(): ...
def _private(): ...
"""
    )
    names = "FIRST second third _Fourth fifth sixth seventh eighth ninth tenth"
    assert sorted(names_in(tree)) == sorted(names.split())
