"""What the checks say of a host with a schema for each tenant (django-tenants)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.test import override_settings

from example_project.accounts.models import Organization

OURS, HOST = "stackone_connect", "example_project.accounts"
BY_CONFIGURATION = "stackone_connect.apps.StackOneConnectConfig"
TENANT_TYPES = {"public": {"APPS": [OURS, HOST]}, "shop": {"APPS": []}}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if django-tenants were installed."""
    known = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name == "django_tenants" or known(name))


def said(**settings: Any) -> Iterator[str]:
    with override_settings(**settings):
        for message in run_checks(tags=["stackone_connect"], databases=[]):
            yield str(message.id)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("shared", "per_tenant", "ids"),
    [
        ([OURS, HOST], ["notes"], set()),
        ([BY_CONFIGURATION, HOST], ["notes"], set()),
        ([HOST], [OURS], {"stackone_connect.E020"}),
        ([HOST], [BY_CONFIGURATION], {"stackone_connect.E020"}),
        ([OURS, HOST], [OURS], {"stackone_connect.E020"}),
        ([HOST], ["notes"], {"stackone_connect.E020"}),
        ([OURS], [HOST], {"stackone_connect.E021"}),
        ([], [OURS, HOST], {"stackone_connect.E020", "stackone_connect.E021"}),
    ],
)
def test_our_app_and_the_tenant_model_must_be_shared(
    shared: list[str], per_tenant: list[str], ids: set[str]
) -> None:
    found = set(said(SHARED_APPS=shared, TENANT_APPS=per_tenant))
    assert {id_ for id_ in found if "E02" in id_} == ids


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("kind", ["public", "shop"])
def test_tenants_of_several_types_are_looked_at_as_well(kind: str) -> None:
    types: Any = {**TENANT_TYPES, "shop": {"APPS": [OURS] if kind == "shop" else []}}
    found = set(said(HAS_MULTI_TYPE_TENANTS=True, TENANT_TYPES=types))
    assert ("stackone_connect.E020" in found) == (kind == "shop")


def test_a_host_without_django_tenants_is_not_asked() -> None:
    found = set(said(SHARED_APPS=[], TENANT_APPS=[OURS]))
    assert not {id_ for id_ in found if "E02" in id_}


def _of_the_package() -> None:
    """What a tenant model has from django-tenants."""


_of_the_package.__module__ = "django_tenants.models"


@pytest.mark.parametrize(
    ("drops", "before", "mode", "warned"),
    [
        (True, _of_the_package, "protect", True),
        (True, _of_the_package, "disconnect", False),
        (True, lambda tenant: None, "protect", False),
        (False, _of_the_package, "protect", False),
    ],
)
def test_a_schema_that_is_dropped_before_we_refuse_is_warned_of(
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    drops: bool,
    before: Any,
    mode: str,
    warned: bool,
) -> None:
    monkeypatch.setattr(Organization, "auto_drop_schema", drops, raising=False)
    monkeypatch.setattr(Organization, "pre_drop", before, raising=False)
    connect = {**settings.STACKONE_CONNECT, "ON_ORGANIZATION_DELETE": mode}
    assert ("stackone_connect.W020" in set(said(STACKONE_CONNECT=connect))) == warned
