"""The battery where the tenant stands in the address: as captured arguments or a host name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import Client
from django.urls import get_script_prefix, include, path, set_script_prefix
from pytest_django import Settings

from example_project.accounts.models import Organization
from stackone_connect.testing.tenants import Report, Tenant, try_tenants
from tests.factories import UserFactory
from tests.testing.hosts import mounted

pytestmark = pytest.mark.django_db


def team_of(request: HttpRequest) -> Organization | None:
    match = request.resolver_match
    asked = match.kwargs["team"] if match else ""
    return Organization.objects.filter(name=asked).first()


def members_only(request: HttpRequest) -> Organization | None:
    team: Any = team_of(request)
    user: Any = request.user
    return team if user.is_authenticated and user.organization == team else None


def whoever_asks(request: HttpRequest) -> Organization | None:
    """Broken: takes the address's word."""
    return team_of(request)


def wherever_it_is(request: HttpRequest) -> Organization | None:
    """Broken: takes no notice of the address, so a page of one team acts for another."""
    user: Any = request.user
    return user.organization if user.is_authenticated else None


def by_host_name(request: HttpRequest) -> Organization | None:
    name = request.get_host().partition(".")[0]
    user: Any = request.user
    team = Organization.objects.filter(name=name).first()
    return team if user.is_authenticated and user.organization == team else None


@pytest.fixture
def battery(settings: Settings) -> Callable[..., Report]:
    def run(resolver: Any, mount: str, **where: Callable[[str], Any]) -> Report:
        settings.ROOT_URLCONF = mounted(path(mount, include("stackone_connect.urls")))
        ours = {**settings.STACKONE_CONNECT, "ORGANIZATION_RESOLVER": resolver}
        settings.STACKONE_CONNECT = ours
        tenants = []
        for name in ("acme", "globex"):
            organization = Organization.objects.create(name=name)
            client = Client()
            client.force_login(UserFactory.create(organization=organization))
            places = {key: place(name) for key, place in where.items()}
            tenants.append(Tenant(organization=organization, client=client, **places))
        return try_tenants(*tenants)

    return run


MOUNT = "teams/<slug:team>/stackone/"


def team(name: str) -> dict[str, str]:
    return {"team": name}


def problems(report: Report, acting: str, address: str) -> list[str]:
    return [
        item.problem
        for item in report.violations
        if item.acting == acting and address in item.request
    ]


def test_a_resolver_that_checks_the_membership_denies(battery: Callable[..., Report]) -> None:
    report = battery(members_only, MOUNT, url_kwargs=team)
    assert str(report) == f"0 violations in {report.requests} requests."
    assert report.requests > 500


@pytest.mark.slow
def test_a_resolver_that_believes_the_address_is_caught(battery: Callable[..., Report]) -> None:
    report = battery(whoever_asks, MOUNT, url_kwargs=team)
    found = problems(report, "acme", "GET /teams/globex/stackone/accounts/")
    assert any("shows another tenant's" in problem for problem in found)
    found = problems(report, "acme", "DELETE /teams/globex/stackone/accounts/")
    assert any("stackone_sandbox.Account" in problem for problem in found)


@pytest.mark.slow
def test_a_resolver_that_ignores_the_address_is_caught(battery: Callable[..., Report]) -> None:
    report = battery(wherever_it_is, MOUNT, url_kwargs=team)
    found = problems(report, "acme", "POST /teams/globex/stackone/connect-sessions/")
    assert any(problem.startswith("answered 201 and changed") for problem in found)
    assert problems(report, "acme", " /teams/acme/") == []


def test_what_the_address_captures_must_be_said(battery: Callable[..., Report]) -> None:
    with pytest.raises(ImproperlyConfigured, match="pass team in url_kwargs"):
        battery(members_only, MOUNT)


@pytest.mark.slow
def test_host_names_are_tried(battery: Callable[..., Report]) -> None:
    report = battery(by_host_name, "stackone/", host=lambda name: f"{name}.shop.example")
    assert str(report) == f"0 violations in {report.requests} requests."


@pytest.mark.slow
def test_a_script_prefix_is_part_of_each_address(battery: Callable[..., Report]) -> None:
    before = get_script_prefix()
    set_script_prefix("/app/")
    try:
        report = battery(wherever_it_is, "stackone/")
    finally:
        set_script_prefix(before)
    assert str(report) == f"0 violations in {report.requests} requests."
