"""What came of a session, for people: in a few words, and what to do next."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect import clock
from stackone_connect.admin import labels
from stackone_connect.admin.times import ago
from stackone_connect.choices import EXPIRED, SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession

_OUTCOMES = {
    SessionOutcome.CREATE.value: gettext_lazy("It linked a new account."),
    SessionOutcome.UPDATE.value: gettext_lazy("It updated an account."),
    SessionOutcome.MULTIPLE.value: gettext_lazy("It linked another account."),
}
_NEXT_STEPS = {
    "stackone_rejected": gettext_lazy("Is the integration enabled at StackOne?"),
    "stackone_misconfigured": gettext_lazy("Run stackone_doctor."),
    "stackone_bad_answer": gettext_lazy("Ask StackOne, and give the time."),
    "stackone_rate_limited": gettext_lazy("Trying again is enough."),
    "stackone_unavailable": gettext_lazy("Trying again is enough."),
    "unavailable": gettext_lazy("Trying again is enough."),
    "abandoned": gettext_lazy("Trying again is enough."),
}
_TRY_AGAIN = gettext_lazy("Ask them to try again and to allow access.")
_CHECK_APP = gettext_lazy("Check the app that the integration has at StackOne.")
_LATER = gettext_lazy("Ask them to try again later.")
#: By the code of an attempt, or its status where it has none.
_AFTER_ATTEMPT = {
    "access_denied": _TRY_AGAIN,
    "cancelled": _TRY_AGAIN,
    "expired": _TRY_AGAIN,
    "invalid_grant": _TRY_AGAIN,
    "invalid_client": _CHECK_APP,
    "invalid_scope": _CHECK_APP,
    "unauthorized_client": _CHECK_APP,
    "server_error": _LATER,
    "temporarily_unavailable": _LATER,
}
#: No session lives longer.
NO_LINKS = sys.maxsize


@dataclass(frozen=True, kw_only=True)
class Story:
    """How a session went.

    ``happened`` is a whole sentence, ``brief`` a part of one that says when, without the person.
    ``kind`` is that of a badge. ``is_abandoned`` says that nobody finished the form, which happens
    daily and means nothing; ``is_trouble`` that something stands in the way, or is waited for;
    ``is_unused_link`` that it is a link which still can be used.
    """

    happened: str
    brief: str
    kind: str
    next_step: str = ""
    is_abandoned: bool = False
    is_trouble: bool = True
    is_unused_link: bool = False


def is_link(session: ConnectSession, *, lifetime: int) -> bool:
    """Whether it was made to be sent to somebody: it lives longer than what a browser may ask for,
    ``lifetime`` in seconds."""
    asked = session.sent.get("expires_in")
    return isinstance(asked, int) and asked > lifetime


def is_abandoned(session: ConnectSession, *, lifetime: int, now: datetime) -> bool:
    """Whether nobody finished its form: what :func:`of` says, at a fraction of the cost."""
    if session.effective_status(now) != EXPIRED or is_link(session, lifetime=lifetime):
        return False
    tried = session.attempt_status or session.attempt_code
    return bool(session.attempt_account_id) or not (tried and labels.attempt(session))


def of(session: ConnectSession, *, lifetime: int, now: datetime | None = None) -> Story:
    """The story of one session; ``lifetime`` as in :func:`is_link`."""
    now = now or clock.now()
    status = session.effective_status(now)
    when = ago(session.created_at, now=now)
    attempt = labels.attempt(session)
    if status == SessionStatus.COMPLETED:
        return _completed(session, when=ago(session.completed_at or session.created_at, now=now))
    if status == SessionStatus.FAILED:
        why = labels.error(session.error_code)
        return Story(
            happened=_("It failed: %(why)s.") % {"why": why},
            brief=_("tried %(when)s, it failed: %(why)s") % {"when": when, "why": why},
            kind="bad",
            next_step=str(_NEXT_STEPS.get(session.error_code, "")),
        )
    if status == SessionStatus.PENDING:
        return Story(
            happened=_("StackOne has not responded yet."),
            brief=_("asked for %(when)s, StackOne has not responded yet") % {"when": when},
            kind="waiting",
            is_trouble=False,
        )
    if attempt and not session.attempt_account_id:
        tried = ago(session.attempt_at or session.created_at, now=now)
        return Story(
            happened=_("At the provider: %(why)s.") % {"why": attempt},
            brief=_("tried %(when)s: %(why)s") % {"when": tried, "why": attempt},
            kind="waiting",
            next_step=str(_AFTER_ATTEMPT.get(session.attempt_code or session.attempt_status, "")),
        )
    if is_link(session, lifetime=lifetime):
        return _unused_link(when, over=status == EXPIRED)
    if status == EXPIRED:
        return Story(
            happened=_("The form was not finished."),
            brief=_("form opened %(when)s, not finished") % {"when": when},
            kind="quiet",
            is_abandoned=True,
            is_trouble=False,
        )
    return Story(
        happened=_("The form is open."),
        brief=_("form opened %(when)s, still open") % {"when": when},
        kind="waiting",
        is_trouble=False,
    )


def _completed(session: ConnectSession, *, when: str) -> Story:
    brief = _("connected %(when)s")
    if session.outcome == SessionOutcome.UPDATE:
        brief = _("reconnected %(when)s")
    return Story(
        happened=str(_OUTCOMES[session.outcome]),
        brief=brief % {"when": when},
        kind="good",
        is_trouble=False,
    )


def _unused_link(when: str, *, over: bool) -> Story:
    if over:
        return Story(
            happened=_("The link ended without being used."),
            brief=_("link made %(when)s, ended without being used") % {"when": when},
            kind="quiet",
            next_step=_("If they did finish, ask StackOne now. Otherwise make a new link."),
        )
    return Story(
        happened=_("It is not used yet."),
        brief=_("link made %(when)s, not used yet") % {"when": when},
        kind="waiting",
        is_unused_link=True,
    )
