"""The battery passes what denies, and catches what does not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, include, path
from pytest_django import Settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from example_project.accounts.models import Organization, User
from stackone_connect import conf, tenancy
from stackone_connect.api import serializers, views
from stackone_connect.api.urls import urlpatterns as api_urls
from stackone_connect.client import current
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import AccountNotFoundError, SessionConflictError
from stackone_connect.models import ConnectSession, LinkedAccount, OwnerTombstone
from stackone_connect.services import accounts
from stackone_connect.testing import tenants
from stackone_connect.testing.tenants import (
    Report,
    Tenant,
    _injection_points,
    assert_tenants_are_denied,
    try_tenants,
)
from stackone_connect.webhooks.urls import urlpatterns as webhook_urls
from tests.factories import UserFactory, organization_of
from tests.testing.hosts import mounted

pytestmark = pytest.mark.django_db


def tenant_of(user: User, client: Any = None) -> Tenant:
    client = Client() if client is None else client
    client.force_login(user)
    assert user.organization is not None
    return Tenant(organization=organization_of(user), client=client)


@pytest.fixture
def acme() -> Tenant:
    return tenant_of(UserFactory.create(organization=Organization.objects.create(name="Acme")))


@pytest.fixture
def globex() -> Tenant:
    return tenant_of(UserFactory.create(organization=Organization.objects.create(name="Globex")))


def data_of(request: Request) -> dict[str, Any]:
    """The body, which these views take for an object without a look."""
    assert isinstance(request.data, dict)
    return request.data


class Leaking(views.ConnectSessionView):
    """Finds any session."""

    def get(self, request: Request, session_id: str) -> Response:
        key = as_uuid(session_id)
        row = ConnectSession.objects.filter(pk=key).first() if key else None
        return (
            Response(serializers.SessionSerializer(row).data)
            if row
            else super().get(request, session_id)
        )


class Telling(views.AccountView):
    """Says 403 where it should say 404, and something else in a sentence and in a header."""

    def get(self, request: Request, account_id: str) -> Response:
        if others(self).filter(account_id=account_id).exists():
            raise PermissionDenied
        return super().get(request, account_id)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        (*_, account_id) = self.kwargs.values()
        if others(self).filter(account_id=account_id).exists():
            if self.request.method == "PATCH":
                response.data["detail"] += " It is somebody's."
            elif self.request.method == "PUT":
                response["X-Hint"] = "somebody's"
            elif self.request.method == "OPTIONS":
                raise RuntimeError
        return response


class AllSessions(views.ConnectSessionsView):
    """Lists everybody's."""

    def get(self, request: Request) -> Response:
        return self.page(request, ConnectSession.objects.all(), serializers.SessionSerializer)


class AllAccounts(views.AccountsView):
    """Lists everybody's."""

    def get(self, request: Request) -> Response:
        return self.page(request, LinkedAccount.objects.all(), serializers.AccountSerializer)


class Filtering(views.AccountsView):
    """Has a filter that reaches over."""

    def get(self, request: Request) -> Response:
        wanted = request.query_params.get("account_id")
        if wanted is None:
            return super().get(request)
        rows = LinkedAccount.objects.filter(account_id=wanted)
        return self.page(request, rows, serializers.AccountSerializer)


class Trusting(views.ConnectSessionsView):
    """Believes whatever stands in a cursor."""

    def get(self, request: Request) -> Response:
        if "cursor" in request.query_params:
            return self.page(request, ConnectSession.objects.all(), serializers.SessionSerializer)
        return super().get(request)


class Believing(views.CompletionView):
    """Takes the browser's word for an account."""

    def post(self, request: Request, session_id: str) -> Response:
        said = str(data_of(request).get("account_id"))
        if others(self).filter(account_id=said).exists():
            return Response({"account_id": said})
        return super().post(request, session_id)


class Refusing(views.CompletionView):
    """Lets nobody complete anything, not even their own."""

    def post(self, request: Request, session_id: str) -> Response:
        raise SessionConflictError


class Talking(views.AccountsView):
    """Answers something that is no JSON, with everybody's accounts in it."""

    def get(self, request: Request) -> Any:
        return HttpResponse(" ".join(row.account_id for row in LinkedAccount.objects.all()))


class Disconnecting(views.AccountView):
    """Lets anybody disconnect any account."""

    def delete(self, request: Request, account_id: str) -> Response:
        row = LinkedAccount.objects.filter(account_id=account_id).first()
        if row is None:
            raise AccountNotFoundError
        accounts.disconnect(organization=organization_of(row.owner), account_id=account_id)
        return Response(status=204)


