"""How a setting is declared: as a field of a dataclass that also holds its rule and description.

Which keys are required or may hold secrets, what the checks say of a value, and the tables of
``docs/settings.md`` all follow from the declarations.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from stackone_connect.conf.rules import Rule

_T = TypeVar("_T")
#: In place of a default.
REQUIRED: Any = MISSING


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is declared of one key."""

    key: str
    name: str
    rule: Rule
    doc: str
    section: str
    default: str
    is_required: bool
    is_secret: bool


def setting(
    default: _T,
    rule: Rule,
    doc: str,
    *,
    key: str = "",
    section: str = "",
    shown_default: str = "",
    secret: bool = False,
) -> _T:
    """A dataclass field for one key. For mypy it is its default, so that its type is checked.

    ``doc`` is Markdown, one paragraph. ``key`` is needed where it is not the field's name in upper
    case; ``section`` where a section of the documentation begins; ``shown_default`` where the
    documentation can't show the default itself; ``secret`` where values may hold secrets.
    """
    metadata = {
        "rule": rule,
        "doc": doc,
        "key": key,
        "section": section,
        "shown_default": shown_default,
        "secret": secret,
    }
    made: Any
    if isinstance(default, dict):
        made = field(default_factory=default.copy, repr=not secret, metadata=metadata)
    else:
        made = field(default=default, repr=not secret, metadata=metadata)
    return made  # type: ignore[no-any-return]  # dataclass() puts the default in its place


def declarations(*kinds: Any) -> dict[str, Declaration]:
    """What the dataclasses declare, by key, in the order of the fields."""
    found = {}
    for kind in kinds:
        section = ""
        for each in fields(kind):
            if "rule" in each.metadata:
                section = each.metadata["section"] or section
                declared = _declaration(each, section)
                found[declared.key] = declared
    return found


def _declaration(each: Field[Any], section: str) -> Declaration:
    about = each.metadata
    is_required = each.default is MISSING and each.default_factory is MISSING
    return Declaration(
        key=about["key"] or each.name.upper(),
        name=each.name,
        rule=about["rule"],
        doc=about["doc"],
        section=section,
        default=about["shown_default"] or ("required" if is_required else _code(each.default)),
        is_required=is_required,
        is_secret=about["secret"],
    )


def _code(value: object) -> str:
    """A default as Markdown: as it would be written in the settings, a dotted path without quotes.

    Strings have double quotes, tuples are shown as lists.
    """
    if isinstance(value, str) and value.startswith("stackone_connect."):
        return f"`{value}`"
    listed = list(value) if isinstance(value, tuple) else value
    return f"`{listed!r}`".replace("'", '"')
