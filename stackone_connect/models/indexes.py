"""The indexes of the tables that grow, each with what it finds."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Index, Q

from stackone_connect.choices import AccountStatus, EventState, SessionStatus

#: A session that neither StackOne nor a completion call names an account for.
UNNAMED = Q(attempt_status="", claimed_account_id="")
#: A session that no account is known for by an attempt or a completion call.
UNATTEMPTED = Q(attempt_account_id="", claimed_account_id="")
#: An account whose data can be asked for, as long as it is connected.
HEALTHY = Q(status=AccountStatus.ACTIVE, disconnect_requested_at=None)
_NOT_DONE = Q(state__in=[state.value for state in EventState if state != EventState.DONE])


class PartialIndex(models.Index):
    """An index of the rows that meet a condition on PostgreSQL, and of all rows elsewhere.

    Most rows are of no interest to most searches: a session that named its account, an event that
    is done. On PostgreSQL they are left out, so that writing them costs nothing here. MariaDB and
    MySQL have no partial indexes; with Django's own ``condition`` they would get none at all, and a
    warning at each migration. SQLite has them, but does not use one where the condition is met by a
    parameter, as all of Django's are.
    """

    def __init__(self, *, where: Q, **options: Any) -> None:
        super().__init__(**options)
        self.where = where

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **options: Any,
    ) -> Statement:
        """With the condition on PostgreSQL."""
        is_partial = schema_editor.connection.vendor == "postgresql"
        plain = models.Index(
            fields=self.fields, name=self.name, condition=self.where if is_partial else None
        )
        return plain.create_sql(model, schema_editor, using, **options)

    def deconstruct(self) -> Any:
        """As Django's, with the condition."""
        path, expressions, options = super().deconstruct()
        return path, expressions, {**options, "where": self.where}


SESSIONS: list[Index] = [
    Index(fields=["owner", "-created_at", "-id"], name="stackone_session_history"),
    Index(fields=["-created_at", "-id"], name="stackone_session_newest"),
    # The history of a provider, also one that an owner of many sessions has rarely used.
    PartialIndex(
        fields=["owner", "provider", "-created_at", "-id"],
        name="stackone_session_provider",
        where=~Q(provider=""),
    ),
    PartialIndex(
        fields=["stackone_id"],
        name="stackone_session_remote_id",
        where=~Q(stackone_id=""),
    ),
    # What was never issued: the sweep closes the pending ones, the admin shows the failed.
    PartialIndex(
        fields=["status", "-created_at", "-id"],
        name="stackone_session_not_issued",
        where=Q(status__in=[SessionStatus.PENDING, SessionStatus.FAILED]),
    ),
    # What may still be open: polling asks about it, the lists filter by it.
    PartialIndex(
        fields=["expires_at"],
        name="stackone_session_open",
        where=Q(expires_at__isnull=False),
    ),
    # What an account bears on, by what names it, and what names none by its time.
    PartialIndex(
        fields=["owner", "account_id", "created_at"],
        name="stackone_session_account",
        where=~Q(account_id=""),
    ),
    # The sessions of an account, for support: also those that only asked for it.
    PartialIndex(
        fields=["owner", "requested_account_id"],
        name="stackone_session_requested",
        where=~Q(requested_account_id=""),
    ),
    PartialIndex(
        fields=["owner", "attempt_account_id"],
        name="stackone_session_attempt",
        where=~Q(attempt_account_id=""),
    ),
    PartialIndex(
        fields=["owner", "claimed_account_id"],
        name="stackone_session_claim",
        where=~Q(claimed_account_id=""),
    ),
    PartialIndex(
        fields=["owner", "stackone_expires_at", "stackone_created_at"],
        name="stackone_session_unnamed",
        where=UNNAMED & Q(stackone_expires_at__isnull=False),
    ),
    # What StackOne may know an attempt of, which an event of the owner asks about: little, however
    # many sessions there are.
    PartialIndex(
        fields=["owner", "expires_at"],
        name="stackone_session_unattempted",
        where=UNATTEMPTED & Q(expires_at__isnull=False),
    ),
    # What is completed and was not signalled yet: nothing, but for a moment.
    PartialIndex(
        fields=["owner", "status", "notified_at"],
        name="stackone_session_unnotified",
        where=Q(status=SessionStatus.COMPLETED, notified_at=None),
    ),
]

ACCOUNTS: list[Index] = [
    Index(fields=["owner", "-created_at", "-id"], name="stackone_account_history"),
    Index(fields=["account_id"], name="stackone_account_id"),
    Index(fields=["-created_at", "-id"], name="stackone_account_newest"),
    # What needs somebody: the overview, the doctor and the admin's filter look for it.
    PartialIndex(
        fields=["status", "-created_at", "-id"],
        name="stackone_account_not_active",
        where=~Q(status=AccountStatus.ACTIVE),
    ),
    # The same of one owner, whose page shows these first of however many it has.
    PartialIndex(
        fields=["owner", "status", "-created_at", "-id"],
        name="stackone_account_trouble",
        where=~HEALTHY & Q(disconnected_at=None),
    ),
    # What a sync has written and not judged yet: nothing, but for a moment.
    PartialIndex(
        fields=["is_judged", "owner"],
        name="stackone_account_unjudged",
        where=Q(is_judged=False),
    ),
    PartialIndex(
        fields=["next_disconnect_at"],
        name="stackone_account_disconnect",
        where=Q(next_disconnect_at__isnull=False),
    ),
]

EVENTS: list[Index] = [
    Index(fields=["account_id"], name="stackone_event_account"),
    Index(fields=["received_at", "id"], name="stackone_event_received"),
    Index(fields=["origin_owner_id", "received_at", "id"], name="stackone_event_owner"),
    # What is not done is little: what is due, and what somebody has to look at.
    PartialIndex(
        fields=["state", "next_attempt_at"],
        name="stackone_event_due",
        where=Q(state=EventState.DUE),
    ),
    PartialIndex(
        fields=["state", "received_at", "id"],
        name="stackone_event_not_done",
        where=_NOT_DONE,
    ),
    PartialIndex(
        fields=["origin_owner_id", "state", "received_at"],
        name="stackone_event_owner_not_done",
        where=_NOT_DONE,
    ),
    PartialIndex(fields=["lease"], name="stackone_event_lease", where=Q(lease__isnull=False)),
]
