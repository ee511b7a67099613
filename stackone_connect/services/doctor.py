"""The doctor: looks at everything, changes nothing, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings as django_settings
from django.core import checks
from django.db.models import Count, Min, Q

from stackone_connect import clock, conf, tenancy
from stackone_connect.choices import AccountStatus, SessionStatus
from stackone_connect.client import Client
from stackone_connect.exceptions import StackOneMisconfiguredError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import probe
from stackone_connect.services.findings import Finding, error, guarded, notice, ok, warning
from stackone_connect.services.transactions import database

__all__ = ["Finding", "examine"]

#: Owners whose names are compared, the newest first: the host's OWNER_NAME is called for each.
OWNERS_COMPARED = 1000
EXAMPLES_SHOWN = 5
#: An event that waits longer than this after its turn has nobody to process it.
EVENTS_WAIT = timedelta(minutes=5)

_TAGS = ("stackone_connect", "stackone_sandbox")
#: Said by the examination of the webhook secrets, which also asks a callable.
_SAID_ELSEWHERE = "stackone_connect.W002"
_ABOVE = "Mend what is said above first; else see what the callables in STACKONE_CONNECT raise."
_SWEEP = "Run 'manage.py stackone_process_webhooks', and let a timer run it every minute."


def examine(*, client: Client | None = None) -> list[Finding]:
    """Look at settings, StackOne and records; the findings in the order to mend them.

    Asks StackOne once, for at most ``DEADLINE`` seconds; changes nothing anywhere. Never raises for
    what it finds. ``client`` replaces the one from the settings.
    """
    found = guarded("settings", "Settings", _settings, hint="Run 'manage.py check'.")
    if conf.problems():
        return [*found, notice("rest", "The rest", "Not looked at: the settings can't be read.")]
    examinations = (
        ("api_key", "API key", lambda: probe.ask(client)),
        ("connect_sessions", "Connect sessions", _newest_session),
        ("webhook_secrets", "Webhook secrets", _webhook_secrets),
        ("owner_drift", "Owner names", _owner_drift),
        ("due_events", "Webhook events", _due_events),
        ("pending_sessions", "Pending sessions", _pending_sessions),
        ("reconnect", "Linked accounts", _accounts_to_reconnect),
    )
    for id_, title, examination in examinations:
        found += guarded(id_, title, examination, hint=_ABOVE)
    return found


def _settings() -> Iterator[Finding]:
    messages = [
        message
        for message in checks.run_checks(
            tags=_TAGS,
            include_deployment_checks=not django_settings.DEBUG,
            databases=[database()],
        )
        if not message.is_silenced() and message.id != _SAID_ELSEWHERE
    ]
    for message in messages:
        judged = error if message.is_serious() else warning
        id_ = message.id or "settings"
        yield judged(id_, f"Settings ({id_})", message.msg, message.hint or "")
    if not messages:
        yield ok("settings", "Settings", "Every check passes.")


def _newest_session() -> Iterator[Finding]:
    """What the key may write, as far as it was seen: nothing is created to find out."""
    judged = Q(status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED]) | Q(
        status=SessionStatus.FAILED, error_code=StackOneMisconfiguredError.code
    )
    newest = ConnectSession.objects.filter(judged).first()
    title = "Connect sessions"
    if newest is None:
        detail = "None was issued yet, so whether the key may create them has not been seen."
        yield notice("connect_sessions", title, detail)
    elif newest.status == SessionStatus.FAILED:
        yield warning(
            "connect_sessions",
            title,
            f"StackOne refused the key for the newest one ({_time(newest.created_at)}).",
            "If the key may read accounts, it lacks the scope to write StackOne's Platform API. "
            "Then issue one: 'manage.py stackone_connect_session --organization ID'.",
        )
    else:
        detail = f"The newest was issued {_time(newest.created_at)}: the key could create it."
        yield ok("connect_sessions", title, detail)


def _webhook_secrets() -> Iterator[Finding]:
    number = len(conf.read().webhook_secrets)
    if number:
        yield ok("webhook_secrets", "Webhook secrets", f"Set: {number}.")
        return
    # StackOne can't reach a laptop anyway.
    judged = notice if django_settings.DEBUG else warning
    yield judged(
        "webhook_secrets",
        "Webhook secrets",
        "None is set, so StackOne's events are refused with 503.",
        "Add a webhook at StackOne and put its signing secret into WEBHOOK_SECRETS.",
    )


def _owner_drift() -> Iterator[Finding]:
    newest = OriginOwner.objects.select_related("organization").order_by("-pk")[:OWNERS_COMPARED]
    compared, drifted = 0, []
    for owner in newest:
        compared += 1
        today = tenancy.drift(owner)
        if today is not None:
            drifted.append(f"{owner.origin_owner_name!r} is called {today!r} today")
    if not drifted:
        yield ok("owner_drift", "Owner names", f"All are as they are today; compared: {compared}.")
        return
    more = len(drifted) - EXAMPLES_SHOWN
    named = "; ".join(drifted[:EXAMPLES_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    yield warning(
        "owner_drift",
        "Owner names",
        f"Not as they were pinned: {len(drifted)} of {compared} compared. {named}.",
        "StackOne goes on knowing each under the pinned name. To change it there and here, call "
        "stackone_connect.services.owners.repin(owner=…).",
    )


def _due_events() -> Iterator[Finding]:
    due = WebhookEvent.objects.due().order_by()
    counts = due.aggregate(number=Count("pk"), oldest=Min("next_attempt_at"))
    number, oldest = counts["number"], counts["oldest"]
    if oldest is None or oldest > clock.now() - EVENTS_WAIT:
        yield ok("due_events", "Webhook events", f"Due now: {number}.")
        return
    yield warning(
        "due_events",
        "Webhook events",
        f"Due and not processed: {number}, the oldest since {_time(oldest)}.",
        _SWEEP,
    )


def _pending_sessions() -> Iterator[Finding]:
    latest = clock.now() - timedelta(seconds=conf.read().deadline)
    number = ConnectSession.objects.filter(
        status=SessionStatus.PENDING, created_at__lt=latest
    ).count()
    if not number:
        yield ok("pending_sessions", "Pending sessions", "None is older than the deadline.")
        return
    yield warning(
        "pending_sessions",
        "Pending sessions",
        f"Older than the deadline: {number}. Their processes were killed while issuing.",
        f"{_SWEEP} It closes them.",
    )


def _accounts_to_reconnect() -> Iterator[Finding]:
    broken = Q(status=AccountStatus.ERROR)
    counts = LinkedAccount.objects.connected().aggregate(
        connected=Count("pk"),
        broken=Count("pk", filter=broken),
        owners=Count("owner", filter=broken, distinct=True),
    )
    if not counts["broken"]:
        detail = f"None needs reconnecting; connected: {counts['connected']}."
        yield ok("reconnect", "Linked accounts", detail)
        return
    detail = "To be reconnected: {broken} of {connected} connected, of organizations: {owners}."
    hint = "Their members can: an issue with account_id edits the account in the hub."
    yield notice("reconnect", "Linked accounts", detail.format(**counts), hint)


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
