"""What the checks say of the tenant model: in the settings, and in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import override_settings

from example_project.accounts.models import Organization
from stackone_connect.checks import the_table_follows_the_setting

CHANGED = "stackone_connect.E007"


class NotOurDatabase:
    """A router of a host that keeps our tables elsewhere."""

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        return False if app_label == "stackone_connect" else None


def naming(model: str) -> override_settings:
    return override_settings(
        STACKONE_CONNECT={**django_settings.STACKONE_CONNECT, "ORGANIZATION_MODEL": model}
    )


def in_the_database() -> list[CheckMessage]:
    return the_table_follows_the_setting(databases=["default"])


@pytest.mark.parametrize("label", ["accounts.Company", "nowhere.Company", "auth.AbstractUser"])
def test_a_tenant_model_that_is_not_installed_is_an_error(label: str) -> None:
    with naming(label):
        [message] = [
            m
            for m in run_checks(tags=["stackone_connect"], databases=[])
            if m.id == "stackone_connect.E006"
        ]
    assert label in message.msg


@pytest.mark.django_db
def test_tables_that_point_to_the_tenant_model_are_in_order() -> None:
    assert in_the_database() == []


@pytest.mark.django_db
def test_a_tenant_model_changed_after_migrating_is_reported_with_both_tables() -> None:
    with naming("auth.Group"), pytest.raises(SystemCheckError) as refused:
        call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())
    said = str(refused.value)
    assert CHANGED in said
    assert "'accounts_organization'" in said
    assert "'auth_group'" in said
    assert "migrate stackone_connect zero" in said


@pytest.mark.django_db
def test_a_plain_check_does_not_look_into_the_database(
    django_assert_num_queries: Any,
) -> None:
    with naming("auth.Group"), django_assert_num_queries(0):
        assert CHANGED not in {m.id for m in run_checks(tags=["stackone_connect"], databases=[])}


@pytest.mark.django_db
def test_a_model_whose_table_is_still_to_come_is_not_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Group._meta, "db_table", "crm_company")
    with naming("auth.Group"):
        assert in_the_database() == []


@pytest.mark.django_db
def test_before_the_first_migration_there_is_nothing_to_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = apps.get_model("stackone_connect", "OriginOwner")
    monkeypatch.setattr(owner._meta, "db_table", "not_made_yet")
    with naming("auth.Group"):
        assert in_the_database() == []


@pytest.mark.django_db
def test_a_table_named_with_its_schema_is_compared_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Organization._meta, "db_table", '"public"."accounts_organization"')
    assert in_the_database() == []


@pytest.mark.django_db
def test_a_database_that_is_not_ours_is_left_alone() -> None:
    router = f"{__name__}.{NotOurDatabase.__name__}"
    with naming("auth.Group"), override_settings(DATABASE_ROUTERS=[router]):
        assert in_the_database() == []


OwnersIn = Callable[[str], None]


@pytest.fixture
def owners_in(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnersIn]:
    """Let our owners be in a table with these columns. (MariaDB does not roll a table back.)"""
    owner = apps.get_model("stackone_connect", "OriginOwner")

    def make(columns: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE owners_elsewhere (id integer PRIMARY KEY, {columns})")
        monkeypatch.setattr(owner._meta, "db_table", "owners_elsewhere")

    yield make
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE owners_elsewhere")


def test_a_table_that_really_points_elsewhere_is_reported(owners_in: OwnersIn) -> None:
    """As after migrating under another setting, without changing any setting here."""
    owners_in("organization_id integer REFERENCES auth_group (id)")
    [message] = in_the_database()
    assert message.id == CHANGED
    assert "'auth_group'" in message.msg


def test_a_host_that_dropped_the_foreign_key_is_not_reported(owners_in: OwnersIn) -> None:
    owners_in("organization_id integer")
    assert in_the_database() == []