class Secretive(views.AccountView):
    """Its answer is right, but StackOne has lost an account."""

    def delete(self, request: Request, account_id: str) -> Response:
        with suppress(AccountNotFoundError):
            current("default").delete_account(account_id, deadline=Deadline(5))
        return super().delete(request, account_id)


class Obeying(views.ConnectSessionsView):
    """Takes the organization from the browser."""

    def find_organization(self) -> Any:
        if self.request.method != "POST":
            return super().find_organization()
        asked = data_of(self.request).pop("organization", None)
        found = Organization.objects.filter(pk=asked).first() if asked else None
        return found or super().find_organization()


def others(view: views.AccountView | views.CompletionView) -> Any:
    return LinkedAccount.objects.exclude(owner__organization=view.find_organization().pk)


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class Remembering(views.ConnectSessionsView):
    """Issues an edit session by our row alone."""

    def post(self, request: Request) -> Response:
        account_id = str(data_of(request).get("account_id"))
        if ours(self).filter(account_id=account_id).exists():
            return issued(self, account_id)
        return super().post(request)


class Forgetful(views.AccountView):
    """Disconnects by our row alone, and shows whatever StackOne says of an account of ours."""

    def delete(self, request: Request, account_id: str) -> Response:
        if ours(self).filter(account_id=account_id, disconnected_at=None).exists():
            current("default").delete_account(account_id, deadline=Deadline(5))
        return super().delete(request, account_id)

    def get(self, request: Request, account_id: str) -> Response:
        if ours(self).filter(account_id=account_id).exists():
            with suppress(AccountNotFoundError):
                found = current("default").get_account(account_id, deadline=Deadline(5))
                return Response({"account_id": account_id, "label": found.label})
        return super().get(request, account_id)


class Recalling(views.CompletionView):
    """Completes by our row alone."""

    def post(self, request: Request, session_id: str) -> Response:
        account_id = str(data_of(request).get("account_id"))
        if ours(self).filter(account_id=account_id).exists():
            return Response({"account_id": account_id})
        return super().post(request, session_id)


class Typeless(views.AccountView):
    """Goes by StackOne's owner id, whatever the type."""

    def get(self, request: Request, account_id: str) -> Response:
        found = at_stackone(self, account_id)
        return super().get(request, account_id) if found is None else Response(found.account_id)

    def delete(self, request: Request, account_id: str) -> Response:
        if at_stackone(self, account_id) is not None:
            current("default").delete_account(account_id, deadline=Deadline(5))
        return super().delete(request, account_id)


class TypelessSessions(views.ConnectSessionsView):
    """Issues an edit session for whatever StackOne has under the owner id."""

    def post(self, request: Request) -> Response:
        account_id = str(data_of(request).get("account_id"))
        if at_stackone(self, account_id) is not None:
            return issued(self, account_id)
        return super().post(request)


class Listing(views.AccountsView):
    """Lists what StackOne has under the owner id."""

    def get(self, request: Request) -> Response:
        found = current("default").accounts_of(owner_id(self), deadline=Deadline(5))
        return Response({"results": [account.account_id for account in found], "next": None})


class Welcoming(views.ConnectSessionsView):
    """Gives an owner id that was given up to whoever comes."""

    def post(self, request: Request) -> Response:
        OwnerTombstone.objects.all().delete()
        return super().post(request)


def owner_id(view: Any) -> str:
    organization = view.find_organization()
    owner = tenancy.find_owner(organization)
    if owner is not None:
        return owner.origin_owner_id
    return str(conf.resolve(conf.read().owner_id)(organization))


def at_stackone(view: Any, account_id: str) -> AccountSnapshot | None:
    if account_id in {"", "None"}:
        return None
    with suppress(AccountNotFoundError):
        found = current("default").get_account(account_id, deadline=Deadline(5))
        if found.origin_owner_id == owner_id(view):
            return found
    return None


def issued(view: Any, account_id: str) -> Response:
    """A session that edits the account, straight from StackOne."""
    body = {
        "origin_owner_id": owner_id(view),
        "origin_owner_name": "Acme",
        "account_id": account_id,
        "expires_in": 60,
    }
    grant = current("default").create_connect_session(body, deadline=Deadline(5))
    return Response({"token": grant.token}, status=201)


