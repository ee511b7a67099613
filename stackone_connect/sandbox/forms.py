"""Parses the values of a connector's form as the hub sends them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from stackone_connect.sandbox.catalogue import Connector
from stackone_connect.sandbox.errors import invalid

#: The hub shows a value with this prefix as a stored secret (StackOne notes §20.2).
MASK = "__secretvalue:**redacted**"
_TAIL = 4
#: Four characters of a shorter secret would reveal too much.
_LONG_ENOUGH_FOR_A_TAIL = 12
MAX_VALUE = 4000


@dataclass(frozen=True)
class Filled:
    """The parsed form; of a secret it has only the tail."""

    setup: dict[str, str]
    secret_tails: dict[str, str]
    #: Messages by key: invalid values, and required fields without a value.
    problems: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def check(self, stored: Collection[str] = ()) -> None:
        """Raise ``RefusedError`` (400) unless valid and, with the stored keys, complete."""
        problems = self.problems | {k: v for k, v in self.missing.items() if k not in stored}
        if problems:
            raise invalid(problems)


def read(connector: Connector, values: Mapping[str, object]) -> Filled:
    """Read the connector's fields from ``values``; others are ignored.

    An absent, empty or masked value means unchanged: none can be cleared (StackOne notes §20.2).
    """
    filled = Filled(setup={}, secret_tails={})
    for item in connector.fields:
        value = values.get(item.key)
        text = str(value) if isinstance(value, str | int | float) else ""
        if value is not None and not isinstance(value, str | int | float):
            filled.problems[item.key] = f"{item.label} must be a text"
        elif not text or text.startswith(MASK):
            if item.required:
                filled.missing[item.key] = f"{item.label} is required"
        elif len(text) > MAX_VALUE or "\x00" in text or not item.accepts(text):
            filled.problems[item.key] = item.error or f"{item.label} is not valid"
        elif item.secret:
            tail = text[-_TAIL:] if len(text) >= _LONG_ENOUGH_FOR_A_TAIL else ""
            filled.secret_tails[item.key] = tail
        else:
            filled.setup[item.key] = text
    return filled
