"""Connect sessions: created for a server, authenticated by their token until they expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from stackone_connect.sandbox.catalogue import BY_PROVIDER, CATEGORIES, CONNECTORS
from stackone_connect.sandbox.errors import RefusedError, bad_request, unauthorized
from stackone_connect.sandbox.ids import digest, new_token
from stackone_connect.sandbox.linking import find_account
from stackone_connect.sandbox.models import ConnectSession
from stackone_connect.sandbox.payload import Reader

TYPES = ("production", "test")
DEFAULT_LIFETIME = 1800


def create(data: dict[str, Any], *, project: str) -> tuple[ConnectSession, str]:
    """A new session of the project and its token, which is not stored (StackOne notes §1.1).

    Raises ``RefusedError``: 400 for fields, provider or profile, 404 for the account.
    """
    body = Reader(data)
    now = timezone.now()
    lifetime = timedelta(seconds=body.seconds("expires_in", DEFAULT_LIFETIME))
    # Deprecated, and not in any response.
    version = body.text("provider_version")
    token = new_token()
    session = ConnectSession(
        project=project,
        token_digest=digest(token),
        origin_owner_id=body.text("origin_owner_id", required=True),
        origin_owner_name=body.text("origin_owner_name", required=True),
        origin_username=body.text("origin_username"),
        provider=body.text("provider"),
        categories=body.choices("categories", CATEGORIES),
        # ``integration_id`` is the older name of the field.
        connector_profile_id=body.text("connector_profile_id") or body.text("integration_id"),
        account_id=body.text("account_id"),
        label=body.text("label"),
        multiple=body.flag("multiple"),
        type=body.choice("type", TYPES) or "production",
        metadata=body.mapping("metadata"),
        created_at=now,
        expires_at=now + lifetime,
    )
    body.finish()
    if session.account_id:
        find_account(session.account_id, project=project)
    _refuse_unusable(session, version)
    session.save(force_insert=True)
    return session, token


def _refuse_unusable(session: ConnectSession, version: str) -> None:
    """No usable connector profile, no session; but an existing account can always be edited.

    A version of the provider limits the choice to its profiles (StackOne notes §9).
    """
    provider, profile = session.provider, session.connector_profile_id
    if provider and provider not in BY_PROVIDER:
        raise bad_request(f"Provider {provider} is not known")
    if profile and profile not in {connector.integration_id for connector in CONNECTORS}:
        raise bad_request("Connector profile not found")
    usable = any(
        connector.active
        and provider in {"", connector.provider}
        and profile in {"", connector.integration_id}
        and (not provider or version in {"", connector.version})
        for connector in CONNECTORS
    )
    if not usable and not session.account_id:
        raise bad_request(f"No usable connector profile for {provider or profile}")


def project_of(token: str) -> str:
    """The project of the session with this token; an empty string where there is none."""
    found = ConnectSession.objects.filter(token_digest=digest(token))
    return found.values_list("project", flat=True).first() or ""


def live_session(token: str) -> ConnectSession:
    """Raises ``RefusedError`` (401) for a token that is missing, unknown or expired."""
    session = ConnectSession.objects.filter(token_digest=digest(token)).first() if token else None
    if session is None or not session.is_live:
        raise invalid_token()
    return session


def invalid_token() -> RefusedError:
    return unauthorized("Token is invalid or has expired")
