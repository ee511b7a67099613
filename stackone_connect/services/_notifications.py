"""Log lines and signals, once the rows are committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.dispatch import Signal

from stackone_connect import logs, signals
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    UnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services._outcomes import Completion

#: What keeps a call of ours from its end.
Failure = StackOneError | UnavailableError


def emit(
    changes: Iterable[tuple[Signal, LinkedAccount]],
    completions: Iterable[Completion],
) -> None:
    """Send what was reconciled. Call it after the transaction, never inside."""
    for signal, account in changes:
        signal.send_robust(LinkedAccount, account=account)
    for completion in completions:
        session, account = completion.session, completion.account
        logs.write(
            logging.INFO,
            "connect_session.completed",
            outcome=session.outcome,
            predicted=session.path,
            organization=completion.organization_id,
            provider=account.provider,
            session=session.pk,
            account=account.account_id,
        )
        signals.session_completed.send_robust(ConnectSession, session=session, account=account)


def issued(owner: OriginOwner, session: ConnectSession) -> None:
    """One line and one signal for a session that may be opened."""
    logs.write(
        logging.INFO,
        "connect_session.issued",
        path=session.path,
        organization=owner.organization_id,
        provider=session.provider,
        session=session.pk,
        duration_ms=session.duration_ms,
    )
    signals.session_issued.send_robust(ConnectSession, session=session)


def failed(
    owner: OriginOwner,
    session: ConnectSession,
    error: Failure | None = None,
) -> None:
    """One line for a session that StackOne did not give; ``None`` when its process was killed."""
    logs.write(
        _level(error),
        "connect_session.failed",
        code=session.error_code,
        path=session.path,
        organization=owner.organization_id,
        provider=session.provider,
        session=session.pk,
        duration_ms=session.duration_ms,
        request_id=error.request_id if error else None,
    )


def unconfirmed(
    owner: OriginOwner,
    session: ConnectSession,
    account_id: str,
    error: StackOneError | UnavailableError,
) -> None:
    """One line for a completion that StackOne could not be asked about."""
    logs.write(
        _level(error),
        "connect_session.unconfirmed",
        code=error.code,
        organization=owner.organization_id,
        session=session.pk,
        account=account_id,
        request_id=error.request_id,
    )


def disconnect_failed(account: LinkedAccount, error: StackOneError) -> None:
    """One line for an account that StackOne refused to disconnect."""
    logs.write(
        _level(error),
        "account.disconnect_failed",
        code=error.code,
        organization=account.owner.organization_id,
        provider=account.provider,
        account=account.account_id,
        request_id=error.request_id,
    )


def _level(error: Failure | None) -> int:
    """A refused key is an error of ours, which somebody has to fix."""
    return logging.ERROR if isinstance(error, StackOneMisconfiguredError) else logging.WARNING
