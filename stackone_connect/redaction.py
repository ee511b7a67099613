"""Texts, bytes and objects that don't show what they hold.

Error reports print the locals of every frame: Django's by ``repr``, Sentry by ``repr`` or by
walking through a mapping or a list. A secret is therefore held in one of these types as long as it
is in a local. Each is made by C code alone, so that no frame holds the plain value while it is
made; code that reads them keeps what it gets out of a name, in an expression or in another of these
types.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

REDACTED = "<redacted>"


class _Redacted:
    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED

    def __sentry_repr__(self) -> str:
        """Sentry's own hook; without it a mapping or a list is walked through."""
        return REDACTED


class RedactedStr(_Redacted, str):
    """A text that is shown as ``<redacted>``; in all else it is the text."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> RedactedBytes:
        """The text's bytes, which are not shown either."""
        return RedactedBytes(super().encode(encoding, errors))

    def strip(self, chars: str | None = None, /) -> RedactedStr:
        """The text without white space, or ``chars``, at its ends."""
        return RedactedStr(super().strip(chars))


class RedactedBytes(_Redacted, bytes):
    """Bytes that are shown as ``<redacted>``; ``bytes(…)`` of them are plain, as WSGI needs."""

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> RedactedStr:
        """The bytes' text, which is not shown either."""
        return RedactedStr(super().decode(encoding, errors))


class RedactedBuffer(_Redacted, bytearray):
    """A buffer to read into that is shown as ``<redacted>``."""


class RedactedList(_Redacted, list[Any]):
    """A list that is shown as ``<redacted>``."""

    __slots__ = ()


class RedactedSet(_Redacted, set[Any]):
    """A set that is shown as ``<redacted>``."""

    __slots__ = ()


class RedactedDict(_Redacted, dict[str, Any]):
    """An object (of JSON, or of settings) that is shown as ``<redacted>``."""

    __slots__ = ()


#: What a value of a plain type is held in, whose own items are then redacted as well.
_HELD_IN: tuple[tuple[type, type], ...] = (
    (str, RedactedStr),
    (bytes, RedactedBytes),
    (list, RedactedList),
    (tuple, RedactedList),
    (set, RedactedSet),
    (frozenset, RedactedSet),
)


def redact(held: RedactedList | RedactedDict, *, spare: Collection[object] = ()) -> None:
    """Redact every text, byte string, list, set and mapping in ``held``, at every depth, in place.

    Mappings leave alone what is under the keys in ``spare``. Keys stay as they are.
    """
    items: Any = held
    for key in range(len(held)) if isinstance(held, RedactedList) else [*held]:
        if isinstance(held, RedactedDict) and key in spare:
            continue
        if hasattr(items[key], "keys"):
            items[key] = RedactedDict(items[key])
        for plain, redacted in _HELD_IN:
            if isinstance(items[key], plain):
                items[key] = redacted(items[key])
                break
        if isinstance(items[key], RedactedList | RedactedDict):
            redact(items[key], spare=spare)


_encoder = json.JSONEncoder(allow_nan=False)


def write_json(value: object, *, encoder: json.JSONEncoder = _encoder) -> RedactedBytes:
    """JSON in UTF-8, in ASCII unless the encoder says otherwise.

    ``value`` should not show what it holds itself. Raises ``ValueError``, ``TypeError`` or
    ``RecursionError`` as ``json`` does. A lone surrogate is no UTF-8; it is written ``\\ud800``.
    """
    # In one piece, as ``json.dumps`` makes it, which would hold it in a name for a moment.
    text = RedactedStr("".join(encoder.iterencode(value, _one_shot=True)))
    return RedactedBytes(str.encode(text, errors="backslashreplace"))
