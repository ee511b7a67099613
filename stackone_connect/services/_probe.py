"""One harmless call to StackOne, and what its answer says of the way there and of our key."""

from __future__ import annotations

import time
from collections.abc import Iterator

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

_WAY = ("reachability", "Reachability")
_KEY = ("api_key", "API key")
_UNKNOWN_KEY = 401
_MISSING_SCOPE = 403
_NEW_KEY = "Set API_KEY to a key of your StackOne project, as it was shown when it was made."
_SCOPES = (
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
        return ok(*_WAY, f"{address} answered in {round(seconds * 1000)} ms.")
    if isinstance(failure, StackOneRateLimitedError):
        hint = "Wait a minute. If it lasts, find out who else uses this project's limit."
        return warning(*_WAY, f"{address} allows no more calls for now.", hint)
    status = f" with {failure.status}" if failure.status else ""
    if not isinstance(failure, StackOneUnavailableError):
        hint = "Check BASE_URL: it must be StackOne's API (default https://api.stackone.com)."
        return error(*_WAY, f"{address} answered{status}, but not as StackOne does.", hint)
    if status:
        hint = "This is at StackOne's side. See its status page, and try again."
        return error(*_WAY, f"{address} answered{status}: it is out of order.", hint)
    hint = (
        "Check BASE_URL, name resolution, the firewall and the proxies of this server's "
        "environment (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE)."
    )
    return error(*_WAY, f"{address} gave no answer within {seconds:.1f} s.", hint)


def _key(failure: StackOneError | None) -> Diagnostic:
    if failure is None:
        return ok(*_KEY, "StackOne accepts it, and it may read accounts.")
    if not isinstance(failure, StackOneMisconfiguredError):
        return notice(*_KEY, "Whether it is accepted is not known, see above.")
    asked = f" StackOne's request id: {failure.request_id}." if failure.request_id else ""
    if failure.status == _UNKNOWN_KEY:
        return error(*_KEY, f"StackOne does not know this key (401).{asked}", _NEW_KEY)
    if failure.status == _MISSING_SCOPE:
        detail = f"StackOne does not let this key read accounts (403): a scope is missing.{asked}"
        return error(*_KEY, detail, _SCOPES)
    return error(*_KEY, f"StackOne refused this key.{asked}", f"{_NEW_KEY} {_SCOPES}")
