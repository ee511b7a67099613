"""Two tenants' test data: sessions and accounts of every kind, made through the sandbox."""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models

from stackone_connect import conf, tenancy
from stackone_connect.exceptions import StackOneError
from stackone_connect.models import OriginOwner
from stackone_connect.services import accounts, sessions
from stackone_connect.services.sessions import IssuedSession
from stackone_connect.testing._addresses import PAGES_APP_NAME, address, addresses

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

SESSION, ACCOUNT, OWNER = "session", "account", "owner"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An organization, and a client that acts for it.

    ``client`` is Django's test client or REST framework's, signed in as a user who may connect and
    disconnect accounts, with whatever else your resolver reads.

    Where the URL names the tenant, ``url_kwargs`` are the arguments that your patterns capture
    (``{"team": "acme"}`` below ``teams/<slug:team>/``), and ``host`` is its host name. Then each
    client also requests the other's URLs, so its user must not belong to both tenants.
    """

    organization: models.Model
    client: Any
    url_kwargs: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True, kw_only=True)
class TenantFixture:
    """A tenant with its sessions and accounts."""

    organization: models.Model
    client: Any
    url_kwargs: Mapping[str, Any]
    host: str
    #: One completed, one completed whose account is disconnected, one issued, one failed.
    sessions: list[str]
    completed: str
    open: str
    account: str
    gone: str
    owners: list[str]
    #: Texts that may appear only in this tenant's responses.
    markers: list[str]
    #: An account at StackOne under this tenant's owner, but of the other account type.
    other_type: str
    other_type_label: str

    @property
    def name(self) -> str:
        """The name in the report."""
        return str(self.organization)

    @property
    def owner(self) -> OriginOwner:
        """The owner with its current name."""
        return tenancy.pin(self.organization)

    def addresses(self, name: str, *arguments: str) -> list[str]:
        """Every URL of this name, for this tenant."""
        return addresses(name, *arguments, url_kwargs=self.url_kwargs)

    def address(self, name: str, *arguments: str) -> str:
        """The first of them."""
        return address(name, *arguments, url_kwargs=self.url_kwargs)

    def pages(self, name: str) -> list[str]:
        """Every URL of the shipped page of this name; none where the pages are not mounted."""
        return addresses(name, url_kwargs=self.url_kwargs, app_name=PAGES_APP_NAME)

    @property
    def ids(self) -> list[tuple[str, str]]:
        """Every session and account id with its kind."""
        return [
            *((SESSION, value) for value in self.sessions),
            *((ACCOUNT, value) for value in (self.account, self.gone)),
        ]


def create_fixture(tenant: Tenant, sandbox: StackOneSandbox) -> TenantFixture:
    """Connect accounts, disconnect one, issue a session, and fail to issue one."""
    label = f"label-{uuid.uuid4().hex}"
    owned: dict[str, Any] = {"organization": tenant.organization}
    tokens = []
    # Before the accounts are first fetched, so that it is among them.
    owner = tenancy.pin(tenant.organization)
    ours = conf.project(owner.project).account_type
    other_type_label = f"label-{uuid.uuid4().hex}"
    other_type = sandbox.add_account(
        "workday",
        origin_owner_id=owner.origin_owner_id,
        origin_owner_name=owner.origin_owner_name,
        project=owner.project,
        account_type="test" if ours == "production" else "production",
        label=other_type_label,
    )

    def link(provider: str) -> tuple[str, str]:
        issued, account_id = connect(tenant.organization, sandbox, provider, label)
        tokens.append(issued.token)
        return str(issued.session.pk), account_id

    completed, account = link("bamboohr")
    _, gone = link("greenhouse")
    accounts.disconnect(**owned, account_id=gone)
    waiting = sessions.issue(**owned, provider="lever", label=label)
    tokens.append(waiting.token)
    sandbox.fail(status=500)
    with suppress(StackOneError):
        sessions.issue(**owned, provider="personio", label=label)
    sandbox.recover()
    owner = tenancy.pin(tenant.organization)  # it may have another name since the first look
    history = sessions.history(organization=tenant.organization)
    made = [str(row.pk) for row in history if row.label == label]
    return TenantFixture(
        organization=tenant.organization,
        client=tenant.client,
        url_kwargs=tenant.url_kwargs,
        host=tenant.host,
        sessions=made,
        completed=completed,
        open=str(waiting.session.pk),
        account=account,
        gone=gone,
        owners=list({owner.origin_owner_id, str(tenant.organization.pk)}),
        markers=[label, *made, account, gone, *tokens, other_type, other_type_label],
        other_type=other_type,
        other_type_label=other_type_label,
    )


def connect(
    organization: models.Model, sandbox: StackOneSandbox, provider: str, label: str
) -> tuple[IssuedSession, str]:
    """Issue a session, link an account, complete; the session and the account id."""
    issued = sessions.issue(organization=organization, provider=provider, label=label)
    account_id = sandbox.finish(issued.token)
    sessions.complete(
        organization=organization, session_id=issued.session.pk, account_id=account_id
    )
    return issued, account_id


def unknown(kind: str, like: str) -> str:
    """An id of the same kind and length that does not exist."""
    if kind == SESSION:
        return str(uuid.uuid4())
    if like.isdecimal():
        return "9" * (len(like) + 8)
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in like)
