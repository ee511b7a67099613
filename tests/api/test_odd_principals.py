"""Who the host's authentication says is there: users that are no rows, machines without a user."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication

from example_project.accounts.models import Organization, User
from stackone_connect.models import ConnectSession, OriginOwner
from tests.fakes import FakeStackOne

API = "/api/stackone/"
CODES = {"not_authenticated", "no_organization", "permission_denied"}


class ApiKeyUser:
    """As API-key packages give it: signed in, and nothing else."""

    is_authenticated = True


class KeyedUser:
    """With a key of a kind that no column has, and a name that is no text."""

    is_authenticated = True
    pk = ("tenant", 7)

    def get_username(self) -> object:
        return SimpleNamespace(name="robot")


class SlottedUser:
    """Nothing can be put on it."""

    __slots__ = ()
    is_authenticated = True
    pk = None

    def get_username(self) -> None:
        return None


class RaisingUser:
    """One that is looked up when it is asked for anything."""

    is_authenticated = True

    @property
    def pk(self) -> object:
        raise AttributeError("no key")

    @property
    def get_username(self) -> object:
        raise AttributeError("no name")


class LongUser:
    """Names and keys beyond every column, with what can't be stored."""

    is_authenticated = True
    pk = "k\x00" * 300
    username = "☃\x00\ud800" * 300

    def get_username(self) -> str:
        return self.username


PRINCIPALS: dict[str, Any] = {
    "an API key": ApiKeyUser(),
    "an odd key": KeyedUser(),
    "slots": SlottedUser(),
    "raising": RaisingUser(),
    "long": LongUser(),
    "lazy": SimpleLazyObject(ApiKeyUser),
    "a dictionary": SimpleNamespace(is_authenticated=True, username="plain", pk=0),
    "called is_authenticated": SimpleNamespace(is_authenticated=lambda: True, pk=""),
}
NOBODIES: dict[str, Any] = {
    "None": None,
    "anonymous": AnonymousUser(),
    "lazy anonymous": SimpleLazyObject(AnonymousUser),
    "not signed in": SimpleNamespace(is_authenticated=False),
}


class Given(BaseAuthentication):
    """Authenticates everybody as what the test says."""

    answer: Any = (None, None)

    def authenticate(self, request: Any) -> Any:
        return self.answer


@pytest.fixture
def sign_in(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(user: Any, auth: Any = "token") -> None:
        monkeypatch.setattr(Given, "answer", (user, auth))
        settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [f"{__name__}.Given"]}

    return change


def post(client: Client, path: str, data: Any = None) -> Any:
    return client.post(f"{API}{path}", data or {}, content_type="application/json")


@pytest.mark.parametrize("kind", PRINCIPALS)
def test_a_user_that_is_no_row_does_the_main_job(
    client: Client,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    sign_in: Callable[..., None],
    kind: str,
) -> None:
    sign_in(PRINCIPALS[kind])
    configure(ORGANIZATION_RESOLVER=lambda request: organization)
    issued = post(client, "connect-sessions/", {"provider": "bamboohr"})
    assert issued.status_code == 201, issued.content
    session = ConnectSession.objects.get()
    assert len(session.requested_by_id) <= 255
    assert len(session.requested_by_name) <= 255
    snapshot = stackone.link(str(organization.pk))
    path = f"connect-sessions/{session.pk}/complete/"
    done = post(client, path, {"account_id": snapshot.account_id})
    assert done.status_code == 200, done.content
    assert client.get(f"{API}accounts/").status_code == 200
    assert client.get(f"{API}connect-sessions/").status_code == 200
    assert client.delete(f"{API}accounts/{snapshot.account_id}/").status_code == 204


