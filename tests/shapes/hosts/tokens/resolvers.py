"""Whose organization a token acts for. Our views authenticate before they ask."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tests.shapes.hosts.crm.models import Company


def of_claim(request: HttpRequest) -> Company | None:
    """The claim ``company``, which the host's sign-in has put into the token and signed."""
    token: Any = getattr(request, "auth", None)
    return None if token is None else Company.objects.filter(pk=token.get("company")).first()


def of_token(request: HttpRequest) -> Company | None:
    """The user's; for a machine's token, that of the user who registered the application."""
    token: Any = getattr(request, "auth", None)
    if token is None:
        return None
    user = token.user or token.application.user
    return None if user is None else user.organization
