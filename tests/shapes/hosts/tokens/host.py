"""The core suite's adapters: an ordinary host whose users come with a token of some kind."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from tests.shapes.core.host import Host


class JsonWebTokens(Host):
    def headers_of(self, user: Any, organization: Model | None) -> dict[str, str]:
        from rest_framework_simplejwt.tokens import AccessToken  # installed for this shape

        token = AccessToken.for_user(user)
        token["username"] = user.username
        token["company"] = None if organization is None else organization.pk
        return {"Authorization": f"Bearer {token}"}


class OAuthTokens(Host):
    def headers_of(self, user: Any, organization: Model | None) -> dict[str, str]:
        return bearer(user=user, application=application(user))


def application(user: Any) -> Any:
    """One that the user has registered."""
    from oauth2_provider.models import Application  # installed for this shape

    made, _ = Application.objects.get_or_create(
        user=user, client_type="confidential", authorization_grant_type="client-credentials"
    )
    return made


def bearer(*, user: Any, application: Any, scope: str = "read write") -> dict[str, str]:
    """The header of a token; a machine's has no user."""
    from oauth2_provider.models import AccessToken

    token = AccessToken.objects.create(
        user=user,
        application=application,
        scope=scope,
        token=secrets.token_urlsafe(),
        expires=timezone.now() + timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {token.token}"}
