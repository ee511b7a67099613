"""The doctor: looks at everything, changes nothing, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings as django_settings
from django.core import checks
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
_ABOVE = gettext_lazy(
    "Fix what is said above first; else see what the callables in STACKONE_CONNECT raise."
)


def examine(*, client: Client | None = None) -> list[Diagnostic]:
    """Look at settings, StackOne and records; the findings in the order to fix them.

    Asks StackOne once, for at most ``DEADLINE`` seconds; changes nothing anywhere. Never raises for
    what it finds. ``client`` replaces the one from the settings.
    """
    found = guarded("settings", _("Settings"), _settings, hint=_("Run 'manage.py check'."))
    if conf.problems():
        unread = _("Not looked at: the settings can't be read.")
        return [*found, notice("rest", _("The rest"), unread)]
    examinations: tuple[tuple[str, str, Callable[[], Iterable[Diagnostic]]], ...] = (
        *(
            ("api_key", _("API key"), partial(_probe.ask, project, client))
            for project in conf.projects().values()
        ),
        ("projects", _("StackOne projects"), _unknown_projects),
        ("connect_sessions", _("Connect sessions"), _newest_session),
        ("webhook_secrets", _("Webhook secrets"), _webhook_secrets),
        ("owner_drift", _("Owner names"), _owner_drift),
        ("due_events", _("Webhook events"), _event_diagnostics.due_events),
        ("waiting_events", _("Events tried again"), _event_diagnostics.waiting_events),
        ("failed_events", _("Failed events"), _event_diagnostics.failed_events),
        ("pending_sessions", _("Pending sessions"), _pending_sessions),
        ("reconnect", _("Linked accounts"), _accounts_to_reconnect),
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
        title = _("Settings (%(id)s)") % {"id": id_}
        yield judged(id_, title, message.msg, message.hint or "")
    if not messages:
        yield ok("settings", _("Settings"), _("Every check passes."))


def _newest_session() -> Iterator[Diagnostic]:
    """What the key may write, as far as it was seen: nothing is created to find out."""
    judged = Q(status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED]) | Q(
        status=SessionStatus.FAILED, error_code=StackOneMisconfiguredError.code
    )
    newest = ConnectSession.objects.filter(judged).first()
    title = _("Connect sessions")
    if newest is None:
        detail = _("None was issued yet, so whether the key may create them has not been seen.")
        yield notice("connect_sessions", title, detail)
    elif newest.status == SessionStatus.FAILED:
        yield warning(
            "connect_sessions",
            title,
            _("StackOne refused the key for the newest one (%(when)s).")
            % {"when": at(newest.created_at)},
            _(
                "If the key may read accounts, it lacks the scope to write StackOne's Platform "
                "API. Then issue one: 'manage.py stackone_connect_session --organization ID'."
            ),
        )
    else:
        detail = _("The newest was issued %(when)s: the key could create it.")
        yield ok("connect_sessions", title, detail % {"when": at(newest.created_at)})


def _unknown_projects() -> Iterator[Diagnostic]:
    """Organizations pinned to a StackOne project that the settings no longer name."""
    left = OriginOwner.objects.exclude(project__in=conf.projects())
    counts = dict(left.values_list("project").annotate(Count("pk")).order_by("project"))
    if counts:
        named = ", ".join(f"{name!r} ({number})" for name, number in counts.items())
        yield error(
            "projects",
            _("StackOne projects"),
            _("Organizations are pinned to projects that PROJECTS does not name: %(names)s.")
            % {"names": named},
            _(
                "Name them again in PROJECTS: nothing can be done for these organizations until "
                "then."
            ),
        )


def _webhook_secrets() -> Iterator[Diagnostic]:
    for project in conf.projects().values():
        yield of_project(project, _secrets_of(project))


def _secrets_of(project: Project) -> Diagnostic:
    number = len(project.webhook_secrets)
    if number:
        return ok("webhook_secrets", _("Webhook secrets"), _("Set: %(n)d.") % {"n": number})
    # StackOne can't reach a laptop anyway.
    judged = notice if django_settings.DEBUG else warning
    return judged(
        "webhook_secrets",
        _("Webhook secrets"),
        _("None is set, so StackOne's events are refused with 404."),
        _("Add a webhook at StackOne and put its signing secret into WEBHOOK_SECRETS."),
    )


def _owner_drift() -> Iterator[Diagnostic]:
    pinned = OriginOwner.objects.exclude(organization=None)
    newest = pinned.select_related("organization").order_by("-pk")[:OWNERS_COMPARED]
    compared, drifted = 0, []
    for owner in newest:
        compared += 1
        today = tenancy.drift(owner)
        if today is not None:
            names = {"old": owner.origin_owner_name, "new": today}
            drifted.append(_("'%(old)s' is called '%(new)s' today") % names)
    if not drifted:
        detail = _("All are as they are today; compared: %(n)d.") % {"n": compared}
        yield ok("owner_drift", _("Owner names"), detail)
        return
    named = drifted[:EXAMPLES_SHOWN]
    if more := len(drifted[EXAMPLES_SHOWN:]):
        named.append(ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
    yield warning(
        "owner_drift",
        _("Owner names"),
        _("Not as they were pinned: %(n)d of %(all)d compared. %(names)s.")
        % {"n": len(drifted), "all": compared, "names": "; ".join(named)},
        _(
            "StackOne goes on knowing each under the pinned name. To change it there and here, "
            "call stackone_connect.services.owners.repin(organization=…)."
        ),
    )


def _pending_sessions() -> Iterator[Diagnostic]:
    latest = clock.now() - timedelta(seconds=conf.read().deadline)
    number = ConnectSession.objects.filter(
        status=SessionStatus.PENDING, created_at__lt=latest
    ).count()
    if not number:
        detail = _("None is older than the deadline.")
        yield ok("pending_sessions", _("Pending sessions"), detail)
        return
    yield warning(
        "pending_sessions",
        _("Pending sessions"),
        _("Older than the deadline: %(n)d. Their processes were killed while issuing.")
        % {"n": number},
        f"{_event_diagnostics.SWEEP} {_('It closes them.')}",
    )


def _accounts_to_reconnect() -> Iterator[Diagnostic]:
    accounts = LinkedAccount.objects.of_our_types().order_by()
    connected = accounts.connected()[:COUNTED].count()
    owners = list(accounts.broken().values_list("owner", flat=True)[:COUNTED])
    if not owners:
        detail = _("None needs reconnecting; connected: %(n)s.") % {"n": _at_least(connected)}
        yield ok("reconnect", _("Linked accounts"), detail)
        return
    detail = _("To be reconnected: %(n)s of %(all)s connected, of organizations: %(owners)d.") % {
        "n": _at_least(len(owners)),
        "all": _at_least(connected),
        "owners": len(set(owners)),
    }
    hint = _("Their members can: an issue with account_id edits the account in the hub.")
    yield notice("reconnect", _("Linked accounts"), detail, hint)


def _at_least(number: int) -> str:
    return _("%(n)d or more") % {"n": number} if number == COUNTED else str(number)
