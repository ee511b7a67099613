"""The addresses of an ordinary host, and its own API in django-ninja, which calls our services."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.security import django_auth

from stackone_connect.services import accounts, sessions
from tests.shapes import urls

api = NinjaAPI(auth=django_auth)


def connect(request: HttpRequest, provider: str) -> dict[str, str]:
    """A session for a page of the host's own."""
    user: Any = request.user
    issued = sessions.issue(organization=user.organization, user=user, provider=provider)
    return {"token": issued.token}


def listed(request: HttpRequest) -> list[str]:
    """What is connected."""
    user: Any = request.user
    found = accounts.linked_accounts(organization=user.organization)
    return [account.account_id for account in found]


# As calls: the package has no types, and its decorators would take them from the functions.
api.post("/connect")(connect)
api.get("/accounts")(listed)

urlpatterns = [*urls.urlpatterns, path("ninja/", api.urls)]
