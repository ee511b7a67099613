"""Connect sessions: issue one, say that the hub finished, look at them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import models

from stackone_connect import client as clients
from stackone_connect import clock, conf, payloads, tenancy
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import SessionFields
from stackone_connect.exceptions import (
    SessionConflictError,
    SessionNotFoundError,
    StackOneError,
    UnavailableError,
)
from stackone_connect.models import ConnectSession, ConnectSessionQuerySet, OriginOwner
from stackone_connect.models.transactions import update
from stackone_connect.redaction import RedactedList, redact
from stackone_connect.services import _completing, _notifications, _polling
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._issuing import IssuedSession, Issuing

#: The error code of a session whose process was killed while it asked StackOne.
ABANDONED = "abandoned"

__all__ = ["IssuedSession", "close_abandoned", "complete", "get", "history", "issue", "poll"]


@calls_stackone
def issue(  # noqa: PLR0913 - StackOne's fields, each by its name
    *,
    organization: models.Model,
    user: Any = None,
    provider: str | None = None,
    category: str | None = None,
    categories: Sequence[str] | None = None,
    account_id: str | None = None,
    label: str | None = None,
    multiple: bool | None = None,
    expires_in: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    connector_profile_id: str | None = None,
    longest: int | None = None,
    before_asking: Callable[[], None] | None = None,
    client: Client | None = None,
) -> IssuedSession:
    """Ask StackOne for a connect session of this organization and write down how it went.

    All fields of StackOne's are optional (StackOne notes §1.1). With ``account_id`` the hub edits
    that account, which must be this organization's. ``expires_in`` is in seconds, at most
    ``longest`` (default: ``MAX_SESSION_LIFETIME``). The host's ``SESSION_DEFAULTS`` win.
    ``before_asking`` is called once everything is checked that needs no row and no call, for a
    throttle: what it raises is raised, and leaves no row. ``client`` replaces the one from the
    settings.

    Blocks up to ``DEADLINE`` seconds and must not be called inside a transaction. The answer holds
    the token: give it to the browser, keep it nowhere.

    Raises :class:`InvalidRequestError` and :class:`AccountNotFoundError`, which leave no row; and
    the errors under :class:`StackOneError`, which leave a failed one.
    """
    organization = tenancy.require_organization(organization)
    asked = {
        "provider": provider,
        "category": category,
        "categories": categories,
        "account_id": account_id,
        "label": label,
        "multiple": multiple,
        "expires_in": expires_in,
        "metadata": metadata,
        "connector_profile_id": connector_profile_id,
    }
    defaults, extra = _session_defaults(organization, user)
    settings = conf.read()
    fields = payloads.clean_fields(
        asked,
        settings=settings,
        longest=longest or settings.max_session_lifetime,
        defaults=defaults,
    )
    issuing = Issuing(
        organization=organization,
        requester=tenancy.requester_of(user),
        fields=fields,
        extra=extra,
        client=client,
    )
    if before_asking is not None:
        before_asking()
    return issuing.run()


def _session_defaults(
    organization: models.Model, user: Any
) -> tuple[SessionFields, Mapping[str, Any]]:
    """What the host's ``SESSION_DEFAULTS`` set: the fields that we name, and the others."""
    settings = conf.read()
    if settings.session_defaults is None:
        return SessionFields(), {}
    answered = RedactedList((conf.resolve(settings.session_defaults)(organization, user),))
    redact(answered, spare=payloads.NAMED)
    return payloads.clean_defaults(answered[0], settings=settings)


@calls_stackone
def complete(
    *,
    organization: models.Model,
    session_id: object,
    account_id: str,
    client: Client | None = None,
) -> ConnectSession:
    """The browser says the hub finished with this account: ask StackOne, then believe StackOne.

    Answers the session as the facts now have it: ``completed`` with its outcome, or still
    ``issued`` when StackOne shows no change yet (the hub reports success even when StackOne refused
    an edit, StackOne notes §20.3); the claim is kept and judged again when more is known. Repeating
    it is harmless.

    Blocks up to ``DEADLINE`` seconds and must not be called inside a transaction. Raises
    :class:`SessionNotFoundError`, :class:`AccountNotFoundError`, :class:`SessionConflictError` (the
    account is recorded all the same), the errors under :class:`StackOneError`, and
    :class:`UnavailableError` where others write of this organization until the deadline; after
    these nothing has changed, and calling it again is right.
    """
    deadline = Deadline(conf.read().deadline)
    owner = tenancy.find_owner(organization)
    session = _find(owner, session_id)
    if owner is None or session is None:
        raise SessionNotFoundError
    if account_id and session.account_id == session.claimed_account_id == account_id:
        return session  # said before, and believed
    try:
        _completing.confirm_completion(
            owner=owner,
            session=session,
            account_id=account_id,
            client=client or clients.current(owner.project),
            deadline=deadline,
        )
    except SessionConflictError:
        raise
    except (StackOneError, UnavailableError) as error:
        _notifications.unconfirmed(owner, session, account_id, error)
        raise
    return session


def get(*, organization: models.Model, session_id: object) -> ConnectSession:
    """One session of the organization; :class:`SessionNotFoundError` for any other id."""
    session = _find(tenancy.find_owner(organization), session_id)
    if session is None:
        raise SessionNotFoundError
    return session


def history(
    *, organization: models.Model, status: str = "", provider: str = ""
) -> ConnectSessionQuerySet:
    """The organization's sessions, newest first; ``status`` as sessions read, ``expired``
    included."""
    owner = tenancy.find_owner(organization)
    found = ConnectSession.objects.of(owner) if owner else ConnectSession.objects.none()
    if status:
        found = found.reading(status)
    if provider:
        found = found.filter(provider=provider)
    return found


def _find(owner: OriginOwner | None, session_id: object) -> ConnectSession | None:
    """The owner's session of this id, if there is one."""
    try:
        key = uuid.UUID(str(session_id))
    except ValueError:
        return None
    return ConnectSession.objects.of(owner).filter(pk=key).first() if owner else None


def poll(*, client: Client | None = None, limit: int | None = _polling.AT_ONCE) -> int:
    """Ask StackOne what became of open sessions that nothing was heard of; how many.

    Asks about up to ``limit`` (``None``: about each once). Organizations take turns. What StackOne
    does not answer is left to the next time. For a command or a timer; not to be called inside a
    transaction.
    """
    return _polling.poll(client=client, limit=limit)


def close_abandoned() -> int:
    """Close pending sessions older than twice the deadline as ``failed``; how many.

    The process that asked for them was killed, so nobody has their token. Call it from a command
    or a timer; it does not call StackOne.
    """
    longest = timedelta(seconds=2 * conf.read().deadline)
    pending = ConnectSession.objects.filter(status=SessionStatus.PENDING)
    abandoned = pending.filter(created_at__lt=clock.now() - longest).select_related("owner")
    closed = 0
    for session in abandoned:
        # Only by one of several workers, and not if it was slow and finished after all.
        row = pending.filter(pk=session.pk)
        if update(row, status=SessionStatus.FAILED, error_code=ABANDONED):
            session.error_code = ABANDONED
            _notifications.failed(session.owner, session)
            closed += 1
    return closed
