"""Organizations with a signed-in member each, and the requests that they send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from django.test import Client

from benchmarks.load import Requests
from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.models import LinkedAccount, OriginOwner

ISSUE = "/api/stackone/connect-sessions/"
BODY = {"provider": "bamboohr"}
_CSRF = "c" * 32


@dataclass(frozen=True, kw_only=True)
class Member:
    """Someone who is signed in, and the owner of their organization."""

    owner: OriginOwner
    cookie: str

    def post(self, path: str) -> bytes:
        """The bytes of an issue at this address."""
        return post(
            path,
            json.dumps(BODY).encode(),
            Cookie=f"sessionid={self.cookie}; csrftoken={_CSRF}",
            **{"X-CSRFToken": _CSRF},
        )


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a request, as a browser or a server sends it."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
        "Accept: application/json",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def requests_of(members: Sequence[Member], path: str) -> Requests:
    """Issues by each member in turn, without end."""
    return cycle([member.post(path) for member in members])


def member(*, accounts: int = 1, providers: int = 1) -> Member:
    """A member of a new organization that has so many accounts, of so many providers."""
    organization = Organization.objects.create(name="Organization")
    owner = OriginOwner.objects.create(
        organization=organization,
        origin_owner_id=str(organization.pk),
        origin_owner_name=organization.name,
        accounts_read_at=clock.now(),
    )
    add_accounts([owner], accounts, providers)
    user = User.objects.create(
        username=f"member{organization.pk}@example.com", organization=organization
    )
    client = Client()
    client.force_login(user)
    return Member(owner=owner, cookie=client.cookies["sessionid"].value)


def add_accounts(owners: Sequence[OriginOwner], accounts: int, providers: int = 1) -> None:
    """So many active accounts for each owner."""
    names = ["bamboohr", *(f"provider-{number}" for number in range(1, providers))]
    now = clock.now()
    LinkedAccount.objects.bulk_create(
        LinkedAccount(
            owner=owner,
            account_id=f"account-{owner.origin_owner_id}-{number}",
            provider=names[number % providers],
            provider_name="BambooHR",
            type="production",
            status="active",
            origin_owner_name=owner.origin_owner_name,
            categories=["hris"],
            stackone_created_at=now,
            stackone_updated_at=now,
            fetched_at=now,
        )
        for owner in owners
        for number in range(accounts)
    )
