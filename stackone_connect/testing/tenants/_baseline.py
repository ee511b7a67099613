"""What a tenant may do with its own data: without it a denial would prove nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stackone_connect.testing.tenants._fixtures import connect
from stackone_connect.testing.tenants._probe import (
    SERVER_ERROR,
    Prober,
    ProbeRequest,
    ProbeResponse,
)
from stackone_connect.testing.tenants._write_watch import APP, SANDBOX_APP

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

#: A provider without an account of the tenant: the fixtures have none, and the moved are gone.
_PROVIDER = "personio"
_FORBIDDEN = 403
_GOOD = range(200, 300)


def read(prober: Prober) -> Iterator[str]:
    """Read the tenant's data; the names of what is allowed.

    Raises ``ValueError`` where the client does not act for its tenant.
    """
    acting = prober.acting
    for name, url, mine in (
        ("list sessions", acting.address("connect-sessions"), acting.sessions),
        ("list accounts", acting.address("accounts"), [acting.account]),
        ("read a session", acting.address("connect-session", acting.open), [acting.open]),
        ("read an account", acting.address("account", acting.account), [acting.account]),
    ):
        request = ProbeRequest(method="GET", path=url)
        response = prober.send(request)
        if (
            _is_forbidden(prober, f"{name} ({request})", response)
            or response.status >= SERVER_ERROR
        ):
            continue
        if not all(value.encode() in response.content for value in mine):
            raise ValueError(
                f"The client given for {acting.name} does not act for {acting.name}: "
                f"{request} answered {response.status} without its own data."
            )
        yield name


def change(prober: Prober, sandbox: StackOneSandbox) -> Iterator[str]:
    """Change the tenant's data; the names of what is allowed. To be run last."""
    acting = prober.acting
    # The fixture's may be disconnected by now: by a probe that should have been denied.
    label = f"label-{uuid.uuid4().hex}"
    _, connected = connect(acting.organization, sandbox, _PROVIDER, label)
    prober.accept_changes()
    own = {"account_id": acting.account}
    for name, request in (
        (
            "complete",
            ProbeRequest(
                method="POST", path=acting.address("complete", acting.completed), body=own
            ),
        ),
        (
            "label",
            ProbeRequest(
                method="PATCH",
                path=acting.address("account", connected),
                body={"label": "Renamed"},
            ),
        ),
        ("issue", ProbeRequest(method="POST", path=acting.address("connect-sessions"), body={})),
        (
            "disconnect",
            ProbeRequest(method="DELETE", path=acting.address("account", connected)),
        ),
    ):
        response = prober.send(request, may_change=(APP, SANDBOX_APP))
        prober.must_not_show(request, response)
        if (
            _is_forbidden(prober, f"{name} ({request})", response)
            or response.status >= SERVER_ERROR
        ):
            continue
        if response.status not in _GOOD:
            prober.record_violation(request, f"answered {response.status} to the tenant's own")
        yield name


def _is_forbidden(prober: Prober, action: str, response: ProbeResponse) -> bool:
    if response.status != _FORBIDDEN:
        return False
    prober.record_forbidden(action)
    return True