@pytest.mark.parametrize("kind", [*PRINCIPALS, *NOBODIES])
def test_whom_the_default_resolver_does_not_know_is_refused_in_json(
    client: Client,
    organization: Organization,
    stackone: FakeStackOne,
    sign_in: Callable[..., None],
    kind: str,
) -> None:
    sign_in({**PRINCIPALS, **NOBODIES}[kind])
    answer = post(client, "connect-sessions/")
    if kind in NOBODIES:
        assert answer.json()["code"] in CODES
        assert answer.status_code in (401, 403)
    else:
        # A principal without ``organization``: the host has to set a resolver.
        assert (answer.status_code, answer.json()["code"]) == (502, "stackone_misconfigured")
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize("kind", NOBODIES)
@pytest.mark.parametrize("allowed", [True, False])
def test_a_machine_with_a_token_and_no_user(
    client: Client,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    sign_in: Callable[..., None],
    kind: str,
    allowed: bool,
) -> None:
    sign_in(NOBODIES[kind], auth=organization)
    permission = "rest_framework.permissions.AllowAny" if allowed else None
    configure(
        ORGANIZATION_RESOLVER=lambda request: request.auth,
        **(
            {"PERMISSION_CLASSES": dict.fromkeys(("read", "connect", "disconnect"), permission)}
            if permission
            else {}
        ),
    )
    answer = post(client, "connect-sessions/")
    if allowed:
        assert answer.status_code == 201, answer.content
        assert answer.json()["requested_by"] is None
    else:
        assert answer.json()["code"] in CODES


@pytest.mark.parametrize(
    ("resolved", "code"),
    [
        (lambda organization: SimpleLazyObject(lambda: organization), None),
        (lambda organization: Organization.objects.only("pk").get(pk=organization.pk), None),
        (lambda organization: Organization.objects.defer("name").get(pk=organization.pk), None),
        (lambda organization: None, "no_organization"),
        (lambda organization: SimpleLazyObject(lambda: None), "no_organization"),
        (lambda organization: Organization(pk=999_999, name="unsaved"), "no_organization"),
        (lambda organization: Organization(name="unsaved"), "stackone_misconfigured"),
        (lambda organization: organization.pk, "stackone_misconfigured"),
        (lambda organization: Organization, "stackone_misconfigured"),
        (lambda organization: AnonymousUser(), "stackone_misconfigured"),
        (lambda organization: [organization], "stackone_misconfigured"),
        (lambda organization: {}, "stackone_misconfigured"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_whatever_a_resolver_answers_is_an_organization_or_refused_in_json(
    client: Client,
    member: User,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    resolved: Callable[[Any], Any],
    code: str | None,
) -> None:
    configure(ORGANIZATION_RESOLVER=lambda request: resolved(organization))
    client.force_login(member)
    for answer in (post(client, "connect-sessions/"), client.get(f"{API}accounts/")):
        if code is None:
            assert answer.status_code in (200, 201), answer.content
        elif not (answer.status_code == 200 and code == "no_organization"):
            assert answer.json()["code"] == code, answer.content


@pytest.mark.parametrize("name", ["", " ", "\x00", "\n\t", "\u2028", "\ud800", "x" * 1000, None])
def test_a_tenant_of_any_name_is_known_by_it_or_by_its_id(
    client: Client,
    member: User,
    organization: Organization,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    name: str | None,
) -> None:
    configure(OWNER_NAME=lambda organization: name)
    client.force_login(member)
    assert post(client, "connect-sessions/").status_code == 201
    owner = OriginOwner.objects.get()
    assert owner.origin_owner_name in (str(organization.pk), "x" * 255)


@pytest.mark.parametrize("owner_id", ["", "\x00", None, "x" * 256, "a\nb", "\ud800"])
def test_an_owner_id_that_is_none_is_our_mistake_in_json(
    client: Client,
    member: User,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    owner_id: str | None,
) -> None:
    configure(OWNER_ID=lambda organization: owner_id)
    client.force_login(member)
    answer = post(client, "connect-sessions/")
    assert (answer.status_code, answer.json()["code"]) == (502, "stackone_misconfigured")
    assert not OriginOwner.objects.exists()


# MariaDB goes on counting from the highest key there ever was, and has no row 0.
@pytest.mark.parametrize("key", [-1, 2**40])
def test_a_tenant_of_any_key_does_the_main_job(
    client: Client, stackone: FakeStackOne, member: User, key: int
) -> None:
    odd = Organization.objects.create(pk=key, name="Odd")
    member.organization = odd
    member.save()
    client.force_login(member)
    assert post(client, "connect-sessions/").status_code == 201
    assert OriginOwner.objects.get().origin_owner_id == str(key)
    member.delete()
    odd.delete()
    assert not OriginOwner.objects.exists()
