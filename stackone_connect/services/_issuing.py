"""One issue, from the pending row to the token or the failed row."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, models
from django.db.models import ProtectedError

from stackone_connect import client as clients
from stackone_connect import conf, payloads, tenancy
from stackone_connect.choices import SessionPath, SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import LiveAccount, Requester, SessionFields, SessionGrant
from stackone_connect.exceptions import AccountNotFoundError, StackOneError, UnavailableError
from stackone_connect.models import ConnectSession, OriginOwner, live_accounts, statements
from stackone_connect.models.transactions import database, execute, retry, transact
from stackone_connect.prediction import predict
from stackone_connect.redaction import RedactedDict
from stackone_connect.services import _completing, _first_look, _notifications


@dataclass(frozen=True, kw_only=True)
class IssuedSession:
    """What the caller gets once. Neither secret is kept, logged or shown in ``repr``."""

    session: ConnectSession
    token: str = field(repr=False)
    auth_link_url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Issuing:
    """One issue, run once. A process killed in it leaves the pending row."""

    organization: models.Model
    requester: Requester
    fields: SessionFields
    extra: Mapping[str, Any] = field(repr=False)
    client: Client | None

    def run(self) -> IssuedSession:
        """Write the pending row, learn what must be known, ask StackOne, finish the row."""
        started = time.monotonic()
        deadline = Deadline(conf.read().deadline)
        known, live = self._known()
        # First what may be a mistake in the settings: it leaves no row.
        project = known.project if known else tenancy.project_of(self.organization)
        client = self.client or clients.current(project)
        owner = known or _pinned(self.organization, deadline)
        body = self._body(owner)
        session, owner = self._pending(owner, body, self._path(owner, live), deadline)
        revised: tuple[str, ...] = ()
        try:
            if owner.accounts_read_at is None and _first_look.take(
                owner=owner, client=client, deadline=deadline
            ):
                # It may have pinned another name, and found accounts.
                looked, live = self._known()
                if looked is None:
                    raise OriginOwner.DoesNotExist
                session.owner = owner = looked
                body = self._body(owner)
                session.sent, session.path = _unconfirmed(body), self._path(owner, live)
                revised = ("sent", "path")
            account_id = self.fields.account_id
            if account_id:
                # Each time: our row may be older than the account's move to another owner.
                _completing.confirm_ownership(
                    owner=owner, account_id=account_id, client=client, deadline=deadline
                )
                session.sent, session.requested_account_id = body, account_id
                revised = ("sent", "path", "requested_account_id")
            grant = client.create_connect_session(
                RedactedDict({**self.extra, **body}), deadline=deadline
            )
        except AccountNotFoundError:
            # Refused as if it had never been asked.
            transact(ConnectSession.objects.filter(pk=session.pk).delete, deadline=deadline)
            if known is None:
                with suppress(ProtectedError, IntegrityError):
                    # A copy: a deleted object has lost its key, and it may take two tries.
                    transact(lambda: copy(owner).delete(), deadline=deadline)
            raise
        except (StackOneError, UnavailableError) as error:
            session.status, session.error_code = SessionStatus.FAILED, error.code
            _close(session, started, deadline, *revised, "error_code")
            _notifications.failed(owner, session, error)
            raise
        _close(session, started, deadline, *revised, *_grant(session, grant))
        _notifications.issued(owner, session)
        return IssuedSession(session=session, token=grant.token, auth_link_url=grant.auth_link_url)

    def _known(self) -> tuple[OriginOwner | None, list[LiveAccount]]:
        """The organization's owner, and what of its accounts the path depends on."""
        asked = self.fields
        named = asked.account_id or asked.multiple
        return live_accounts.with_owner(
            organization=self.organization,
            provider=asked.provider,
            any_one=bool(named or not (asked.provider or asked.categories)),
        )

    def _path(self, owner: OriginOwner, live: list[LiveAccount]) -> SessionPath:
        """What the session will probably do."""
        return predict(
            account_id=self.fields.account_id,
            multiple=self.fields.multiple,
            provider=self.fields.provider,
            categories=self.fields.categories,
            pinned_name=owner.origin_owner_name,
            live_accounts=live,
            accounts_read=owner.accounts_read_at is not None,
        )

    def _body(self, owner: OriginOwner) -> dict[str, Any]:
        """What StackOne will be asked for, but for the fields that we do not name."""
        settings = conf.read()
        return payloads.session_body(
            origin_owner_id=owner.origin_owner_id,
            origin_owner_name=owner.origin_owner_name,
            origin_username=self.requester.origin_username,
            account_type=conf.project(owner.project).account_type,
            expires_in=self.fields.expires_in or settings.session_lifetime,
            fields=self.fields,
        )

    def _pending(
        self,
        owner: OriginOwner,
        body: Mapping[str, Any],
        path: SessionPath,
        deadline: Deadline,
    ) -> tuple[ConnectSession, OriginOwner]:
        """The row that is written before StackOne is asked, and its owner."""
        session = ConnectSession(
            owner=owner,
            requested_by_id=self.requester.key,
            requested_by_name=self.requester.name,
            provider=self.fields.provider,
            sent=_unconfirmed(body),
            path=path,
        )
        insert = partial(statements.insert, session, database())
        try:
            execute(insert, deadline=deadline)
        except IntegrityError:
            # Another request of a new organization was refused just now and took its pin back.
            session.owner = owner = _pinned(self.organization, deadline)
            execute(insert, deadline=deadline)
        return session, owner


def _pinned(organization: models.Model, deadline: Deadline) -> OriginOwner:
    """The organization's owner row, made now if it has none."""
    return tenancy.pin(organization, write=partial(transact, deadline=deadline))


def _unconfirmed(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is written down before StackOne has confirmed the account, should asking fail."""
    return {name: value for name, value in body.items() if name != "account_id"}


def _grant(session: ConnectSession, grant: SessionGrant) -> tuple[str, ...]:
    """Put on the row what StackOne granted; the columns."""
    lifetime = timedelta(seconds=session.sent["expires_in"])
    session.status = SessionStatus.ISSUED
    session.stackone_id = grant.stackone_id or ""
    # By our clock, which browsers' are near; by StackOne's for judging outcomes.
    session.expires_at = session.created_at + lifetime
    session.stackone_created_at = grant.created_at or session.created_at
    session.stackone_expires_at = session.stackone_created_at + lifetime
    return "stackone_id", "expires_at", "stackone_created_at", "stackone_expires_at"


def _close(session: ConnectSession, started: float, deadline: Deadline, *changed: str) -> None:
    session.duration_ms = round((time.monotonic() - started) * 1000)
    columns = ("status", "duration_ms", *changed)
    write = partial(statements.update, session, columns, database())
    # Nobody else writes this row yet, so there is no lock to wait for.
    retry(write, deadline=deadline)
