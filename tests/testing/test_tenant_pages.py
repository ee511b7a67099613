"""The battery on the shipped pages: they deny, and broken ones are caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import include, path
from pytest_django import Settings
from rest_framework.test import APIClient

from stackone_connect.client import current
from stackone_connect.clock import Deadline
from stackone_connect.models import LinkedAccount
from stackone_connect.pages import views
from stackone_connect.pages.urls import urlpatterns as page_urls
from stackone_connect.testing.tenants import Report, Tenant, _pages, try_tenants
from tests.factories import UserFactory, organization_of
from tests.testing.hosts import mounted

pytestmark = pytest.mark.django_db


class Careless(views.DisconnectPage):
    """Finds any account, and disconnects it at StackOne."""

    @property
    def account(self) -> LinkedAccount:
        named = self.request.POST.get("account") or self.request.GET.get("account")
        found = LinkedAccount.objects.filter(account_id=named).first()
        return found or super().account

    def act(self, account: LinkedAccount) -> None:
        current("default").delete_account(account.account_id, deadline=Deadline(5))


class Careful(views.DisconnectPage):
    """Believes its record: an account that has moved is deleted at StackOne."""

    def act(self, account: LinkedAccount) -> None:
        current("default").delete_account(account.account_id, deadline=Deadline(5))


class Telling(views.RenamePage):
    """Says 403 where it should say 404."""

    @property
    def account(self) -> LinkedAccount:
        try:
            return super().account
        except Http404:
            named = self.request.POST.get("account") or self.request.GET.get("account")
            if LinkedAccount.objects.filter(account_id=named).exists():
                raise PermissionDenied from None
            raise


class Gossiping(views.IntegrationsPage):
    """Says by name what was done to whatever account its address names."""

    def get(self, request: Any) -> HttpResponse:
        named = request.GET.get("stackone_account")
        account = LinkedAccount.objects.filter(account_id=named).first()
        response = super().get(request)
        if account is not None:
            response.content += f"<p>{account.label} is connected.</p>".encode()
        return response


class Everybodys(views.ActivityPage):
    """Shows what anybody did."""

    def get(self, request: Any) -> HttpResponse:
        response = super().get(request)
        names = LinkedAccount.objects.values_list("label", flat=True)
        response.content += " ".join(names).encode()
        return response


class Distinguishing(views.ConnectPage):
    """Is another page for an account that exists."""

    def get(self, request: Any) -> HttpResponse:
        response = super().get(request)
        if LinkedAccount.objects.filter(account_id=request.GET.get("account_id")).exists():
            response["X-Known"] = "yes"
        return response


def pages(**replaced: Any) -> Any:
    """The pages for ``include``, some answered by other views."""
    patterns = [
        path(
            str(item.pattern),
            replaced[item.name].as_view() if item.name in replaced else item.callback,
            name=item.name,
        )
        for item in page_urls
    ]
    return include((patterns, "stackone_pages"))


def tenant(sign_in: Callable[[Any, Any], None], **options: Any) -> Tenant:
    user = UserFactory.create()
    client = APIClient(**options)
    sign_in(client, user)
    return Tenant(organization=organization_of(user), client=client)


def problems(report: Report, request: str) -> set[str]:
    """What is wrong with requests that begin so; ids and names are left out."""
    return {
        item.problem.partition("label-")[0]
        for item in report.violations
        if item.request.startswith(request)
    }


@pytest.mark.slow
def test_broken_pages_are_caught(settings: Settings) -> None:
    """With clients that enforce the CSRF check: a form is not refused for want of its token."""
    settings.ROOT_URLCONF = mounted(
        path("", include("example_project.urls")),
        path(
            "broken/",
            pages(
                disconnect=Careless,
                rename=Telling,
                integrations=Gossiping,
                activity=Everybodys,
                connect=Distinguishing,
            ),
        ),
        path("late/", pages(disconnect=Careful)),
    )
    both = [tenant(APIClient.force_login, enforce_csrf_checks=True) for _ in range(2)]
    report = try_tenants(*both)

    shown = "answered 200 and shows another tenant's "
    assert {shown, "answered 200 where an unknown id is answered 404"} <= problems(
        report, "GET /broken/disconnect/?account="
    )
    assert {
        "answered 302 where an unknown id is answered 404",
        "answered 302 and changed stackone_sandbox.Account, stackone_sandbox.Delivery",
    } <= problems(report, "POST /broken/disconnect/")
    told = {"answered 403 where an unknown id is answered 404"}
    assert problems(report, "GET /broken/rename/") == told
    assert problems(report, "POST /broken/rename/") == told
    assert shown in problems(report, "GET /broken/?stackone_account=")
    assert shown in problems(report, "GET /broken/activity/")
    assert problems(report, "GET /broken/connect/") == {
        "answered 200 with other headers than an unknown id"
    }
    # An account that has moved, of which the record here says nothing yet.
    assert problems(report, "GET /late/disconnect/") == set()
    assert problems(report, "POST /late/disconnect/") == {
        "answered 302 and changed stackone_sandbox.Account, stackone_sandbox.Delivery"
    }
    # The pages as they are, beside them.
    assert {item.request.split("/")[1] for item in report.violations} == {"broken", "late"}
    assert [what for what in report.closed if ": open " in what] == []


@pytest.mark.slow
def test_a_client_that_no_page_knows_is_said(settings: Settings) -> None:
    """With a client that has a token for the API, pages lead to the way to sign in."""
    settings.ROOT_URLCONF = "example_project.urls"
    both = [tenant(APIClient.force_authenticate) for _ in range(2)]
    report = try_tenants(*both)
    assert report.violations == []
    names = {what.partition(": open ")[2].partition(" (")[0] for what in report.closed}
    assert names == {*_pages.WHOLE, *_pages.QUESTIONS}


def test_the_battery_knows_every_page() -> None:
    assert {item.name for item in page_urls} == {*_pages.WHOLE, *_pages.QUESTIONS}
