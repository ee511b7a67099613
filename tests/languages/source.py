"""Sentences in the source that are marked for nobody to translate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_MARKS = frozenset(
    {
        "_",
        "gettext",
        "gettext_lazy",
        "ngettext",
        "ngettext_lazy",
        "npgettext",
        "npgettext_lazy",
        "pgettext",
        "pgettext_lazy",
    }
)
#: What is said to developers: mistakes in the settings and in code. It stays English.
_FOR_DEVELOPERS = frozenset(
    {
        "ConfigurationError",
        "ImproperlyConfigured",
        "TemplateSyntaxError",
        "TransactionOpenError",
        "TypeError",
        "ValueError",
        "RuntimeError",
        "add_argument",
    }
)
#: Two words beside each other, or one that ends a sentence.
_SENTENCE = re.compile(r"[A-Za-z’']{2,} [A-Za-z’']+|^[A-Z][a-z’']+[.!?]$")
#: Markup and patterns; SQL; what Django REST framework says and we look for.
_FOR_MACHINES = re.compile(
    r"[<{(/\\].*|\s*(?:SELECT|PRAGMA|SET (?:LOCAL|SESSION|TRANSACTION)) .*|CSRF Failed", re.DOTALL
)
#: Names of what people read even where it is one word.
_READ = frozenset(
    {
        "description",
        "help_text",
        "search_help_text",
        "short_description",
        "title",
        "verbose_name",
        "verbose_name_plural",
    }
)


def unmarked(source: str) -> list[str]:
    """The texts of a module that a person reads and no translator is given."""
    return sorted(_Reader().of(ast.parse(source)))


class _Reader:
    def __init__(self) -> None:
        self.found: list[str] = []

    def of(self, tree: ast.AST) -> list[str]:
        self._visit(tree)
        return self.found

    def _visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and _name(node.func) in _MARKS | _FOR_DEVELOPERS:
            return
        if isinstance(node, ast.Assign) and _named(node.targets) == {"help"}:
            return  # of a command: Django's own help is English, too
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = [each for each in node.body if not _is_text(each)]
            decorators = getattr(node, "decorator_list", [])
            for child in (*decorators, *getattr(node, "bases", []), *body):
                self._visit(child)
            return
        for text in _read(node):
            self.found.append(text)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if _SENTENCE.search(text) and not _FOR_MACHINES.fullmatch(text):
                self.found.append(text)
        for child in ast.iter_child_nodes(node):
            self._visit(child)


def _read(node: ast.AST) -> Iterator[str]:
    """A bare text where people read one word, too."""
    is_argument = isinstance(node, ast.keyword) and node.arg in _READ
    if is_argument or (isinstance(node, ast.Assign) and _named(node.targets) & _READ):
        yield from _bare(node.value)  # type: ignore[attr-defined]  # both have one


def _bare(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def _named(targets: list[ast.expr]) -> set[str]:
    return {_name(target) for target in targets}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_text(node: ast.AST) -> bool:
    """A docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


_TRANSLATED = re.compile(
    r"{% blocktrans(?:late)?\b.*?%}.*?{% endblocktrans(?:late)? %}"
    r"|{% block \w+_class %}.*?{% endblock %}"
    r"|{% comment %}.*?{% endcomment %}|{#.*?#}|<(script|style)\b.*?</\1>|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z]{2,}")
_ATTRIBUTES = re.compile(
    r"""\b(?:aria-label|title|placeholder|alt|data-heading|data-copied|data-failed)="([^"]*)\""""
    r"""|<input[^>]*type="submit"[^>]*value="([^"]*)\""""
)


def unmarked_in_template(source: str, *, names: frozenset[str] = frozenset()) -> list[str]:
    """The texts of a template that no translator is given; ``names`` are the same everywhere."""
    rest = _TRANSLATED.sub(" ", source)
    texts = re.split(r"<[^>]*>", rest)
    for found in _ATTRIBUTES.finditer(rest):
        texts += [text for text in found.groups() if text]
    return [
        " ".join(text.split())
        for text in texts
        if any(word not in names for word in _WORD.findall(re.sub(r"&\w+;", " ", text)))
    ]
