"""The addresses of a server beside the tests, and who asks there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import include, path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from example_project.accounts.models import Organization, User


class Anybody(BaseAuthentication):
    """Signs everybody in."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        return User(pk=1, username="anybody"), None


def some_organization(request: HttpRequest) -> Organization:
    """Of the team that the address names; in no database."""
    assert request.resolver_match is not None
    return Organization(pk=1, name=request.resolver_match.kwargs["team"])


urlpatterns = [path("teams/<slug:team>/stackone/", include("stackone_connect.urls"))]
