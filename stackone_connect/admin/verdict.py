"""How an organization stands, in a few lines: what is wrong, since when, and what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect.admin import labels
from stackone_connect.admin.history import History, ids_named
from stackone_connect.admin.stories import Story
from stackone_connect.admin.times import ago
from stackone_connect.choices import AccountStatus, EventState, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent

#: Lines about single accounts; the table below them has all.
NAMED = 8
#: A session that failed longer ago is of no interest any more.
RECENT = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: ``person`` is who made the session that it ends with, ``kind`` that of a badge."""

    message: SafeString | str
    kind: str
    person: str = ""


def of(history: History) -> list[Line]:
    """The lines of the verdict, the worst first; none for a user who may see nothing."""
    found: list[Line] = []
    connected = [each for each in history.accounts if each.disconnected_at is None]
    troubled = [each for each in connected if is_troubled(each)]
    if LinkedAccount in history.sees:
        found += [_about(account, history) for account in troubled[:NAMED]]
        found += _others(history, connected, troubled)
    found += _sessions(history, troubled)
    found += _events(history)
    return found


def followup(account: LinkedAccount, history: History) -> tuple[ConnectSession, Story] | None:
    """The session that says most of what was done since the account got its status.

    That is the newest that names the account, or its provider and no account; one that nobody
    finished only if there is no other. A link that can still be used counts whenever it was made.
    """
    since, abandoned = labels.since(account), None
    for session in history.about(account):
        is_earlier = since is not None and session.created_at < since
        if is_earlier and not history.is_link(session):
            continue
        story = history.story(session)
        if is_earlier and not story.is_unused_link:
            continue
        if not story.is_abandoned:
            return session, story
        abandoned = abandoned or (session, story)
    return abandoned


def is_troubled(account: LinkedAccount) -> bool:
    """Whether a connected account is anything but working."""
    return account.disconnect_requested_at is not None or account.status != AccountStatus.ACTIVE


def _about(account: LinkedAccount, history: History) -> Line:
    name, text = (
        history.link(account, history.name(account)),
        labels.condition(account, now=history.now),
    )
    plain = format_html(_("{name}: {what}"), name=name, what=text)
    if not account.needs_reconnect or ConnectSession not in history.sees:
        return Line(message=plain, kind="bad" if account.needs_reconnect else "waiting")
    done, person = _("nobody has tried to reconnect it since"), ""
    if found := followup(account, history):
        session, story = found
        done, person = story.brief, session.requested_by_name
    elif not history.has_all_since(labels.since(account)):
        return Line(message=plain, kind="bad")  # somebody may have, long ago
    message = format_html(_("{name}: {what}; {done}"), name=name, what=text, done=done)
    return Line(message=message, kind="bad", person=person)


def _others(
    history: History, connected: list[LinkedAccount], troubled: list[LinkedAccount]
) -> Iterator[Line]:
    """The accounts that got no line of their own."""
    rest = len(troubled) - NAMED
    if rest > 0:
        text = ngettext("%(n)d more account does not work", "%(n)d more accounts do not work", rest)
        yield Line(message=text % {"n": rest}, kind="bad")
    count = len(connected) - len(troubled)
    if history.has_more_accounts:
        text = _("There are more accounts than are shown here")
        yield Line(message=history.listed(LinkedAccount, text), kind="quiet")
    elif not connected:
        yield Line(message=_("No account is connected"), kind="quiet")
    elif count and troubled:
        text = ngettext("The other account works", "The other %(n)d accounts work", count)
        yield Line(message=text % {"n": count}, kind="good")
    elif count:
        text = ngettext("The one account works", "All %(n)d accounts work", count)
        yield Line(message=text % {"n": count}, kind="good")


def _sessions(history: History, troubled: list[LinkedAccount]) -> Iterator[Line]:
    """What was tried last for each account or provider, where nothing came of it."""
    seen = {each.account_id for each in troubled} | {each.provider for each in troubled}
    count = 0
    finished = [each for each in history.sessions if not history.is_abandoned(each)]
    history.read_named(
        account_id
        for session in finished
        if session.status != SessionStatus.COMPLETED and _is_recent(session, history)
        for account_id in ids_named(session)
    )
    for session in finished:
        account = history.account_named(session)
        provider = account.provider if account is not None else session.provider
        about = next(ids_named(session), provider)
        if session.status == SessionStatus.COMPLETED or not history.story(session).is_trouble:
            seen |= {about, provider}
            continue
        if _is_recent(session, history) and about not in seen and count < NAMED:
            count += 1
            name, story = (
                history.link(session, capfirst(history.target(session))),
                history.story(session),
            )
            yield Line(
                message=format_html(_("{name}: {what}"), name=name, what=story.brief),
                kind=story.kind,
                person=session.requested_by_name,
            )
        seen.add(about)


def _is_recent(session: ConnectSession, history: History) -> bool:
    return history.now - session.created_at < RECENT


def _events(history: History) -> Iterator[Line]:
    counts = history.event_counts
    if n := counts.quarantined:
        message = ngettext(
            "%(n)d event from StackOne is in quarantine",
            "%(n)d events from StackOne are in quarantine",
            n,
        )
        yield _of_events(history, EventState.QUARANTINED, message % {"n": n})
    if n := counts.failed:
        message = ngettext(
            "%(n)d event from StackOne was given up",
            "%(n)d events from StackOne were given up",
            n,
        )
        yield _of_events(history, EventState.FAILED, message % {"n": n})
    if counts.late and counts.late_since is not None:
        message = ngettext(
            "%(n)d event from StackOne is not processed, it came %(when)s: does stackone_process "
            "run?",
            "%(n)d events from StackOne are not processed, the oldest came %(when)s: does "
            "stackone_process run?",
            counts.late,
        )
        when = ago(counts.late_since, now=history.now)
        message = message % {"n": counts.late, "when": when}
        yield _of_events(history, EventState.DUE, message)


def _of_events(history: History, state: EventState, message: str) -> Line:
    """A line that leads to the list of the events in a state."""
    shown = history.listed(WebhookEvent, message, state=state.value)
    return Line(message=shown, kind="waiting")
