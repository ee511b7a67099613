"""Support's page of an organization as a person reads it."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.factories import AccountFactory, SessionFactory

VIEW = ("view_originowner", "view_connectsession", "view_linkedaccount", "view_webhookevent")


def address(owner: OriginOwner, page: str = "change", *more: str) -> str:
    return reverse(f"admin:stackone_connect_originowner_{page}", args=[owner.pk, *more])


def text_of(markup: str) -> str:
    """The text of a piece of a page, as one line."""
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split())).replace(" :", ":")


def lines_of(page: str, section: str) -> list[str]:
    """The items of the first list in a section, those of lists within them included."""
    found = page[page.index(section) :]
    return [text_of(item) for item in re.findall(r"<li[^>]*>(.*?)</li>", found, re.DOTALL)]


def verdict(client: Client, owner: OriginOwner) -> list[str]:
    page = client.get(address(owner)).content.decode()
    return lines_of(page[: page.index("stackone-accounts")], "stackone-verdict")


def timeline(client: Client, owner: OriginOwner, query: str = "") -> list[str]:
    page = client.get(address(owner) + query).content.decode()
    return lines_of(page[: page.index("originowner_form")], "What happened")


def before(**ago: float) -> datetime:
    return clock.now() - timedelta(**ago)


def broken(owner: OriginOwner, since: datetime, why: str = "Key revoked", **more: Any) -> Any:
    """An account that stopped working at a time."""
    reason = {"code": "key_revoked", "description": why, "timestamp": since.isoformat()}
    values = {
        "status": "error",
        "status_reasons": [reason],
        "stackone_created_at": since - timedelta(days=30),
        "stackone_updated_at": since,
    }
    return AccountFactory.create(owner=owner, **{**values, **more})


def session(owner: OriginOwner, at: datetime, **values: Any) -> ConnectSession:
    return SessionFactory.create(owner=owner, created_at=at, **values)


def link(owner: OriginOwner, at: datetime, account: LinkedAccount | None = None) -> ConnectSession:
    """What the button does: a session for five days."""
    asked = {} if account is None else {"requested_account_id": account.account_id}
    return session(
        owner,
        at,
        requested_by_name="anna",
        sent={"expires_in": 432_000},
        expires_at=at + timedelta(days=5),
        **asked,
    )


def event(owner: OriginOwner, at: datetime, account_id: str, **values: Any) -> WebhookEvent:
    number = WebhookEvent.objects.count()
    return WebhookEvent.objects.create(
        event="account.updated",
        account_id=account_id,
        project=owner.project,
        origin_owner_id=owner.origin_owner_id,
        digest=f"event-{number}",
        received_at=at,
        next_attempt_at=at,
        **{"state": "done", **values},
    )
