"""One harmless call to StackOne, and what its answer says of the way there and of our key."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect import client as clients
from stackone_connect import conf
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.conf.projects import Project
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from stackone_connect.services._diagnostics import (
    Diagnostic,
    error,
    notice,
    of_project,
    ok,
    warning,
)

#: An owner that nobody has: its list is empty, so that no customer's data is fetched.
NOBODY = "stackone_doctor"

_WAY = ("reachability", gettext_lazy("Reachability"))
_KEY = ("api_key", gettext_lazy("API key"))
_UNKNOWN_KEY = 401
_MISSING_SCOPE = 403
_NEW_KEY = gettext_lazy(
    "Set API_KEY to a key of your StackOne project, as it was shown when it was made."
)
_SCOPES = gettext_lazy(
    "Give the key the scope to read and write StackOne's Platform API, which covers accounts and "
    "connect sessions; and see that the project's allow-list, if it has one, names this server."
)


def ask(project: Project, client: Client | None = None) -> Iterator[Diagnostic]:
    """List the accounts of an owner that nobody has, once, and judge the answer.

    Blocks up to ``DEADLINE`` seconds and reads only. What a key may *write* shows when it does.
    """
    client = client or clients.current(project.name)
    deadline = Deadline(conf.read().deadline)
    started = time.monotonic()
    failure = None
    try:
        next(iter(client.accounts_of(NOBODY, deadline=deadline)), None)
    except StackOneError as raised:
        failure = raised
    seconds = time.monotonic() - started
    yield of_project(project, _way(project.base_url, failure, seconds))
    yield of_project(project, _key(failure))


def _way(address: str, failure: StackOneError | None, seconds: float) -> Diagnostic:
    if failure is None or isinstance(failure, StackOneMisconfiguredError):
        passed = {"address": address, "ms": round(seconds * 1000)}
        return ok(*_WAY, _("%(address)s answered in %(ms)d ms.") % passed)
    values = {"address": address, "status": failure.status, "seconds": f"{seconds:.1f}"}
    if isinstance(failure, StackOneRateLimitedError):
        hint = _("Wait a minute. If it lasts, find out who else uses this project's limit.")
        return warning(*_WAY, _("%(address)s allows no more calls for now.") % values, hint)
    if not isinstance(failure, StackOneUnavailableError):
        hint = _("Check BASE_URL: it must be StackOne's API (default https://api.stackone.com).")
        detail = _("%(address)s answered, but not as StackOne does.")
        if failure.status:
            detail = _("%(address)s answered with %(status)s, but not as StackOne does.")
        return error(*_WAY, detail % values, hint)
    if failure.status:
        hint = _("This is at StackOne's side. See its status page, and try again.")
        detail = _("%(address)s answered with %(status)s: it is out of order.")
        return error(*_WAY, detail % values, hint)
    hint = _(
        "Check BASE_URL, name resolution, the firewall and the proxies of this server's "
        "environment (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE)."
    )
    return error(*_WAY, _("%(address)s gave no answer within %(seconds)s s.") % values, hint)


def _key(failure: StackOneError | None) -> Diagnostic:
    if failure is None:
        return ok(*_KEY, _("StackOne accepts it, and it may read accounts."))
    if not isinstance(failure, StackOneMisconfiguredError):
        return notice(*_KEY, _("Whether it is accepted is not known, see above."))
    detail, hint = _("StackOne refused this key."), f"{_NEW_KEY} {_SCOPES}"
    if failure.status == _UNKNOWN_KEY:
        detail, hint = _("StackOne does not know this key (401)."), str(_NEW_KEY)
    elif failure.status == _MISSING_SCOPE:
        detail = _("StackOne does not let this key read accounts (403): a scope is missing.")
        hint = str(_SCOPES)
    if failure.request_id:
        asked = _("StackOne's request id: %(id)s.") % {"id": failure.request_id}
        detail = f"{detail} {asked}"
    return error(*_KEY, detail, hint)
