"""The rows of accounts in one reconciliation: read under the lock, changed, written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Set
from datetime import datetime
from typing import Any

from django.dispatch import Signal

from stackone_connect import clock, signals
from stackone_connect.entities import AccountFacts, AccountSnapshot, Fetch
from stackone_connect.models import LinkedAccount, OriginOwner, known_accounts, statements
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.judged import facts_of
from stackone_connect.models.transactions import database
from stackone_connect.prediction import news_of

#: The fields that a snapshot and a row have in common.
_DESCRIPTION = (
    *("provider", "provider_name", "type", "status", "status_reasons"),
    *("origin_owner_name", "origin_username", "categories"),
)
#: The columns that change when StackOne says something else of an account. A request to disconnect
#: is not among them: it may be noted at this very moment.
_DESCRIBED_COLUMNS = (
    *(*_DESCRIPTION, "label", "stackone_label", "stackone_created_at", "stackone_updated_at"),
    *("event_at", "disconnected_at", "fetched_at", "fetched_number", "is_judged"),
)
_GONE_COLUMNS = (
    *("fetched_at", "fetched_number", "disconnected_at"),
    *("disconnect_requested_at", "next_disconnect_at"),
)


class AccountRecords:
    """All rows of the accounts that StackOne was asked about, with what it answered put on them.

    An answer about an account is dropped where a row of the account holds a newer one.
    ``judged_apart`` are the keys of the owners whose news are judged later, which the rows say
    until then; ``None``: all are judged in this transaction.
    """

    def __init__(self, fetch: Fetch, judged_apart: Set[int] | None = None) -> None:
        #: Those that StackOne has, and among them those of which it says something new.
        self.seen: list[LinkedAccount] = []
        self.news: list[LinkedAccount] = []
        self.emitted: list[tuple[Signal, LinkedAccount]] = []
        #: The accounts of which what was answered is not written, since a later answer was.
        self.outdated: set[str] = set()
        self.foreign = 0
        self.disconnected = 0
        #: Those that are still to be judged, also from before.
        self.unjudged: list[LinkedAccount] = []
        self._fetch = fetch
        self._judged_apart = judged_apart
        #: Each account's rows by owner, as they are now.
        self.by_account: dict[str, dict[int, LinkedAccount]] = defaultdict(dict)
        #: The owners with these rows and of these accounts, by key.
        self.owners: dict[int, OriginOwner] = {}
        #: What rows said before StackOne's answer was put on them, by their keys.
        self._before: dict[int, dict[str, Any]] = {}
        self._in_sync: list[int] = []
        self._lost: list[LinkedAccount] = []

    def read(
        self, project: str, account_ids: Collection[str], *, keys: Collection[int]
    ) -> set[int]:
        """Read all rows of these accounts, and the owners of these ``keys``; the keys of other
        owners that have rows of the accounts. To be called under the owners' lock."""
        found = known_accounts.of_project(project, account_ids)
        for row in found:
            self.by_account[row.account_id][row.owner_id] = row
        self._distrust_impossible_numbers()
        self.owners = {row.owner_id: row.owner for row in found}
        others = self.owners.keys() - keys
        if unread := keys - self.owners.keys():
            self.owners |= OriginOwner.objects.in_bulk(unread)
        return others

    def to_judge(self) -> list[LinkedAccount]:
        """The accounts at StackOne that say anything new of any session."""
        rows, news = [], []
        for row in self.seen:
            said = news_of(facts_of(row), self._facts_before(row))
            if said is not None:
                rows.append(row)
                news.append(said)
        return rows if rows and known_accounts.concern_sessions(rows, news) else []

    def _facts_before(self, row: LinkedAccount) -> AccountFacts | None:
        """What the sessions of an account that was connected were judged by until now."""
        before = self._before.get(row.pk)
        if before is None or before["disconnected_at"] is not None or not before["is_judged"]:
            return None
        return facts_of(row, before)

    @property
    def owners_by_name(self) -> dict[str, OriginOwner]:
        """The owners by the ids that StackOne knows them by."""
        return {owner.origin_owner_id: owner for owner in self.owners.values()}

    def _distrust_impossible_numbers(self) -> None:
        """Forget numbers that were not handed out yet.

        They are from another database, of which the rows were copied without the sequence; by
        these, every answer would be too old for ever.
        """
        rows = [row for theirs in self.by_account.values() for row in theirs.values()]
        if any(row.fetched_number > self._fetch.number for row in rows):
            newest = FetchNumber.take().number
            for row in rows:
                if row.fetched_number > newest:
                    row.fetched_number = 0

    def _is_outdated_by(self, row: LinkedAccount) -> bool:
        """Whether the row holds an answer that was asked for later; notes that it was dropped."""
        if row.fetched_number <= self._fetch.number:
            return False
        self.outdated.add(row.account_id)
        return True

    def _stamp(self, row: LinkedAccount) -> None:
        row.fetched_at, row.fetched_number = self._fetch.at, self._fetch.number

    def present(
        self, snapshot: AccountSnapshot, owner: OriginOwner | None, event_date: datetime | None
    ) -> None:
        """The account is at StackOne and is this owner's; ``None`` for one that is not ours."""
        if owner is None:
            self.foreign += 1
            return
        theirs = self.by_account[snapshot.account_id]
        is_old = any(self._is_outdated_by(row) for row in theirs.values())
        row = theirs.get(owner.pk)
        if row is None:
            if is_old:
                return
            row = LinkedAccount(owner=owner, account_id=snapshot.account_id)
            theirs[owner.pk] = row
        self.seen.append(row)
        is_news = False
        if not is_old:
            is_news = self._describe(row, snapshot)
            self._stamp(row)
            is_news |= self._note_judging(row, is_news=is_news)
        if event_date is not None and (row.event_at is None or row.event_at < event_date):
            row.event_at = event_date
            is_news = True
        if is_news:
            self.news.append(row)
        elif not is_old:
            self._in_sync.append(row.pk)

    def _note_judging(self, row: LinkedAccount, *, is_news: bool) -> bool:
        """Put on a row whether its sessions are judged by what it says; whether that is new."""
        before = row.is_judged
        if self._judged_apart is None:
            row.is_judged = True
        elif is_news:
            row.is_judged = row.owner_id not in self._judged_apart
        if not row.is_judged:
            self.unjudged.append(row)
        return row.is_judged != before

    def gone(self, account_id: str, *, but_for: OriginOwner | None = None) -> None:
        """The account is not at StackOne any more, or is another owner's by now."""
        for owner, row in self.by_account[account_id].items():
            if but_for and owner == but_for.pk:
                continue
            if self._is_outdated_by(row):
                continue
            self._stamp(row)
            if row.disconnected_at is None:
                row.disconnected_at = clock.now()
                self.disconnected += 1
                self.emitted.append((signals.account_disconnected, row))
            row.disconnect_requested_at = row.next_disconnect_at = None
            self._lost.append(row)

    def save(self) -> None:
        """Write what changed, in up to four queries, and one for each account that is gone."""
        rows = LinkedAccount.objects
        if self._in_sync:
            rows.filter(pk__in=self._in_sync).update(
                fetched_at=self._fetch.at, fetched_number=self._fetch.number
            )
        new = [row for row in self.news if row._state.adding]
        known = [row for row in self.news if not row._state.adding]
        # Under the lock nobody else makes the others.
        known_accounts.create(new)
        if len(known) == 1:
            self._save_one(known[0])
        elif known:
            known_accounts.overwrite(known, _DESCRIBED_COLUMNS)
        for row in self._lost:
            row.save(update_fields=_GONE_COLUMNS)

    def _save_one(self, row: LinkedAccount) -> None:
        """What changed of a known row, by a statement that is compiled once for these columns."""
        before = self._before.get(row.pk, {})
        changed = [name for name, now in _described(row).items() if before.get(name, row) != now]
        statements.update(row, changed, database())

    def _describe(self, row: LinkedAccount, snapshot: AccountSnapshot) -> bool:
        """Put a snapshot on a row, unsaved; whether it says anything new."""
        is_known = not row._state.adding
        was_connected = is_known and row.disconnected_at is None
        needed_reconnect = was_connected and row.needs_reconnect
        if is_known:
            self._before[row.pk] = _described(row)
        for name in _DESCRIPTION:
            setattr(row, name, getattr(snapshot, name))
        _take_label(row, snapshot.label)
        row.stackone_created_at = snapshot.created_at or row.stackone_created_at
        row.stackone_updated_at = snapshot.updated_at or row.stackone_updated_at
        row.disconnected_at = None
        if was_connected and self._before[row.pk] == _described(row):
            return False
        self.emitted.append(
            (signals.account_updated if was_connected else signals.account_linked, row)
        )
        if row.needs_reconnect and not needed_reconnect:
            self.emitted.append((signals.account_needs_reconnect, row))
        return True


def _described(row: LinkedAccount) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _DESCRIBED_COLUMNS}


def _take_label(row: LinkedAccount, label: str) -> None:
    """StackOne's label where it has changed there; else the one here stays.

    It may have been given here and not be taken by StackOne, or come from the session.
    """
    if label != row.stackone_label and (label or row.label == row.stackone_label):
        row.label = label
    row.stackone_label = label
