"""Who signs in as something that is no row of the user model, or an odd one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, BasePermission

from example_project.accounts.models import Organization, User
from stackone_connect.models import ConnectSession
from tests.api.conftest import Api, code
from tests.fakes import FakeStackOne


class ApiKeyUser:
    """A key of the host's API, as some packages make a user of it."""

    is_authenticated = True
    is_active = True
    pk = None

    def __str__(self) -> str:
        return "key sk_live_secret"


class Raising(ApiKeyUser):
    def get_username(self) -> str:
        raise KeyError("sub")


class Nameless(ApiKeyUser):
    def get_username(self) -> None:
        return None


class OddName(ApiKeyUser):
    def get_username(self) -> Any:
        return 17


class SignedInAnonymous(AnonymousUser):
    is_authenticated = True  # type: ignore[assignment]  # as a host may have it


class Plain:
    """Nothing that REST framework knows of."""


PRINCIPALS: dict[str, tuple[Callable[[], Any], str | None]] = {
    "an API key": (ApiKeyUser, None),
    "one whose name raises": (Raising, None),
    "one without a name": (Nameless, None),
    "one with a number for a name": (OddName, "17"),
    "an anonymous one that is signed in": (SignedInAnonymous, None),
}


@pytest.fixture
def signed_in_as(configure: Callable[..., None], organization: Organization) -> Callable[..., None]:
    def sign_in(principal: Any, **more: Any) -> None:
        class ByHeader(BaseAuthentication):
            def authenticate(self, request: Any) -> tuple[Any, None]:
                return principal, None

        configure(
            AUTHENTICATION_CLASSES=[ByHeader],
            ORGANIZATION_RESOLVER=lambda request: organization,
            **more,
        )

    return sign_in


@pytest.mark.parametrize("name", PRINCIPALS)
def test_a_principal_that_is_no_user_can_connect(
    name: str, signed_in_as: Callable[..., None], stackone: FakeStackOne
) -> None:
    make, known_as = PRINCIPALS[name]
    signed_in_as(make())
    issued = Api().issue(provider="bamboohr")
    assert (issued.status_code, issued.json()["requested_by"]) == (201, known_as)
    assert stackone.bodies[-1].get("origin_username") == known_as
    stackone.link(str(ConnectSession.objects.get().owner.origin_owner_id), account_id="acc-1")
    assert Api().complete(issued.json()["id"], "acc-1").status_code == 200
    assert Api().get("connect-sessions/").status_code == 200
    assert Api().http.delete("/api/stackone/accounts/acc-1/").status_code == 204
    assert "sk_live" not in str(ConnectSession.objects.values())


@pytest.mark.parametrize("name", PRINCIPALS)
def test_the_hosts_own_name_for_it_is_what_stackone_is_told(
    name: str, signed_in_as: Callable[..., None], stackone: FakeStackOne
) -> None:
    make, _ = PRINCIPALS[name]
    signed_in_as(make(), ORIGIN_USERNAME=lambda user: type(user).__name__)
    assert Api().issue().status_code == 201
    assert stackone.bodies[-1]["origin_username"] == make.__name__


@pytest.mark.parametrize("method", ["get", "post", "delete", "head"])
def test_one_that_does_not_say_whether_it_is_signed_in_is_refused(
    method: str, signed_in_as: Callable[..., None], stackone: FakeStackOne
) -> None:
    signed_in_as(Plain())
    address = {"post": "connect-sessions/", "delete": "accounts/x/"}.get(method, "accounts/")
    answer = getattr(Api().http, method)(f"/api/stackone/{address}")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/json"
    assert stackone.calls == []


def test_a_hosts_permission_may_let_it_in_all_the_same(
    signed_in_as: Callable[..., None], stackone: FakeStackOne
) -> None:
    signed_in_as(Plain(), PERMISSION_CLASSES={"connect": AllowAny, "read": AllowAny})
    assert Api().issue().json()["requested_by"] is None
    assert Api().get("accounts/").status_code == 200


def test_a_permission_that_has_a_bug_is_not_hidden(
    member: User, configure: Callable[..., None]
) -> None:
    class Broken(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            return bool(request.user.no_such_thing)

    configure(PERMISSION_CLASSES={"read": Broken})
    with pytest.raises(AttributeError, match="no_such_thing"):
        Api(member).get("accounts/")


def test_the_default_resolver_says_what_to_set_for_principals_without_organization(
    configure: Callable[..., None], db: None, lines: Callable[..., list[str]]
) -> None:
    class ByHeader(BaseAuthentication):
        def authenticate(self, request: Any) -> tuple[Any, None]:
            return ApiKeyUser(), None

    configure(AUTHENTICATION_CLASSES=[ByHeader])
    assert code(Api().get("accounts/")) == (502, "stackone_misconfigured")
    assert "ORGANIZATION_RESOLVER" in lines("settings.unusable")[0]