def ours(view: Any) -> Any:
    return LinkedAccount.objects.filter(owner__organization=view.find_organization().pk)


def route(name: str) -> str:
    """The route of one of our addresses, with the names that its view is called with."""
    return next(str(item.pattern) for item in api_urls if item.name == name)


SESSION, COMPLETE, ACCOUNT = route("connect-session"), route("complete"), route("account")
#: Broken ways to mount us, each under its own prefix. None of these changes a row.
LOOSE = [
    path(f"{prefix}/", include(([path(url, view.as_view(), name=name)], "stackone_connect")))
    for prefix, url, view, name in (
        ("leaking", SESSION, Leaking, "connect-session"),
        ("telling", ACCOUNT, Telling, "account"),
        ("all-sessions", "connect-sessions/", AllSessions, "connect-sessions"),
        ("all-accounts", "accounts/", AllAccounts, "accounts"),
        ("talking", "accounts/", Talking, "accounts"),
        ("filtering", "accounts/", Filtering, "accounts"),
        ("trusting", "connect-sessions/", Trusting, "connect-sessions"),
        ("believing", COMPLETE, Believing, "complete"),
    )
]
#: And broken ways to mount us that do change something.
LATE = [
    path(f"{prefix}/", include(([path(url, view.as_view(), name=name)], "stackone_connect")))
    for prefix, url, view, name in (
        ("remembering", "connect-sessions/", Remembering, "connect-sessions"),
        ("forgetful", ACCOUNT, Forgetful, "account"),
        ("recalling", COMPLETE, Recalling, "complete"),
        ("typeless", ACCOUNT, Typeless, "account"),
        ("typeless-sessions", "connect-sessions/", TypelessSessions, "connect-sessions"),
        ("listing", "accounts/", Listing, "accounts"),
    )
]


def problems(report: Report, request: str) -> set[str]:
    """What is wrong with requests that begin so."""
    return {item.problem for item in report.violations if item.request.startswith(request)}


@pytest.fixture
def loose(acme: Tenant, globex: Tenant, settings: Settings, request: Any) -> Report:
    """What is found where we are mounted once as we are and then in each broken way."""
    stash = request.config.stash
    if KEY not in stash:
        settings.ROOT_URLCONF = mounted(path("whole/", include("stackone_connect.urls")), *LOOSE)
        stash[KEY] = try_tenants(acme, globex)
    found: Report = stash[KEY]
    return found


@pytest.fixture
def late(acme: Tenant, globex: Tenant, settings: Settings, request: Any) -> Report:
    """As ``loose``, with the other broken ways."""
    stash = request.config.stash
    if LATE_KEY not in stash:
        settings.ROOT_URLCONF = mounted(path("whole/", include("stackone_connect.urls")), *LATE)
        stash[LATE_KEY] = try_tenants(acme, globex)
    found: Report = stash[LATE_KEY]
    return found


KEY: pytest.StashKey[Report] = pytest.StashKey()
LATE_KEY: pytest.StashKey[Report] = pytest.StashKey()


@pytest.fixture
def battery(acme: Tenant, globex: Tenant, settings: Settings) -> Callable[..., Report]:
    """Runs where one of our addresses is answered by another view."""

    def run(url: str, view: Any, name: str) -> Report:
        own: list[URLPattern] = [path(url, view.as_view(), name=name), *api_urls]
        settings.ROOT_URLCONF = mounted(path("host/", include((own, "stackone_connect"))))
        return try_tenants(acme, globex)

    return run


@pytest.mark.slow
def test_a_host_that_mounts_us_as_we_are_denies(acme: Tenant, globex: Tenant) -> None:
    report = try_tenants(acme, globex)
    assert str(report) == f"0 violations in {report.requests} requests."
    assert report.requests > 500
    assert acme.client.raise_request_exception


@pytest.mark.slow
def test_rest_frameworks_client_is_as_good_as_djangos(globex: Tenant) -> None:
    user = UserFactory.create()
    client = APIClient(enforce_csrf_checks=True)
    client.force_authenticate(user)
    client.force_login(user)  # for the resolver, which is asked for Django's request
    assert_tenants_are_denied(Tenant(organization=organization_of(user), client=client), globex)


@pytest.mark.slow
def test_every_mount_is_tried(loose: Report) -> None:
    assert problems(loose, "GET /whole/") == set()
    prefixes = {item.request.split("/")[1] for item in loose.violations}
    assert prefixes == {str(mount.pattern).rstrip("/") for mount in LOOSE}


