"""Who a job is done with, and the single steps, as a browser and StackOne take them."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from http import HTTPStatus
from typing import Any

import requests

from reliability.processes import WEBHOOK_SECRET
from reliability.world import API, Answer, Member, Site, World
from stackone_connect.models import OriginOwner

#: Seconds in which a site gets over the fault before.
OVER_IT = 30


class NotPreparedError(Exception):
    """Something failed before the fault began."""


@dataclass(kw_only=True)
class Subject:
    """Somebody, and what one job is done with."""

    member: Member
    session_id: str = ""
    account_id: str = ""
    event: bytes = b""
    answers: list[Answer] = field(default_factory=list)


def issue(site: Site, member: Member, **headers: str) -> Answer:
    body = {"provider": "bamboohr"}
    return site.call("POST", f"{API}/connect-sessions/", by=member, json=body, headers=headers)


def finish_hub(stackone_url: str, token: str) -> str:
    """What the customer does in StackOne's hub; the account's id."""
    headers = {"x-hub-session-token": token}
    offered = requests.get(f"{stackone_url}/hub/connectors", headers=headers, timeout=30)
    offered.raise_for_status()
    (connector,) = offered.json()["integrations"]
    body = {
        "integration_id": connector["integration_id"],
        "credentials": {"subdomain": "acme", "api_key": "a-secret"},
    }
    made = requests.post(f"{stackone_url}/hub/accounts", headers=headers, json=body, timeout=30)
    made.raise_for_status()
    return str(made.json()["id"])


def issued(site: Site, member: Member) -> Mapping[str, Any]:
    """A session, from a site that may still have to get over the fault before."""
    until = time.monotonic() + OVER_IT
    while True:
        answer = issue(site, member)
        if answer.status == HTTPStatus.CREATED:
            return answer.body
        if time.monotonic() > until:
            raise NotPreparedError(f"issue: {answer} {answer.code}")
        time.sleep(0.5)


def pinned(world: World, site: Site) -> Subject:
    """Somebody who has pressed Connect before, so that StackOne's owner is known."""
    member = world.member()
    return Subject(member=member, session_id=issued(site, member)["id"])


def connecting(world: World, site: Site) -> Subject:
    """Somebody who has just finished the hub."""
    member = world.member()
    session = issued(site, member)
    account_id = finish_hub(world.stackone.url, session["token"])
    return Subject(member=member, session_id=session["id"], account_id=account_id)


def linked(world: World, site: Site) -> Subject:
    """Somebody whose account is linked, and known here."""
    subject = connecting(world, site)
    answer = complete(site, subject)
    if not answer.is_good:
        raise NotPreparedError(f"complete: {answer} {answer.code}")
    return subject


def add_account(world: World, subject: Subject, provider: str) -> str:
    """At StackOne, without a session; its id."""
    owner_id = subject.member.owner_id
    name = OriginOwner.objects.get(origin_owner_id=owner_id).origin_owner_name
    return str(
        world.stackone.call(
            "add_account",
            provider=provider,
            origin_owner_id=owner_id,
            origin_owner_name=name,
        )
    )


def break_account(world: World, subject: Subject) -> None:
    key = subject.account_id
    world.stackone.call("set_account_status", account_id=key, status="error", reasons=[])


def complete(site: Site, subject: Subject, **headers: str) -> Answer:
    path = f"{API}/connect-sessions/{subject.session_id}/complete/"
    body = {"account_id": subject.account_id}
    return site.call("POST", path, by=subject.member, json=body, headers=headers)


def event_body(event: str, subject: Subject) -> bytes:
    """As StackOne sends it, with a date of its own."""
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() % 10**9:09}Z"
    return json.dumps(
        {
            "event": event,
            "event_date": date,
            "account_id": subject.account_id,
            "origin_owner_id": subject.member.owner_id,
            "provider": "bamboohr",
        }
    ).encode()


def signature(body: bytes) -> str:
    """StackOne notes §4.3."""
    mac = hmac(WEBHOOK_SECRET.encode(), body, sha256).digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def deliver(site: Site, body: bytes, **headers: str) -> Answer:
    """As StackOne does."""
    headers |= {"x-stackone-signature": signature(body), "Content-Type": "application/json"}
    return site.call("POST", f"{API}/webhooks/", data=body, headers=headers)
