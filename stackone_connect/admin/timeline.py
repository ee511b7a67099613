"""The history of an organization's connections, in whole sentences for support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stackone_connect.admin import labels
from stackone_connect.admin.history import NEWEST, History
from stackone_connect.admin.times import lasting
from stackone_connect.choices import EventState, SessionOutcome
from stackone_connect.models import ConnectSession

#: How many lines a page shows.
LINES = 50
#: What is folded: forms that nobody finished, and events that were processed.
_FORMS, _EVENTS = "forms", "events"
_MADE = {SessionOutcome.CREATE, SessionOutcome.MULTIPLE}
_HAPPENED = {
    EventState.DONE: gettext_lazy("It was processed."),
    EventState.DUE: gettext_lazy("It is to be processed."),
    EventState.QUARANTINED: gettext_lazy("It is in quarantine: %(why)s."),
    EventState.FAILED: gettext_lazy("It was given up: %(why)s."),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What happened at a time, what to do next (often nothing), and a link to the record.

    ``fold`` names what it is folded with, between two entries that are not.
    """

    at: datetime
    message: SafeString | str
    kind: str
    next_step: str = ""
    record: SafeString | str = ""
    fold: str = ""


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


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One page, newest first; ``before`` is where the next page begins, if there is one."""

    lines: list[Entry | Fold]
    before: datetime | None


def of(history: History, *, before: datetime | None = None) -> Timeline | None:
    """The page of what happened before a time; ``None`` for a user who may see none of it."""
    if not history.sees:
        return None
    entries = [*_sessions(history), *_accounts(history), *_events(history)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    known = _known_since(history)
    shown = [
        entry
        for entry in entries
        if (before is None or entry.at < before) and (known is None or entry.at >= known)
    ]
    lines = list(_folded(shown))
    if len(lines) > LINES:
        last = lines[LINES - 1]
        until = last.since if isinstance(last, Fold) else last.at
        # What happened at the very same time is not left to the next page, which begins before it.
        cut = [line for line in lines[LINES:] if line.at == until]
        return Timeline(lines=[*lines[:LINES], *cut], before=until)
    return Timeline(lines=lines, before=known)


def _known_since(history: History) -> datetime | None:
    """How far back everything was read; ``None`` where that is all there is."""
    full = [
        times[-1]
        for times in (
            [session.created_at for session in history.sessions],
            [event.received_at for event in history.events],
        )
        if len(times) == NEWEST
    ]
    return max(full, default=None)


def _folded(entries: Iterable[Entry]) -> Iterator[Entry | Fold]:
    """Between two entries that stand by themselves, those of a kind become one line."""
    for is_folded, run in groupby(entries, key=lambda entry: bool(entry.fold)):
        if not is_folded:
            yield from run
            continue
        of_kind: dict[str, list[Entry]] = {}
        for entry in run:
            of_kind.setdefault(entry.fold, []).append(entry)
        for kind, found in of_kind.items():
            yield Fold(message=_fold_message(kind, len(found)), entries=found)


def _fold_message(kind: str, count: int) -> str:
    if kind == _FORMS:
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


def _sessions(history: History) -> Iterator[Entry]:
    for session in history.sessions:
        story = history.story(session)
        yield Entry(
            at=session.created_at,
            message=format_html("{} {}", _asked(session, history), story.happened),
            next_step=story.next_step,
            kind=story.kind,
            record=history.link(session, _("Session")),
            fold=_FORMS if story.is_abandoned else "",
        )


def _asked(session: ConnectSession, history: History) -> SafeString:
    if history.is_link(session):
        message = _("{who} made a link to connect {what}, for {lasting}.")
        if session.requested_account_id:
            message = _("{who} made a link to reconnect {what}, for {lasting}.")
    else:
        message = _("{who} asked to connect {what}.")
        if session.requested_account_id:
            message = _("{who} asked to reconnect {what}.")
    account, target = history.account_named(session), history.target(session)
    return format_html(
        message,
        who=session.requested_by_name or _("Somebody"),
        what=history.link(account, target) if account is not None else target,
        lasting=lasting(session.sent.get("expires_in") or 0),
    )


def _accounts(history: History) -> Iterator[Entry]:
    made = {each.account_id for each in history.sessions if each.outcome in _MADE}
    for account in history.accounts:
        name = history.link(account, history.name(account))
        if account.disconnected_at is not None:
            yield Entry(
                at=account.disconnected_at,
                message=format_html(_("{name} was disconnected."), name=name),
                kind="quiet",
            )
        elif account.disconnect_requested_at is not None:
            yield Entry(
                at=account.disconnect_requested_at,
                message=format_html(_("{name} is to be disconnected."), name=name),
                next_step=_("stackone_process repeats it until StackOne confirms."),
                kind="waiting",
            )
        elif account.needs_reconnect and (at := labels.since(account)) is not None:
            why = labels.reason(account)
            yield Entry(
                at=at,
                message=format_html(_("{name} stopped working: {why}."), name=name, why=why),
                next_step=_("Send them a link to reconnect it."),
                kind="bad",
            )
        if account.account_id not in made and account.stackone_created_at is not None:
            yield Entry(
                at=account.stackone_created_at,
                message=format_html(_("{name} was linked."), name=name),
                kind="good",
            )


def _events(history: History) -> Iterator[Entry]:
    for event in history.events:
        account = history.account(event.account_id)
        what: str = event.account_id or _("no account")
        if account is not None:
            what = history.link(account, history.name(account))
        happened = _HAPPENED[EventState(event.state)] % {
            "why": labels.event_error(event) or _("no reason is known")
        }
        waits = event.state in {EventState.QUARANTINED, EventState.FAILED}
        yield Entry(
            at=event.received_at,
            message=format_html(
                _("StackOne sent {event} for {what}. {happened}"),
                event=event.event,
                what=what,
                happened=happened,
            ),
            next_step=_("Process it again once the reason is gone.") if waits else "",
            kind="quiet" if event.state == EventState.DONE else "waiting",
            record=history.link(event, _("Event")),
            fold=_EVENTS if event.state == EventState.DONE else "",
        )