@pytest.mark.slow
def test_a_view_that_leaks_another_tenants_session_is_caught(loose: Report) -> None:
    assert problems(loose, "GET /leaking/connect-sessions/") == {
        "answered 200 where an unknown id is answered 404"
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    ["all-sessions/connect-sessions", "all-accounts/accounts", "talking/accounts"],
)
def test_a_view_that_lists_everybodys_is_caught(loose: Report, address: str) -> None:
    found = problems(loose, f"GET /{address}/")
    assert any(problem.startswith("answered 200 and shows another tenant's") for problem in found)


@pytest.mark.slow
def test_a_filter_that_reaches_over_is_caught(loose: Report) -> None:
    assert problems(loose, "GET /filtering/accounts/?account_id=") == {
        "answered 200 with another body than an unknown id"
    }


@pytest.mark.slow
def test_a_place_in_a_list_that_reaches_over_is_caught(loose: Report) -> None:
    found = problems(loose, "GET /trusting/connect-sessions/?cursor=")
    assert any("shows another tenant's" in problem for problem in found)


@pytest.mark.slow
def test_a_completion_with_another_tenants_account_is_caught(loose: Report) -> None:
    found = problems(loose, "POST /believing/connect-sessions/")
    assert "answered 200 where an unknown id is answered 404" in found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ("GET", "answered 403 where an unknown id is answered 404"),
        ("PATCH", "answered 404 with another body than an unknown id"),
        ("PUT", "answered 405 with other headers than an unknown id"),
    ],
)
def test_403_or_another_sentence_or_header_is_caught(
    loose: Report, method: str, problem: str
) -> None:
    assert problems(loose, f"{method} /telling/accounts/") == {problem}


@pytest.mark.slow
def test_a_view_that_breaks_on_another_tenants_id_is_caught(loose: Report) -> None:
    assert "answered 500" in problems(loose, "OPTIONS /telling/accounts/")


def test_a_view_that_disconnects_another_tenants_account_is_caught(
    battery: Callable[..., Report],
) -> None:
    found = problems(battery(ACCOUNT, Disconnecting, "account"), "DELETE /host/accounts/")
    assert found >= {
        "answered 204 where an unknown id is answered 404",
        "answered 204 and changed stackone_connect.OriginOwner, stackone_connect.LinkedAccount, "
        "stackone_sandbox.Account, stackone_sandbox.Delivery",
    }


@pytest.mark.slow
def test_a_view_that_disconnects_in_secret_is_caught(battery: Callable[..., Report]) -> None:
    report = battery(ACCOUNT, Secretive, "account")
    assert problems(report, "DELETE /host/accounts/") == {
        "answered 404 and changed stackone_sandbox.Account, stackone_sandbox.Delivery",
        # One that has moved: as far as our row knows it was the tenant's own.
        "answered 204 and changed stackone_sandbox.Account, stackone_sandbox.Delivery",
    }


def test_what_is_refused_to_everybody_shows_nothing_and_is_said(
    battery: Callable[..., Report],
) -> None:
    report = battery(COMPLETE, Refusing, "complete")
    assert {item.problem for item in report.violations} == {"answered 409 to the tenant's own"}


@pytest.mark.slow
def test_every_other_mount_is_tried(late: Report) -> None:
    assert {item.request.split("/")[1] for item in late.violations} == {
        str(mount.pattern).rstrip("/") for mount in LATE
    }


@pytest.mark.slow
def test_an_edit_of_an_account_that_has_moved_is_caught(late: Report) -> None:
    assert problems(late, "POST /remembering/") == {
        "answered 201 and changed stackone_sandbox.ConnectSession",
        "answered 201 where an unknown id is answered 404",
    }


@pytest.mark.slow
def test_a_disconnect_of_an_account_that_has_moved_is_caught(late: Report) -> None:
    (found,) = problems(late, "DELETE /forgetful/")
    assert found.startswith("answered 204 and changed ")
    assert "stackone_sandbox.Account" in found


@pytest.mark.slow
def test_a_look_at_an_account_that_has_moved_is_caught(late: Report) -> None:
    found = problems(late, "GET /forgetful/")
    assert {problem.partition("label-")[0] for problem in found} == {
        "answered 200 and shows another tenant's "
    }


