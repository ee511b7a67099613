"""The doctor: looks at everything, changes nothing, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings as django_settings
from django.core import checks
from django.db.models import Count, Q

from stackone_connect import clock, conf, tenancy
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.conf.projects import Project
from stackone_connect.exceptions import StackOneMisconfiguredError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.transactions import database
from stackone_connect.services import _event_diagnostics, _probe
from stackone_connect.services._diagnostics import (
    Diagnostic,
    at,
    error,
    guarded,
    notice,
    of_project,
    ok,
    warning,
)

__all__ = ["Diagnostic", "examine"]

#: Owners whose names are compared, the newest first: the host's OWNER_NAME is called for each.
OWNERS_COMPARED = 1000
EXAMPLES_SHOWN = 5
#: Accounts are counted up to this many: counting a million takes longer than all the rest.
COUNTED = 1000

_TAGS = ("stackone_connect", "stackone_sandbox")
#: Said by the examination of the webhook secrets, which also asks a callable.
_SAID_ELSEWHERE = "stackone_connect.W002"
_ABOVE = "Fix what is said above first; else see what the callables in STACKONE_CONNECT raise."


def examine(*, client: Client | None = None) -> list[Diagnostic]:
    """Look at settings, StackOne and records; the findings in the order to fix them.

    Asks StackOne once, for at most ``DEADLINE`` seconds; changes nothing anywhere. Never raises for
    what it finds. ``client`` replaces the one from the settings.
    """
    found = guarded("settings", "Settings", _settings, hint="Run 'manage.py check'.")
    if conf.problems():
        return [*found, notice("rest", "The rest", "Not looked at: the settings can't be read.")]
    examinations: tuple[tuple[str, str, Callable[[], Iterable[Diagnostic]]], ...] = (
        *(
            ("api_key", "API key", partial(_probe.ask, project, client))
            for project in conf.projects().values()
        ),
        ("projects", "StackOne projects", _unknown_projects),
        ("connect_sessions", "Connect sessions", _newest_session),
        ("webhook_secrets", "Webhook secrets", _webhook_secrets),
        ("owner_drift", "Owner names", _owner_drift),
        ("due_events", "Webhook events", _event_diagnostics.due_events),
        ("waiting_events", "Events tried again", _event_diagnostics.waiting_events),
        ("failed_events", "Failed events", _event_diagnostics.failed_events),
        ("pending_sessions", "Pending sessions", _pending_sessions),
        ("reconnect", "Linked accounts", _accounts_to_reconnect),
    )
    for id_, title, examination in examinations:
        found += guarded(id_, title, examination, hint=_ABOVE)
    return found


def _settings() -> Iterator[Diagnostic]:
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


def _newest_session() -> Iterator[Diagnostic]:
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
            f"StackOne refused the key for the newest one ({at(newest.created_at)}).",
            "If the key may read accounts, it lacks the scope to write StackOne's Platform API. "
            "Then issue one: 'manage.py stackone_connect_session --organization ID'.",
        )
    else:
        detail = f"The newest was issued {at(newest.created_at)}: the key could create it."
        yield ok("connect_sessions", title, detail)


def _unknown_projects() -> Iterator[Diagnostic]:
    """Organizations pinned to a StackOne project that the settings no longer name."""
    left = OriginOwner.objects.exclude(project__in=conf.projects())
    counts = dict(left.values_list("project").annotate(Count("pk")).order_by("project"))
    if counts:
        named = ", ".join(f"{name!r} ({number})" for name, number in counts.items())
        yield error(
            "projects",
            "StackOne projects",
            f"Organizations are pinned to projects that PROJECTS does not name: {named}.",
            "Name them again in PROJECTS: nothing can be done for these organizations until then.",
        )


def _webhook_secrets() -> Iterator[Diagnostic]:
    for project in conf.projects().values():
        yield of_project(project, _secrets_of(project))


def _secrets_of(project: Project) -> Diagnostic:
    number = len(project.webhook_secrets)
    if number:
        return ok("webhook_secrets", "Webhook secrets", f"Set: {number}.")
    # StackOne can't reach a laptop anyway.
    judged = notice if django_settings.DEBUG else warning
    return judged(
        "webhook_secrets",
        "Webhook secrets",
        "None is set, so StackOne's events are refused with 404.",
        "Add a webhook at StackOne and put its signing secret into WEBHOOK_SECRETS.",
    )


def _owner_drift() -> Iterator[Diagnostic]:
    pinned = OriginOwner.objects.exclude(organization=None)
    newest = pinned.select_related("organization").order_by("-pk")[:OWNERS_COMPARED]
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
        "stackone_connect.services.owners.repin(organization=…).",
    )


def _pending_sessions() -> Iterator[Diagnostic]:
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
        f"{_event_diagnostics.SWEEP} It closes them.",
    )


def _accounts_to_reconnect() -> Iterator[Diagnostic]:
    accounts = LinkedAccount.objects.of_our_types().order_by()
    connected = accounts.connected()[:COUNTED].count()
    owners = list(accounts.broken().values_list("owner", flat=True)[:COUNTED])
    if not owners:
        detail = f"None needs reconnecting; connected: {_at_least(connected)}."
        yield ok("reconnect", "Linked accounts", detail)
        return
    detail = (
        f"To be reconnected: {_at_least(len(owners))} of {_at_least(connected)} connected, "
        f"of organizations: {len(set(owners))}."
    )
    hint = "Their members can: an issue with account_id edits the account in the hub."
    yield notice("reconnect", "Linked accounts", detail, hint)


def _at_least(number: int) -> str:
    return f"{number} or more" if number == COUNTED else str(number)
