"""The other tenant's URLs, where the URL names the tenant: a client has no access there."""

from __future__ import annotations

from collections.abc import Iterator

from stackone_connect.testing.tenants import _pages
from stackone_connect.testing.tenants._fixtures import TenantFixture
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest


def probe(prober: Prober) -> None:
    """Request everything there: no data may be shown, and none of either tenant changed."""
    acting, other = prober.acting, prober.other
    is_elsewhere = (dict(acting.url_kwargs), acting.host) != (dict(other.url_kwargs), other.host)
    if not is_elsewhere or acting.client is other.client:
        return
    for request in _requests(acting, other):
        prober.must_not_show(request, prober.send(request))


def _requests(acting: TenantFixture, other: TenantFixture) -> Iterator[ProbeRequest]:
    def at(method: str, name: str, *ids: str, **body: str) -> Iterator[ProbeRequest]:
        for path in other.addresses(name, *ids):
            yield ProbeRequest(
                method=method,
                path=path,
                body=body if method == "POST" else None,
                host=other.host,
            )

    for name in ("connect-sessions", "accounts"):
        yield from at("GET", name)
    for whose in (other, acting):
        yield from at("GET", "connect-session", whose.open)
        yield from at("GET", "account", whose.account)
        yield from at("POST", "complete", whose.open, account_id=whose.account)
        yield from at("POST", "connect-sessions", account_id=whose.account)
        yield from at("DELETE", "account", whose.account)
    yield from at("POST", "connect-sessions")
    yield from at("POST", "connect-sessions", provider="bamboohr")
    yield from _pages.read_requests(other)
    for whose in (other, acting):
        yield from _pages.change_requests(other, whose.account)
