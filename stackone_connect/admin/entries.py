"""What each record says in an organization's timeline, in whole sentences for support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import takewhile

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect.admin import labels, owner_records
from stackone_connect.admin.history import History, ids_named
from stackone_connect.admin.times import lasting
from stackone_connect.choices import EventState, SessionOutcome
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent

#: What is folded: forms that nobody finished, and events that were processed.
FORMS, EVENTS = "forms", "events"
_MADE = {SessionOutcome.CREATE, SessionOutcome.MULTIPLE}
_HAPPENED = {
    EventState.DONE: gettext_lazy("It was processed."),
    EventState.DUE: gettext_lazy("It is to be processed."),
    EventState.QUARANTINED: gettext_lazy("It is in quarantine: %(why)s."),
    EventState.FAILED: gettext_lazy("It was given up: %(why)s."),
}

_DISCONNECTED = gettext_lazy("{name} was disconnected.")
_GOING = gettext_lazy("{name} is to be disconnected.")
_REPEATED = gettext_lazy("stackone_process repeats it until StackOne confirms.")
_BROKEN = gettext_lazy("{name} stopped working: {why}.")
_RECONNECT = gettext_lazy("Send them a link to reconnect it.")
_LINKED = gettext_lazy("{name} was linked.")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What happened at a time, what to do next (often nothing), and a link to the record."""

    at: datetime
    message: SafeString | str
    kind: str
    next_step: str = ""
    record: SafeString | str = ""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What is told if it is on the page: most of what was read is not.

    ``names`` are accounts that it names; ``fold`` says what it is folded with, between two that are
    not.
    """

    at: datetime
    tell: Callable[[], Entry]
    names: Iterable[str] = ()
    fold: str = ""


def of(history: History) -> list[Happened]:
    """What the records say, the newest first."""
    happened = [*_sessions(history), *_accounts(history), *_events(history)]
    return sorted(happened, key=lambda one: one.at, reverse=True)


def _sessions(history: History) -> Iterator[Happened]:
    """Those that may be on the page: no more are told, and those of the same time."""
    until = (
        history.sessions[: owner_records.RECORDS][-1].created_at
        if history.sessions
        else history.now
    )
    for session in takewhile(lambda one: one.created_at >= until, history.sessions):
        yield Happened(
            at=session.created_at,
            tell=partial(_of_session, session, history),
            names=ids_named(session),
            fold=FORMS if history.is_abandoned(session) else "",
        )


def _of_session(session: ConnectSession, history: History) -> Entry:
    story = history.story(session)
    return Entry(
        at=session.created_at,
        message=format_html("{} {}", _asked(session, history), story.happened),
        next_step=story.next_step,
        kind=story.kind,
        record=history.link(session, _("Session")),
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


def _accounts(history: History) -> Iterator[Happened]:
    made = {each.account_id for each in history.sessions if each.outcome in _MADE}

    def one(at: datetime, message: Promise, kind: str, next_step: str | Promise = "") -> Happened:
        tell = partial(_of_account, account, history, at, message, kind, next_step)
        return Happened(at=at, tell=tell)

    for account in history.accounts:
        if account.disconnected_at is not None:
            yield one(account.disconnected_at, _DISCONNECTED, "quiet")
        elif account.disconnect_requested_at is not None:
            yield one(account.disconnect_requested_at, _GOING, "waiting", _REPEATED)
        elif account.needs_reconnect and (at := labels.since(account)) is not None:
            yield one(at, _BROKEN, "bad", _RECONNECT)
        if account.account_id not in made and account.stackone_created_at is not None:
            yield one(account.stackone_created_at, _LINKED, "good")


def _of_account(  # noqa: PLR0917 - for partial()
    account: LinkedAccount,
    history: History,
    at: datetime,
    message: Promise,
    kind: str,
    next_step: str | Promise,
) -> Entry:
    name, why = history.link(account, history.name(account)), labels.reason(account)
    return Entry(
        at=at,
        message=format_html(str(message), name=name, why=why),
        kind=kind,
        next_step=str(next_step),
    )


def _events(history: History) -> Iterator[Happened]:
    for event in history.events:
        yield Happened(
            at=event.received_at,
            tell=partial(_of_event, event, history),
            names=[event.account_id],
            fold=EVENTS if event.state == EventState.DONE else "",
        )


def _of_event(event: WebhookEvent, history: History) -> Entry:
    account = history.account(event.account_id)
    what: str = event.account_id or _("no account")
    if account is not None:
        what = history.link(account, history.name(account))
    happened = _HAPPENED[EventState(event.state)] % {
        "why": labels.event_error(event) or _("no reason is known")
    }
    waits = event.state in {EventState.QUARANTINED, EventState.FAILED}
    return Entry(
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
    )
