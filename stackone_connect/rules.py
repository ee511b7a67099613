"""Rules about texts that several modules apply, each stated once (pure)."""

from __future__ import annotations

import json
import re
import unicodedata
from urllib.parse import urlsplit

#: A text of whatever class as a plain one. What ``str()`` makes of a member of
#: ``class Region(str, Enum)`` is ``Region.EU``.
characters = str.__str__
#: Characters that a column of text holds.
TEXT_LIMIT = 255

# Control characters and lone surrogates: no name needs them, and PostgreSQL refuses some of them.
_CONTROL = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
#: Runs of them: ``sub(" ", text)`` makes a text that can be stored.
CONTROL_CHARACTERS = re.compile(f"[{_CONTROL}]+")
#: They order the text around them anew, so that a name can make another of what stands beside it.
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Control characters, and the separators of lines and paragraphs.
_LINE_BREAKING = re.compile(rf"[{_CONTROL}\u2028\u2029]")
#: Matches a text that can be an id of StackOne's, safe as one segment of an address.
is_identifier = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~:@=+-]{1,255}").fullmatch


def text_of(value: object) -> str:
    """``str()`` of a value; but of a text of whatever class its own characters."""
    return characters(value) if isinstance(value, str) else str(value)


def is_web_address(value: object) -> bool:
    """Whether it is an http or https address with a host, to which a path can be added.

    Without credentials (a user name in it would replace the API key), query, fragment, spaces and
    what can't be printed.
    """
    if not isinstance(value, str) or not value.isprintable() or set(value) & set("@?# "):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def one_line(value: object) -> str:
    """A text fit to be sent and stored: one line of at most 255 characters; ``None`` is empty.

    A text without a visible character is empty as well. Joiners and marks of direction stay: many
    scripts, and emoji, are not written right without them.
    """
    text = "" if value is None else _LINE_BREAKING.sub(" ", DIRECTIONS.sub("", text_of(value)))
    text = text.strip()[:TEXT_LIMIT].rstrip()
    return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""


def is_storable_json(value: object, *, most_bytes: int, levels: int) -> bool:
    """Whether it is JSON of a fair size that every database can hold: no NUL, no surrogate."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return len(text.encode()) <= most_bytes and _is_plain(value, levels)
    except (TypeError, ValueError, RecursionError):
        return False


def _is_plain(value: object, levels: int) -> bool:
    """Whether no text in it holds a NUL and nothing is nested deeper than ``levels``."""
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        children = list(value)
    else:
        return True
    return levels > 0 and all(_is_plain(child, levels - 1) for child in children)
