"""What StackOne's list of all accounts has shown, without a memory that grows with it."""

from __future__ import annotations

from collections.abc import Set


class Shown:
    """The accounts that a list has just shown, and those of its first page.

    Pages shift while they are read, and a server may ignore which page it is asked for, or begin
    anew after the last. More than twice ``most`` accounts is not remembered: one that comes again
    much later is written again, which changes nothing.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._first: Set[str] = frozenset()
        self._before: Set[str] = frozenset()
        self._newest: set[str] = set()

    def add(self, account_ids: Set[str]) -> Set[str]:
        """Those of a page that were not shown before."""
        fresh = account_ids - self._newest - self._before - self._first
        self._first = self._first or fresh
        if len(self._newest) >= self._most:
            self._before, self._newest = self._newest, set()
        self._newest |= fresh
        return fresh
