"""Connect sessions: issue one, say that the hub finished, look at them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import models

from stackone_connect import client as clients
from stackone_connect import clock, conf, payloads, tenancy
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    SessionConflictError,
    SessionNotFoundError,
    StackOneError,
)
from stackone_connect.models import ConnectSession, ConnectSessionQuerySet, OriginOwner
from stackone_connect.payloads import SessionFields
from stackone_connect.services import announcements, confirmation
from stackone_connect.services.issuing import IssuedSession, Issuing
from stackone_connect.services.transactions import refuse_inside_transaction

#: The error code of a session whose process was killed while it asked StackOne.
ABANDONED = "abandoned"

__all__ = ["IssuedSession", "close_abandoned", "complete", "get", "history", "issue"]


def issue(  # noqa: PLR0913
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
    client: Client | None = None,
) -> IssuedSession:
    """Ask StackOne for a connect session of this organization and write down how it went.

    All fields of StackOne's are optional (contract §1.1); ``expires_in`` is in seconds, up to
    ``MAX_SESSION_LIFETIME``. With ``account_id`` the hub edits that account, which must be this
    organization's. ``client`` replaces the one from the settings.

    Blocks up to ``DEADLINE`` seconds and must not be called inside a transaction. The answer holds
    the token: give it to the browser, keep it nowhere.

    Raises :class:`InvalidRequestError` and :class:`AccountNotFoundError`, which leave no row; and
    the errors under :class:`StackOneError`, which leave a failed one.
    """
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
    issuing = prepare(
        asked,
        organization=organization,
        user=user,
        longest=conf.read().max_session_lifetime,
        client=client,
    )
    return issuing.run()


def prepare(
    asked: Mapping[str, Any],
    *,
    organization: models.Model,
    user: Any,
    longest: int,
    client: Client | None = None,
) -> Issuing:
    """An issue that is ready to run: everything checked that needs no call and no row.

    For edges that do something between checking and asking, such as throttling; host code calls
    :func:`issue`. ``asked`` are the caller's fields, ``longest`` the most seconds it may ask for.
    The host's ``SESSION_DEFAULTS`` win. Raises what :func:`issue` raises for a bad request.
    """
    refuse_inside_transaction()
    settings = conf.read()
    organization = tenancy.require_organization(organization)
    defaults: SessionFields = SessionFields()
    extra: Mapping[str, Any] = {}
    if settings.session_defaults is not None:
        answered = conf.resolve(settings.session_defaults)(organization, user)
        defaults, extra = payloads.clean_defaults(answered, settings=settings)
    return Issuing(
        organization=organization,
        user=user,
        origin_username=tenancy.origin_username(user),
        fields=payloads.clean_fields(asked, settings=settings, longest=longest, defaults=defaults),
        extra=extra,
        client=client or clients.current(),
    )


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
    an edit, hub §3); the claim is kept and judged again when more is known. Repeating it is
    harmless.

    Blocks up to ``DEADLINE`` seconds and must not be called inside a transaction. Raises
    :class:`SessionNotFoundError`, :class:`AccountNotFoundError`, :class:`SessionConflictError` (the
    account is recorded all the same), and the errors under :class:`StackOneError`, after which
    nothing has changed.
    """
    refuse_inside_transaction()
    deadline = Deadline(conf.read().deadline)
    owner = tenancy.find_owner(organization)
    session = get(owner=owner, session_id=session_id)
    assert owner is not None  # noqa: S101 - without an owner there is no session
    if account_id and session.account_id == session.claimed_account_id == account_id:
        return session  # said before, and believed
    try:
        confirmation.confirm_completion(
            owner=owner,
            session=session,
            account_id=account_id,
            client=client or clients.current(),
            deadline=deadline,
        )
    except StackOneError as error:
        announcements.unconfirmed(owner, session, account_id, error)
        raise
    session.refresh_from_db()
    if session.claimed_account_id != account_id or session.account_id not in ("", account_id):
        raise SessionConflictError
    return session


def get(*, owner: OriginOwner | None, session_id: object) -> ConnectSession:
    """One session of this owner; :class:`SessionNotFoundError` for any other, or for no owner."""
    if owner is not None:
        try:
            return ConnectSession.objects.of(owner).get(pk=uuid.UUID(str(session_id)))
        except (ConnectSession.DoesNotExist, ValueError):
            pass
    raise SessionNotFoundError


def history(
    *, owner: OriginOwner | None, status: str = "", provider: str = ""
) -> ConnectSessionQuerySet:
    """The owner's sessions, newest first; ``status`` as sessions read, ``expired`` included."""
    found = ConnectSession.objects.of(owner) if owner else ConnectSession.objects.none()
    if status:
        found = found.reading(status)
    if provider:
        found = found.filter(provider=provider)
    return found


def close_abandoned() -> int:
    """Close pending sessions older than the deadline as ``failed``; how many.

    The process that asked for them was killed, so nobody has their token. Call it from a command
    or a timer; it asks StackOne nothing.
    """
    longest = timedelta(seconds=2 * conf.read().deadline)
    pending = ConnectSession.objects.filter(status=SessionStatus.PENDING)
    abandoned = pending.filter(created_at__lt=clock.now() - longest).select_related("owner")
    closed = 0
    for session in abandoned:
        # Only by one of several workers, and not if it was slow and finished after all.
        if pending.filter(pk=session.pk).update(status=SessionStatus.FAILED, error_code=ABANDONED):
            session.error_code = ABANDONED
            announcements.failed(session.owner, session)
            closed += 1
    return closed
