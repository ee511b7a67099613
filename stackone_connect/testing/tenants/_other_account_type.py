"""An account at StackOne under the tenant's owner id, but of the other account type.

It belongs to another environment that shares the StackOne project, such as production. The response
must equal that for an id that does not exist; the account appears in no list and does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist

from stackone_connect.sandbox import control
from stackone_connect.testing.tenants._fixtures import ACCOUNT, TenantFixture, unknown
from stackone_connect.testing.tenants._lists import QUERIES
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

WHOSE = "the other account type's"


def probe(prober: Prober, sandbox: StackOneSandbox) -> None:
    """Request it everywhere; list again after StackOne has sent webhooks about it."""
    _list(prober)
    _inject(prober)
    for event in ("account.created", "account.updated"):
        with suppress(ObjectDoesNotExist):  # deleted, which was recorded
            control.send_webhook(prober.acting.other_type, event)
    if prober.acting.addresses("webhooks"):
        sandbox.deliver(url_kwargs=prober.acting.url_kwargs, host=prober.acting.host)
    prober.accept_changes()
    _list(prober)


def _list(prober: Prober) -> None:
    acting = prober.acting
    for name, queries in QUERIES.items():
        for url in acting.addresses(name):
            for query in queries:
                request = ProbeRequest(method="GET", path=f"{url}{query}")
                markers = [acting.other_type, acting.other_type_label]
                prober.must_not_show(request, prober.send(request), markers, WHOSE)


def _inject(prober: Prober) -> None:
    acting = prober.acting
    for build in _requests(acting):
        expected = prober.send(build(unknown(ACCOUNT, acting.other_type)))
        request = build(acting.other_type)
        response = prober.send(request)
        prober.must_match(request, response, expected)
        prober.must_not_show(request, response, [acting.other_type, acting.other_type_label], WHOSE)


def _requests(acting: TenantFixture) -> Iterator[Callable[[str], ProbeRequest]]:
    """A builder for every request that names an account; deletion comes last."""

    def to(method: str, path: str) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(method=method, path=path, body={"account_id": value})

    def at(method: str, mount: int, **body: str) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(
            method=method, path=acting.addresses("account", value)[mount], body=body or None
        )

    mounts = range(len(acting.addresses("account", "x")))
    yield from (at("GET", mount) for mount in mounts)
    yield from (to("POST", path) for path in acting.addresses("connect-sessions"))
    for session_id in (acting.open, acting.completed):
        yield from (to("POST", path) for path in acting.addresses("complete", session_id))
    yield from (at("PATCH", mount, label="Renamed") for mount in mounts)
    yield from (at("DELETE", mount) for mount in mounts)
