"""Every place in a request where an id can stand, and the other's ids put there.

A new address, or a new field or filter, is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from stackone_connect.testing.addresses import address, addresses
from stackone_connect.testing.tenants.asking import Asked, Asker
from stackone_connect.testing.tenants.possessions import (
    ACCOUNT,
    OWNER,
    SESSION,
    Possessions,
    unknown,
)

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: Addresses that hold an id.
ONE = ("connect-session", "complete", "account")
LISTS = ("connect-sessions", "accounts")
#: Names under which an id might be taken for a filter.
FILTERS = {
    SESSION: ("id", "session_id", "search", "cursor"),
    ACCOUNT: ("id", "account_id", "search", "cursor"),
    OWNER: ("organization", "organization_id", "owner", "origin_owner_id", "search"),
}
#: Names under which an owner might be taken from a body.
OWNER_FIELDS = ("origin_owner_id", "organization", "organization_id", "owner")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place for ids of some kinds in a request."""

    kinds: tuple[str, ...]
    build: Callable[[str], Asked]


def put_ids(asker: Asker) -> None:
    """Put each id of the other's in every place, and compare with ids that nobody has."""
    acting, other = asker.acting, asker.other
    nobodys = address("account", unknown(ACCOUNT, other.account))
    asker.learn_restless_headers(Asked(method="GET", path=nobodys))
    theirs = [*other.ids, *((OWNER, value) for value in other.owners)]
    for place in chain(_in_addresses(acting, other), _in_bodies(acting), _in_queries()):
        for kind in place.kinds:
            ids = [value for of_kind, value in theirs if of_kind == kind]
            none = asker.ask(place.build(unknown(kind, ids[0])))
            for value in ids:
                asked = place.build(value)
                asker.must_be_alike(asked, asker.ask(asked), none)


def _in_addresses(acting: Possessions, other: Possessions) -> Iterator[Place]:
    own = {"account_id": acting.account}
    for method in METHODS:
        body = own if method in {"POST", "PUT", "PATCH"} else None
        for name in ONE:
            yield from _in_address(method, name, body)
    for account_id in (other.account, other.gone, unknown(ACCOUNT, other.account)):
        yield from _in_address("POST", "complete", {"account_id": account_id})


def _in_bodies(acting: Possessions) -> Iterator[Place]:
    for session_id in (acting.open, acting.completed):
        for url in addresses("complete", session_id):
            yield _in_body(ACCOUNT, url, "account_id")
    for url in addresses("connect-sessions"):
        yield _in_body(ACCOUNT, url, "account_id")
        yield _in_body(ACCOUNT, url, "account_id", provider="bamboohr")
        for field in OWNER_FIELDS:
            yield _in_body(OWNER, url, field, provider="bamboohr")
    for url in addresses("webhooks"):
        # Nobody signed it.
        yield _in_body(ACCOUNT, url, "account_id", event="account.deleted")


def _in_queries() -> Iterator[Place]:
    for url in chain.from_iterable(addresses(name) for name in LISTS):
        for kind, filters in FILTERS.items():
            for parameter in filters:
                yield _in_query(kind, url, parameter)


def _in_address(method: str, name: str, body: Any) -> Iterator[Place]:
    for mount in range(len(addresses(name, "x"))):

        def build(value: str, mount: int = mount) -> Asked:
            return Asked(method=method, path=addresses(name, quote(value))[mount], body=body)

        yield Place(kinds=(SESSION, ACCOUNT), build=build)


def _in_body(kind: str, url: str, field: str, **more: str) -> Place:
    return Place(
        kinds=(kind,),
        build=lambda value: Asked(method="POST", path=url, body={**more, field: value}),
    )


def _in_query(kind: str, url: str, parameter: str) -> Place:
    return Place(
        kinds=(kind,),
        build=lambda value: Asked(method="GET", path=f"{url}?{urlencode({parameter: value})}"),
    )
