"""The history of an organization's connections, in whole sentences for support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import ngettext

from stackone_connect.admin import entries, owner_records
from stackone_connect.admin.entries import FORMS, Entry, Happened
from stackone_connect.admin.history import History

#: How many lines a page shows.
LINES = 50


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Several entries behind one line, the newest first."""

    message: str
    entries: list[Entry]

    @property
    def at(self) -> datetime:
        """The time of the newest."""
        return self.entries[0].at

    @property
    def since(self) -> datetime:
        """The time of the oldest."""
        return self.entries[-1].at


_Run = list[Happened]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One page, newest first; ``before`` is where the next page begins, if there is one."""

    lines: list[Entry | Fold]
    before: datetime | None


def of(history: History, *, before: datetime | None = None) -> Timeline | None:
    """The page of what happened before a time; ``None`` for a user who may see none of it."""
    if not history.sees:
        return None
    known = _known_since(history)
    shown = [
        one
        for one in entries.of(history)
        if (before is None or one.at < before) and (known is None or one.at >= known)
    ]
    until = known
    if len(shown) > owner_records.RECORDS:
        until = shown[owner_records.RECORDS - 1].at
        shown = [one for one in shown if one.at >= until]
    lines = list(_folded(shown))
    if len(lines) > LINES:
        until = lines[LINES - 1][-1].at
        # What happened at the very same time is not left to the next page, which begins before it.
        cut = [line for line in lines[LINES:] if line[0].at == until]
        lines = [*lines[:LINES], *cut]
    history.read_named(name for line in lines for one in line for name in one.names)
    return Timeline(lines=[_told(line) for line in lines], before=until)


def _known_since(history: History) -> datetime | None:
    """How far back everything is told; ``None`` where that is all there is."""
    most, full = owner_records.RECORDS, []
    if len(history.sessions) > most:
        full.append(history.sessions[most - 1].created_at)
    if len(history.events) == most:
        full.append(history.events[-1].received_at)
    return max(full, default=None)


def _folded(happened: Iterable[Happened]) -> Iterator[_Run]:
    """What is one line: between two that stand by themselves, those of a kind."""
    for is_folded, run in groupby(happened, key=lambda one: bool(one.fold)):
        if not is_folded:
            yield from ([one] for one in run)
            continue
        of_kind: dict[str, _Run] = {}
        for one in run:
            of_kind.setdefault(one.fold, []).append(one)
        yield from of_kind.values()


def _told(line: _Run) -> Entry | Fold:
    entries, fold = [one.tell() for one in line], line[0].fold
    return Fold(message=_fold_message(fold, len(line)), entries=entries) if fold else entries[0]


def _fold_message(kind: str, count: int) -> str:
    if kind == FORMS:
        text = ngettext(
            "%(n)d form was opened and not finished",
            "%(n)d forms were opened and not finished",
            count,
        )
    else:
        text = ngettext(
            "%(n)d event from StackOne was processed",
            "%(n)d events from StackOne were processed",
            count,
        )
    return text % {"n": count}
