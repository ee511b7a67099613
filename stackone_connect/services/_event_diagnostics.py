"""What the doctor says of webhook events: which wait, which have failed, why, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect import clock
from stackone_connect.choices import EventState
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.models import WebhookEvent, WebhookEventQuerySet
from stackone_connect.services._diagnostics import Diagnostic, notice, ok, since, warning

#: An event that waits longer than this has nobody to process it, or StackOne answers nothing.
LONGEST_WAIT = timedelta(minutes=5)
#: Of an account that StackOne does not have and we do not either: nobody has to do anything.
_HARMLESS = AccountNotFoundError.code

SWEEP = gettext_lazy("Run 'manage.py stackone_process', and let a timer run it every minute.")
_TRIED_AGAIN = gettext_lazy(
    "They are tried again by themselves, hourly at the longest, until WEBHOOK_RETENTION_DAYS are "
    "over. What StackOne answers now is said above; the log says what it answered then."
)
_REPLAY = gettext_lazy(
    "Once the cause is gone, choose them in the admin (webhook events, state failed) and then "
    "'Process again', or run 'manage.py stackone_sync_accounts', which brings everything in sync."
)
_WAITING = gettext_lazy(
    "Waiting for another try: %(n)d, the oldest received %(when)s. Why: %(why)s."
)
_FAILED = gettext_lazy(
    "Failed, and not tried again: %(n)d, the oldest received %(when)s. Why: %(why)s."
)


def due_events() -> Iterator[Diagnostic]:
    """Those whose turn has come and that nobody takes."""
    due = WebhookEvent.objects.due().order_by()
    counts = due.aggregate(number=Count("pk"), oldest=Min("next_attempt_at"))
    number, oldest = counts["number"], counts["oldest"]
    if oldest is None or oldest > clock.now() - LONGEST_WAIT:
        yield ok("due_events", _("Webhook events"), _("Due now: %(n)d.") % {"n": number})
        return
    yield warning(
        "due_events",
        _("Webhook events"),
        _("Due and not processed: %(n)d, the oldest since %(when)s.")
        % {"n": number, "when": since(oldest)},
        SWEEP,
    )


def waiting_events() -> Iterator[Diagnostic]:
    """Those that were tried and put off: StackOne answered nothing, or our database did not."""
    title = _("Events tried again")
    waiting = WebhookEvent.objects.filter(state=EventState.DUE).exclude(last_error="")
    reasons = _reasons(waiting)
    if not reasons:
        yield ok("waiting_events", title, _("None waits for another try."))
        return
    detail = _counted(_WAITING, reasons)
    concerning = [row for row in reasons if row["last_error"] != _HARMLESS]
    oldest = min((row["oldest"] for row in concerning), default=None)
    if oldest is not None and oldest <= clock.now() - LONGEST_WAIT:
        yield warning("waiting_events", title, detail, _TRIED_AGAIN)
    else:
        yield notice("waiting_events", title, detail)


def failed_events() -> Iterator[Diagnostic]:
    """Those that are not tried again by themselves."""
    title = _("Failed events")
    reasons = _reasons(WebhookEvent.objects.filter(state=EventState.FAILED))
    if not reasons:
        yield ok("failed_events", title, _("None has failed."))
        return
    detail = _counted(_FAILED, reasons)
    if all(row["last_error"] == _HARMLESS for row in reasons):
        harmless = _("StackOne has no such accounts, nor we.")
        yield notice("failed_events", title, f"{detail} {harmless}")
    else:
        yield warning("failed_events", title, detail, _REPLAY)


def _reasons(events: WebhookEventQuerySet) -> list[dict[str, Any]]:
    """The last errors, the most frequent first, with how many events have each and since when."""
    rows = events.order_by().values("last_error")
    counted: Any = rows.annotate(number=Count("pk"), oldest=Min("received_at"))
    return list(counted.order_by("-number", "last_error"))


def _counted(sentence: Promise, reasons: list[dict[str, Any]]) -> str:
    number = sum(row["number"] for row in reasons)
    oldest = min(row["oldest"] for row in reasons)
    named = ", ".join(f"{row['last_error'] or '-'} ({row['number']})" for row in reasons)
    return str(sentence) % {"n": number, "when": since(oldest), "why": named}
