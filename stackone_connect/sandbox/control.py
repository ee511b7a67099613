"""Turning the sandbox's knobs from Python, for tests and for the ``stackone_sandbox`` command."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from stackone_connect.sandbox.ids import digest
from stackone_connect.sandbox.linking import lock
from stackone_connect.sandbox.models import Account, ConnectSession
from stackone_connect.sandbox.times import iso

#: Contract §1.3.
STATUSES = ("active", "inactive", "suspended", "archived", "expired", "error")


def expire_session(session_id: int) -> None:
    """Its token is refused from now on. Raises ``ConnectSession.DoesNotExist``."""
    _expire(ConnectSession.objects.get(pk=session_id))


def expire_token(token: str) -> None:
    """As ``expire_session``, by the token that the sandbox itself doesn't keep."""
    _expire(ConnectSession.objects.get(token_digest=digest(token)))


def _expire(session: ConnectSession) -> None:
    ConnectSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())


def set_account_status(account_id: str, status: str, reasons: Sequence[str] = ()) -> None:
    """Let an account break or recover; ``reasons`` are sentences, each becomes a status reason.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for a status that StackOne doesn't have.
    """
    if status not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(STATUSES)}")
    with transaction.atomic():
        account = lock(account_id)
        account.status = status
        account.status_reasons = [
            {"code": status, "description": reason, "timestamp": iso(account.updated_at)}
            for reason in reasons
        ]
        account.save()


def reset() -> None:
    """Forget every session, attempt and account."""
    ConnectSession.objects.all().delete()
    Account.objects.all().delete()