@pytest.mark.slow
def test_a_completion_with_an_account_that_has_moved_is_caught(late: Report) -> None:
    assert problems(late, "POST /recalling/") == {
        "answered 200 where an unknown id is answered 404"
    }


@pytest.mark.slow
def test_reading_an_account_of_the_other_type_is_caught(late: Report) -> None:
    assert "answered 200 where an unknown id is answered 404" in problems(late, "GET /typeless/")


@pytest.mark.slow
def test_deleting_an_account_of_the_other_type_is_caught(late: Report) -> None:
    assert "answered 404 and changed stackone_sandbox.Account, stackone_sandbox.Delivery" in (
        problems(late, "DELETE /typeless/")
    )


@pytest.mark.slow
def test_an_edit_of_an_account_of_the_other_type_is_caught(late: Report) -> None:
    assert problems(late, "POST /typeless-sessions/") >= {
        "answered 201 and changed stackone_sandbox.ConnectSession",
        "answered 201 where an unknown id is answered 404",
    }


@pytest.mark.slow
def test_a_list_with_an_account_of_the_other_type_is_caught(late: Report) -> None:
    found = problems(late, "GET /listing/")
    assert any("shows the other account type's" in problem for problem in found)


@pytest.mark.slow
def test_a_list_of_what_a_former_customer_left_behind_is_caught(late: Report) -> None:
    found = problems(late, "GET /listing/")
    assert any("shows a former customer's" in problem for problem in found)


@pytest.mark.slow
def test_a_former_customers_key_given_to_another_is_caught(battery: Callable[..., Report]) -> None:
    report = battery("connect-sessions/", Welcoming, "connect-sessions")
    found = {
        item.problem for item in report.violations if item.request == "POST /host/connect-sessions/"
    }
    assert "answered 201 and changed stackone_sandbox.ConnectSession" in found
    found = problems(report, "GET /host/accounts/")
    assert any("shows a former customer's" in problem for problem in found)


@pytest.mark.slow
def test_an_owner_taken_from_the_browser_is_caught(battery: Callable[..., Report]) -> None:
    report = battery("connect-sessions/", Obeying, "connect-sessions")
    found = problems(report, "POST /host/connect-sessions/")
    assert any(problem.startswith("answered 201 and changed") for problem in found)


def test_clients_that_act_for_somebody_else_are_refused(acme: Tenant, globex: Tenant) -> None:
    swapped = Tenant(organization=acme.organization, client=globex.client)
    with pytest.raises(ValueError, match="client given for Acme does not act for Acme"):
        try_tenants(swapped, globex)


def test_one_organization_twice_is_refused(acme: Tenant) -> None:
    with pytest.raises(ValueError, match="different organizations"):
        try_tenants(acme, acme)


@pytest.mark.slow
def test_what_a_client_may_not_even_do_to_its_own_is_said(
    acme: Tenant, globex: Tenant, settings: Settings
) -> None:
    nobody = {"disconnect": "rest_framework.permissions.IsAdminUser"}
    settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, "PERMISSION_CLASSES": nobody}
    report = try_tenants(acme, globex)
    assert report.violations == []
    assert [what.split(" (")[0] for what in report.closed] == [
        "Acme: open disconnect",
        "Globex: open disconnect",
        "Acme: disconnect",
        "Globex: disconnect",
    ]
    assert "Forbidden to its own tenant, so not tested: Acme: disconnect (DELETE /api" in str(
        report
    )


def test_clients_that_may_do_nothing_are_refused(
    acme: Tenant, globex: Tenant, settings: Settings
) -> None:
    admins = dict.fromkeys(
        ("read", "connect", "disconnect"), "rest_framework.permissions.IsAdminUser"
    )
    settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, "PERMISSION_CLASSES": admins}
    with pytest.raises(ValueError, match="forbidden everything"):
        try_tenants(acme, globex)


@pytest.mark.slow
def test_a_finding_fails_the_test_with_the_whole_report(
    acme: Tenant, globex: Tenant, loose: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "try_tenants", lambda *_: loose)
    with pytest.raises(AssertionError, match=r"(?s)violations in .*Acme: GET /leaking/.*Globex: "):
        assert_tenants_are_denied(acme, globex)


def test_the_battery_knows_every_address_of_ours() -> None:
    names = {pattern.name for pattern in [*api_urls, *webhook_urls] if pattern.name}
    assert names == {
        *_injection_points.ONE,
        *_injection_points.LISTS,
        "webhooks",
        "project-webhooks",
    }
