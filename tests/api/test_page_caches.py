"""Hosts that cache whole pages, with Django's middleware or around our addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.urls import include, path
from django.views.decorators.cache import cache_page
from rest_framework.authentication import BaseAuthentication

from example_project.accounts.models import User
from stackone_connect.api.views import AccountsView
from tests.api.conftest import Api
from tests.factories import AccountFactory, OwnerFactory

UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"


class ByHeader(BaseAuthentication):
    """Says who it is without a cookie, so that no cookie tells one answer from another."""

    def authenticate(self, request: Any) -> tuple[User, None]:
        return User.objects.get(username=request.headers["X-User"]), None

    def authenticate_header(self, request: HttpRequest) -> str:
        return "ByHeader"


urlpatterns = [
    path("api/stackone/", include("stackone_connect.urls")),
    path("cached/", cache_page(60)(AccountsView.as_view())),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/api/stackone/accounts/", "/cached/"])
def test_nobody_is_answered_from_the_cache_what_another_was_answered(
    member: User, settings: Any, configure: Any, address: str
) -> None:
    settings.MIDDLEWARE = [UPDATE, *settings.MIDDLEWARE, FETCH]
    configure(AUTHENTICATION_CLASSES=[ByHeader])
    owner = OwnerFactory.create()
    account = AccountFactory.create(owner=owner)
    other = User.objects.create(username="other", organization=owner.organization)
    http = Api().http
    seen = {
        user.username: http.get(address, headers={"X-User": user.username}).json()["results"]
        for user in (other, member)
    }
    assert [found["account_id"] for found in seen["other"]] == [account.account_id]
    assert seen[member.username] == []
