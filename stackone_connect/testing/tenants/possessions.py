"""Tenants, and what is theirs: sessions and accounts of every kind, made through the sandbox."""

from __future__ import annotations

import secrets
import string
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models

from stackone_connect import tenancy
from stackone_connect.exceptions import StackOneError
from stackone_connect.services import accounts, sessions

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

SESSION, ACCOUNT, OWNER = "session", "account", "owner"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An organization, and a client that acts for it.

    ``client`` is Django's test client or REST framework's, in which somebody is signed in who may
    connect and disconnect accounts, with whatever else your resolver looks at.
    """

    organization: models.Model
    client: Any


@dataclass(frozen=True, kw_only=True)
class Possessions:
    """A tenant with what it was given."""

    organization: models.Model
    client: Any
    #: Of sessions: completed, completed with an account that is gone, issued, failed.
    sessions: list[str]
    completed: str
    open: str
    account: str
    gone: str
    owners: list[str]
    #: Texts that appear in nobody else's answers.
    marks: list[str]

    @property
    def name(self) -> str:
        """For the report."""
        return str(self.organization)

    @property
    def ids(self) -> list[tuple[str, str]]:
        """Every id with its kind."""
        return [
            *((SESSION, value) for value in self.sessions),
            *((ACCOUNT, value) for value in (self.account, self.gone)),
        ]


def give(tenant: Tenant, sandbox: StackOneSandbox) -> Possessions:
    """Have the tenant connect accounts, break one off, and fail once."""
    label = f"label-{uuid.uuid4().hex}"
    owned: dict[str, Any] = {"organization": tenant.organization}
    tokens = []

    def connect(provider: str) -> tuple[str, str]:
        issued = sessions.issue(**owned, provider=provider, label=label)
        tokens.append(issued.token)
        account_id = sandbox.finish(issued.token)
        sessions.complete(**owned, session_id=issued.session.pk, account_id=account_id)
        return str(issued.session.pk), account_id

    completed, account = connect("bamboohr")
    _, gone = connect("greenhouse")
    accounts.disconnect(**owned, account_id=gone)
    waiting = sessions.issue(**owned, provider="lever", label=label)
    tokens.append(waiting.token)
    sandbox.fail(status=500)
    with suppress(StackOneError):
        sessions.issue(**owned, provider="personio", label=label)
    sandbox.recover()
    owner = tenancy.pin(tenant.organization)
    made = [str(row.pk) for row in sessions.history(owner=owner) if row.label == label]
    return Possessions(
        organization=tenant.organization,
        client=tenant.client,
        sessions=made,
        completed=completed,
        open=str(waiting.session.pk),
        account=account,
        gone=gone,
        owners=list({owner.origin_owner_id, str(tenant.organization.pk)}),
        marks=[label, *made, account, gone, *tokens],
    )


def unknown(kind: str, like: str) -> str:
    """An id of the same kind and length that nobody has."""
    if kind == SESSION:
        return str(uuid.uuid4())
    if like.isdecimal():
        return "9" * (len(like) + 8)
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in like)
