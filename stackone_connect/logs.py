"""Log lines a person can read and a machine can parse: a constant event name, then key=value.

Every key of an event is always there (``-`` where there is no value); a value is quoted only where
it has spaces, quotes or ``=``; a line never holds a newline. The same values travel as ``extra``.
"""

from __future__ import annotations

import json
import logging
import threading
import time

logger = logging.getLogger("stackone_connect")

#: Where a key's name as ``extra`` differs from its name in the line.
_EXTRA_NAMES = {
    "path": "connect_path",
    "organization": "organization_id",
    "session": "session_id",
    "account": "account_id",
    "code": "error_code",
    "predicted": "predicted_path",
}


def write(level: int, event: str, **pairs: object) -> None:
    """Write one line."""
    if not logger.isEnabledFor(level):
        return
    words = [event, *(f"{key}={_value(value)}" for key, value in pairs.items())]
    values = {_EXTRA_NAMES.get(key, key): value for key, value in pairs.items()}
    logger.log(level, "%s", " ".join(words), extra=_not_taken({"event": event, **values}))


def _not_taken(values: dict[str, object]) -> dict[str, object]:
    """Those whose names no record of the host's has by itself.

    A host may have every record say whose request it is, by a factory or a class of loggers, and
    Python raises where ``extra`` has such a name. The host's value stays; the line has ours.
    """
    record = logger.makeRecord(logger.name, logging.NOTSET, "", 0, "", (), None)
    return {name: value for name, value in values.items() if name not in vars(record)}


class Flood:
    """Lines about what strangers can cause: some at once, then one a second, in each process.

    ``count`` in a line is how often it happened since the line before, so that nothing is lost but
    the last of a flood.
    """

    #: Lines that may come at once; as many seconds of silence make as many possible again.
    BURST = 120

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines = float(self.BURST)
        self._at = time.monotonic()
        self._count = 0

    def write(self, level: int, event: str, **pairs: object) -> None:
        """Write one line, or count it for the next one."""
        with self._lock:
            now = time.monotonic()
            self._lines = min(self.BURST, self._lines + max(0.0, now - self._at))
            self._at = now
            self._count += 1
            if self._lines < 1:
                return
            self._lines -= 1
            count, self._count = self._count, 0
        write(level, event, **pairs, count=count)


def _value(value: object) -> str:
    text = "" if value is None else str(value)
    if not text:
        return "-"
    if text.isprintable() and not any(mark in text for mark in " \"'="):
        return text
    return json.dumps(text)
