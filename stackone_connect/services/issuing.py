"""One issue, from the pending row to the token or the failed row."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from stackone_connect import conf, payloads, tenancy
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import SessionGrant
from stackone_connect.exceptions import AccountNotFoundError, StackOneError
from stackone_connect.models import ConnectSession, LinkedAccount
from stackone_connect.payloads import SessionFields
from stackone_connect.prediction import KnownAccount, predict
from stackone_connect.services import announcements, confirmation, owners


@dataclass(frozen=True, kw_only=True)
class IssuedSession:
    """What the caller gets once. Neither secret is kept, logged or shown in ``repr``."""

    session: ConnectSession
    token: str = field(repr=False)
    auth_link_url: str = field(repr=False)


@dataclass(kw_only=True)
class Issuing:
    """The steps of one issue, run once. A process killed between them leaves the pending row."""

    organization: models.Model
    user: Any
    origin_username: str
    fields: SessionFields
    extra: Mapping[str, Any]
    client: Client

    def run(self) -> IssuedSession:
        """Write the pending row, learn what must be known, ask StackOne, finish the row."""
        self.started = time.monotonic()
        known = tenancy.find_owner(self.organization)
        self.owner = known or tenancy.pin(self.organization)
        deadline = Deadline(conf.read().deadline)
        wanted = self.fields.account_id
        connected = self._connected()
        sure = not wanted or wanted in connected
        # An id that nobody has confirmed is not written down, should the asking fail.
        session = self._pending(connected, self.fields if sure else self._without_account())
        try:
            if owners.first_look_due(self.owner):
                owners.first_look(owner=self.owner, client=self.client, deadline=deadline)
                connected = self._connected()
            if wanted and wanted not in connected:
                confirmation.confirm_ownership(
                    owner=self.owner,
                    account_id=wanted,
                    client=self.client,
                    deadline=deadline,
                )
            body = self._describe(session, connected, self.fields)
            grant = self.client.create_connect_session(body, deadline=deadline)
        except AccountNotFoundError:
            # Refused as if it had never been asked.
            session.delete()
            if known is None:
                tenancy.unpin(self.owner)
            raise
        except StackOneError as error:
            self._fail(session, error)
            raise
        self._finish(session, grant)
        return IssuedSession(session=session, token=grant.token, auth_link_url=grant.auth_link_url)

    def _connected(self) -> dict[str, LinkedAccount]:
        accounts = LinkedAccount.objects.of(self.owner).connected()
        return {account.account_id: account for account in accounts}

    def _without_account(self) -> SessionFields:
        return replace(self.fields, account_id="")

    def _pending(
        self, connected: Mapping[str, LinkedAccount], fields: SessionFields
    ) -> ConnectSession:
        session = ConnectSession(
            owner=self.owner,
            requested_by=self.user if isinstance(self.user, get_user_model()) else None,
            requested_by_name=tenancy.user_name(self.user),
        )
        self._describe(session, connected, fields)
        session.save(force_insert=True)
        return session

    def _describe(
        self,
        session: ConnectSession,
        connected: Mapping[str, LinkedAccount],
        fields: SessionFields,
    ) -> dict[str, Any]:
        """Put what will be sent, and what it will probably do, on the session; answer the body."""
        settings = conf.read()
        named = payloads.session_body(
            origin_owner_id=self.owner.origin_owner_id,
            origin_owner_name=self.owner.origin_owner_name,
            origin_username=self.origin_username,
            account_type=settings.account_type,
            expires_in=fields.expires_in or settings.session_lifetime,
            fields=fields,
        )
        session.sent = named
        session.provider = fields.provider
        session.requested_account_id = fields.account_id
        session.path = predict(
            account_id=self.fields.account_id,
            multiple=fields.multiple,
            provider=fields.provider,
            categories=fields.categories,
            pinned_name=self.owner.origin_owner_name,
            live_accounts=[
                KnownAccount(
                    provider=account.provider,
                    origin_owner_name=account.origin_owner_name,
                    categories=account.categories,
                )
                for account in connected.values()
                if account.type in ("", settings.account_type)
            ],
            accounts_read=self.owner.accounts_read_at is not None,
        )
        return {**self.extra, **named}

    def _finish(self, session: ConnectSession, grant: SessionGrant) -> None:
        session.status = SessionStatus.ISSUED
        session.stackone_id = grant.stackone_id or ""
        session.stackone_created_at = grant.created_at or session.created_at
        session.expires_at = session.stackone_created_at + timedelta(
            seconds=session.sent["expires_in"]
        )
        self._close(session)
        announcements.issued(self.owner, session)

    def _fail(self, session: ConnectSession, error: StackOneError) -> None:
        session.status = SessionStatus.FAILED
        session.error_code = error.code
        self._close(session)
        announcements.failed(self.owner, session, error)

    def _close(self, session: ConnectSession) -> None:
        session.duration_ms = round((time.monotonic() - self.started) * 1000)
        session.save(
            update_fields=[
                "status",
                "path",
                "sent",
                "requested_account_id",
                "stackone_id",
                "stackone_created_at",
                "expires_at",
                "error_code",
                "duration_ms",
            ]
        )
