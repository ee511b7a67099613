"""What happened to an organization's connections, in words a support person can read out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect.choices import EXPIRED, EventState, SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent

#: How many of each kind of row a timeline looks at.
NEWEST = 50

_OUTCOMES = {
    SessionOutcome.CREATE.value: gettext_lazy("It linked a new account."),
    SessionOutcome.UPDATE.value: gettext_lazy("It updated an account."),
    SessionOutcome.MULTIPLE.value: gettext_lazy("It linked another account."),
}
_NEXT_STEPS = {
    "stackone_rejected": gettext_lazy("StackOne refused it: is the integration enabled there?"),
    "stackone_misconfigured": gettext_lazy("Our API key was refused: run stackone_doctor."),
    "stackone_bad_answer": gettext_lazy("StackOne answered oddly: ask them, with the time."),
    "stackone_rate_limited": gettext_lazy("StackOne was busy: trying again is enough."),
    "stackone_unavailable": gettext_lazy("StackOne could not be reached: trying again is enough."),
    "abandoned": gettext_lazy("Our process was stopped while it asked: trying again is enough."),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line: when, what, what to do next (often nothing), and the row to click on."""

    at: datetime
    sentence: str
    next_step: str
    kind: str
    row: ConnectSession | LinkedAccount | WebhookEvent


def of_owner(owner: OriginOwner) -> list[Entry]:
    """The newest entries of an owner, newest first, in three queries."""
    entries = [*_sessions(owner), *_accounts(owner), *_events(owner)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:NEWEST]


def _sessions(owner: OriginOwner) -> Iterator[Entry]:
    for session in ConnectSession.objects.of(owner)[:NEWEST]:
        who = session.requested_by_name or _("Somebody")
        what = session.provider or ", ".join(session.categories) or _("an integration")
        tried = _("%(who)s asked to connect %(what)s.") % {"who": who, "what": what}
        if session.requested_account_id:
            tried = _("%(who)s asked to reconnect %(account)s.") % {
                "who": who,
                "account": session.requested_account_id,
            }
        happened, next_step, kind = _what_came_of(session)
        yield Entry(
            at=session.created_at,
            sentence=f"{tried} {happened}",
            next_step=next_step,
            kind=kind,
            row=session,
        )


def _what_came_of(session: ConnectSession) -> tuple[str, str, str]:
    """What happened, what to do next, and how good that is."""
    status = session.reads_as()
    if status == SessionStatus.COMPLETED:
        return str(_OUTCOMES[session.outcome]), "", "good"
    if status == SessionStatus.FAILED:
        happened = _("It failed: %(code)s.") % {"code": session.error_code}
        return happened, str(_NEXT_STEPS.get(session.error_code, "")), "bad"
    if session.attempt_status and not session.attempt_account_id:
        happened = _("At the provider's page it came to: %(status)s %(code)s.") % {
            "status": session.attempt_status,
            "code": session.attempt_code,
        }
        return happened, _("Ask them to try again and to allow the access."), "waiting"
    if status == EXPIRED:
        happened = _("Nothing came of it in time, as far as StackOne shows.")
        return happened, _("If they did finish, run stackone_sync_accounts."), "quiet"
    return _("It is under way."), "", "waiting"


def _accounts(owner: OriginOwner) -> Iterator[Entry]:
    for account in LinkedAccount.objects.of(owner)[:NEWEST]:
        name = account.provider_name or account.provider
        if account.disconnected_at is not None:
            yield Entry(
                at=account.disconnected_at,
                sentence=_("%(name)s was disconnected.") % {"name": name},
                next_step="",
                kind="quiet",
                row=account,
            )
        elif account.needs_reconnect and account.moved_at is not None:
            yield Entry(
                at=account.moved_at,
                sentence=_("%(name)s stopped working: StackOne can't sign in any more.")
                % {"name": name},
                next_step=_("Send them a link to reconnect it."),
                kind="bad",
                row=account,
            )


def _events(owner: OriginOwner) -> Iterator[Entry]:
    waiting = WebhookEvent.objects.filter(origin_owner_id=owner.origin_owner_id)
    for event in waiting.exclude(state=EventState.DONE)[:NEWEST]:
        yield Entry(
            at=event.received_at,
            sentence=_("StackOne told of %(event)s for %(account)s; it is %(state)s (%(why)s).")
            % {
                "event": event.event,
                "account": event.account_id,
                "state": event.get_state_display().lower(),
                "why": event.last_error or "-",
            },
            next_step=_("Process it again once the reason is gone.")
            if event.state != EventState.DUE
            else "",
            kind="waiting",
            row=event,
        )
