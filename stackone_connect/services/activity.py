"""What happened to an organization's accounts, for the people who connected them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from stackone_connect import tenancy
from stackone_connect.choices import SessionOutcome, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner

__all__ = ["Activity", "ActivityKind", "recent"]

#: How an attempt in the provider's window ends that people should know of (StackOne notes §1.2).
_REFUSED = "error"


class ActivityKind(Enum):
    """What happened."""

    CONNECTED = "connected"
    UPDATED = "updated"
    ADDED = "added"
    REFUSED = "refused"
    DISCONNECTED = "disconnected"


_BY_OUTCOME = {
    SessionOutcome.CREATE: ActivityKind.CONNECTED,
    SessionOutcome.UPDATE: ActivityKind.UPDATED,
    SessionOutcome.MULTIPLE: ActivityKind.ADDED,
}


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One thing that happened.

    ``who`` is a user name, empty where nobody is known. ``account`` is the account it was about,
    also one that is gone by now; ``provider`` is StackOne's key, empty where none was chosen.
    """

    kind: ActivityKind
    at: datetime
    who: str
    account: LinkedAccount | None
    provider: str


def recent(
    *, organization: models.Model, limit: int = 10, before: datetime | None = None
) -> list[Activity]:
    """The latest ``limit`` things that happened, newest first; with ``before``, earlier ones.

    What was connected, updated and disconnected, and what a provider refused. Forms that were
    opened and left are left out, and so are sessions that StackOne did not give. Never calls
    StackOne.
    """
    owner = tenancy.find_owner(organization)
    if owner is None:
        return []
    sessions = list(_sessions(owner, before)[:limit])
    gone = list(_gone(owner, before)[:limit])
    account_ids = {session.account_id for session in sessions} - {""}
    ours = LinkedAccount.objects.ours(owner).filter(account_id__in=account_ids)
    accounts = {account.account_id: account for account in ours}
    found = [_of_session(session, accounts.get(session.account_id)) for session in sessions]
    found += [_of_account(account) for account in gone]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _sessions(owner: OriginOwner, before: datetime | None) -> models.QuerySet[ConnectSession]:
    happened = Coalesce(F("completed_at"), F("attempt_at"), F("created_at"))
    refused = Q(attempt_status=_REFUSED) & ~Q(status=SessionStatus.COMPLETED)
    told = ConnectSession.objects.of(owner).filter(Q(status=SessionStatus.COMPLETED) | refused)
    dated = told.annotate(happened_at=happened).order_by("-happened_at", "-id")
    return dated if before is None else dated.filter(happened_at__lt=before)


def _gone(owner: OriginOwner, before: datetime | None) -> models.QuerySet[LinkedAccount]:
    found = LinkedAccount.objects.ours(owner).exclude(disconnected_at=None)
    if before is not None:
        found = found.filter(disconnected_at__lt=before)
    return found.order_by("-disconnected_at", "-id")


def _of_session(session: ConnectSession, account: LinkedAccount | None) -> Activity:
    outcome = SessionOutcome(session.outcome) if session.outcome else None
    return Activity(
        kind=_BY_OUTCOME[outcome] if outcome else ActivityKind.REFUSED,
        at=session.completed_at or session.attempt_at or session.created_at,
        who=session.requested_by_name,
        account=account,
        provider=(account.provider if account else "") or session.provider,
    )


def _of_account(account: LinkedAccount) -> Activity:
    assert account.disconnected_at is not None  # noqa: S101 - by the query
    return Activity(
        kind=ActivityKind.DISCONNECTED,
        at=account.disconnected_at,
        who="",
        account=account,
        provider=account.provider,
    )
