"""Connection attempts: one OAuth consent, from popup to decision (StackOne notes §20.2)."""

from __future__ import annotations

import secrets

from django.utils import timezone

from stackone_connect.sandbox import linking, transactions
from stackone_connect.sandbox.catalogue import BY_PROVIDER, Connector
from stackone_connect.sandbox.errors import not_found
from stackone_connect.sandbox.forms import Filled
from stackone_connect.sandbox.ids import digest, is_possible
from stackone_connect.sandbox.models import Account, ConnectionAttempt, ConnectSession

Status = ConnectionAttempt.Status


def start(session: ConnectSession) -> ConnectionAttempt:
    return ConnectionAttempt.objects.create(session=session)


def find(session: ConnectSession, attempt_id: str) -> ConnectionAttempt:
    """One of the session's own. Raises ``RefusedError`` (404)."""
    attempt = session.attempts.filter(pk=attempt_id).first() if is_possible(attempt_id) else None
    if attempt is None:
        raise not_found("Connection attempt not found")
    return attempt


def cancel(attempt: ConnectionAttempt) -> None:
    """Does nothing to an attempt that has ended."""
    _settle(attempt, Status.CANCELLED)


def open_consent(attempt: ConnectionAttempt, connector: Connector, filled: Filled) -> str:
    """Store what the consent page was opened with; returns the state that its form posts.

    The state identifies the attempt afterwards, so the page holds neither token nor secret.
    """
    state = secrets.token_urlsafe(32)
    attempt.provider = connector.provider
    attempt.setup, attempt.secret_tails = filled.setup, filled.secret_tails
    attempt.state_digest = digest(state)
    attempt.save(update_fields=["provider", "setup", "secret_tails", "state_digest"])
    return state


def find_by_state(state: str) -> ConnectionAttempt | None:
    """The attempt whose consent page has this state."""
    if not state:
        return None
    attempts = ConnectionAttempt.objects.select_related("session")
    return attempts.filter(state_digest=digest(state)).first()


def allow(attempt: ConnectionAttempt) -> Account | None:
    """Link the account; ``None`` where the attempt was cancelled, expired or decided before."""
    if not attempt.session.is_live:
        return None
    with transactions.atomic():
        # The attempt is settled first, so that it never makes two accounts.
        if not _settle(attempt, Status.AUTHENTICATED):
            return None
        filled = Filled(attempt.setup, attempt.secret_tails)
        account = linking.link(attempt.session, BY_PROVIDER[attempt.provider], filled)
        ConnectionAttempt.objects.filter(pk=attempt.pk).update(account_id=account.pk)
    return account


def deny(attempt: ConnectionAttempt) -> bool:
    """Refuse the consent; ``False`` where the attempt had ended before."""
    return _settle(
        attempt,
        Status.ERROR,
        error_code="access_denied",
        error_description="The user denied the request.",
    )


def _settle(attempt: ConnectionAttempt, status: Status, **fields: str) -> bool:
    now = timezone.now()
    waiting = ConnectionAttempt.objects.filter(
        pk=attempt.pk, status=Status.PENDING, expires_at__gt=now
    )
    return waiting.update(status=status, updated_at=now, **fields) == 1
