"""Every point of a request that can hold an id; the other tenant's ids are injected there.

A new URL, field or filter must be added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from stackone_connect.testing.tenants._fixtures import (
    ACCOUNT,
    OWNER,
    SESSION,
    TenantFixture,
    unknown,
)
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: URL names with an id in the path.
ONE = ("connect-session", "complete", "account")
LISTS = ("connect-sessions", "accounts")
#: Query parameters that might be read as a filter.
FILTERS = {
    SESSION: ("id", "session_id", "search", "cursor"),
    ACCOUNT: ("id", "account_id", "search", "cursor"),
    OWNER: ("organization", "organization_id", "owner", "origin_owner_id", "search"),
}
#: Body fields that might be read as the owner.
OWNER_FIELDS = ("origin_owner_id", "organization", "organization_id", "owner")


@dataclass(frozen=True, kw_only=True)
class InjectionPoint:
    """A point in a request for ids of some kinds."""

    kinds: tuple[str, ...]
    build: Callable[[str], ProbeRequest]


def probe(prober: Prober) -> None:
    """Inject each id of the other tenant and compare with an id that does not exist."""
    acting, other = prober.acting, prober.other
    unknown_url = acting.address("account", unknown(ACCOUNT, other.account))
    prober.learn_volatile_headers(ProbeRequest(method="GET", path=unknown_url))
    foreign = [*other.ids, *((OWNER, value) for value in other.owners)]
    for point in chain(_in_paths(acting, other), _in_bodies(acting), _in_queries(acting)):
        for kind in point.kinds:
            ids = [value for of_kind, value in foreign if of_kind == kind]
            expected = prober.send(point.build(unknown(kind, ids[0])))
            for value in ids:
                request = point.build(value)
                prober.must_match(request, prober.send(request), expected)


def _in_paths(acting: TenantFixture, other: TenantFixture) -> Iterator[InjectionPoint]:
    own = {"account_id": acting.account}
    bodies = {"POST": own, "PUT": own, "PATCH": {"label": "Renamed"}}
    for method in METHODS:
        body = bodies.get(method)
        for name in ONE:
            yield from _in_path(acting, method, name, body)
    for account_id in (other.account, other.gone, unknown(ACCOUNT, other.account)):
        yield from _in_path(acting, "POST", "complete", {"account_id": account_id})


def _in_bodies(acting: TenantFixture) -> Iterator[InjectionPoint]:
    for session_id in (acting.open, acting.completed):
        for url in acting.addresses("complete", session_id):
            yield _in_body(ACCOUNT, url, "account_id")
    for url in acting.addresses("connect-sessions"):
        yield _in_body(ACCOUNT, url, "account_id")
        yield _in_body(ACCOUNT, url, "account_id", provider="bamboohr")
        for field in OWNER_FIELDS:
            yield _in_body(OWNER, url, field, provider="bamboohr")
    for url in acting.addresses("webhooks"):
        # Without a signature.
        yield _in_body(ACCOUNT, url, "account_id", event="account.deleted")


def _in_queries(acting: TenantFixture) -> Iterator[InjectionPoint]:
    for url in chain.from_iterable(acting.addresses(name) for name in LISTS):
        for kind, filters in FILTERS.items():
            for parameter in filters:
                yield _in_query(kind, url, parameter)


def _in_path(acting: TenantFixture, method: str, name: str, body: Any) -> Iterator[InjectionPoint]:
    for mount in range(len(acting.addresses(name, "x"))):

        def build(value: str, mount: int = mount) -> ProbeRequest:
            return ProbeRequest(
                method=method, path=acting.addresses(name, quote(value))[mount], body=body
            )

        yield InjectionPoint(kinds=(SESSION, ACCOUNT), build=build)


def _in_body(kind: str, url: str, field: str, **more: str) -> InjectionPoint:
    return InjectionPoint(
        kinds=(kind,),
        build=lambda value: ProbeRequest(method="POST", path=url, body={**more, field: value}),
    )


def _in_query(kind: str, url: str, parameter: str) -> InjectionPoint:
    return InjectionPoint(
        kinds=(kind,),
        build=lambda value: ProbeRequest(
            method="GET", path=f"{url}?{urlencode({parameter: value})}"
        ),
    )
