"""A database of each released version, with rows in it, comes to today's by ``migrate``.

``rows/<migration>.json`` holds rows as the version had them whose last migration that is, one file
for each release that brought a migration. They are written through the models of that time, so a
file is never changed once its version is out. A relation is the number of the row in its list; an
organization's is any number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps as todays_apps
from django.core.management import call_command

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import accounts
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, organization_of
from tests.upgrade.versions import APP, FILES, Rows, historical_models, migrate, migrations, write


@pytest.fixture
def _todays_tables_are_back(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", APP, verbosity=0)


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_todays_tables_are_back")
def test_every_row_is_there_after_migrating_and_reads_as_it_did(file: Path) -> None:
    rows: Rows = json.loads(file.read_text())
    migrate("zero")
    migrate(file.stem)
    written = write(rows, historical_models(file.stem))

    call_command("migrate", APP, verbosity=0)  # as a person does, with its checks

    for name, before in written.items():
        today = todays_apps.get_model(APP, name)
        names = {field.attname for field in today._meta.concrete_fields}
        assert today._default_manager.count() == len(before)
        for old in before:
            new = today._default_manager.get(pk=old.pk)
            assert str(new)
            kept = [f.attname for f in old._meta.concrete_fields if f.attname in names]
            assert {n: getattr(new, n) for n in kept} == {n: getattr(old, n) for n in kept}
    assert_todays_code_reads_them()
    assert_new_rows_can_be_added()


def assert_todays_code_reads_them() -> None:
    owners = OriginOwner.objects.exclude(organization=None)
    listed = [
        account.account_id
        for owner in owners
        for account in accounts.linked_accounts(organization=organization_of(owner))
    ]
    connected = LinkedAccount.objects.filter(owner__in=owners, disconnected_at=None)
    assert listed
    assert set(listed) <= set(connected.values_list("account_id", flat=True))
    read = [s.pk for owner in OriginOwner.objects.all() for s in ConnectSession.objects.of(owner)]
    assert len(read) == ConnectSession.objects.count() > 0


def assert_new_rows_can_be_added() -> None:
    owner = OwnerFactory.create()
    AccountFactory.create(owner=owner)
    SessionFactory.create(owner=owner)


def test_the_rows_fill_every_field_of_their_version(file: Path) -> None:
    """A field that no row names, or that is empty in all, is one whose migration nothing tests."""
    rows: Rows = json.loads(file.read_text())
    kinds = historical_models(file.stem)
    assert rows.keys() == kinds.keys()
    for name, kind in kinds.items():
        for field in kind._meta.concrete_fields:
            if field.primary_key and field.name not in rows[name][0]:
                continue  # the database counts
            values = [row.get(field.name) for row in rows[name]]
            assert any(value not in ("", None, [], {}) for value in values), field
            assert [value for value, _ in field.choices or () if value not in values] == []


def test_each_file_is_of_a_migration_and_the_first_version_has_one() -> None:
    files = {file.stem for file in FILES}
    assert "0001_initial" in files
    assert files <= {*migrations()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_todays_tables_are_back")
def test_a_label_of_before_is_known_to_be_stackones() -> None:
    """Else the first answer after the upgrade would read as a change at StackOne."""
    migrate("zero")
    migrate("0001_initial")
    rows: Rows = json.loads((Path(__file__).parent / "rows" / "0001_initial.json").read_text())
    write(rows, historical_models("0001_initial"))
    call_command("migrate", APP, verbosity=0)
    labels = list(LinkedAccount.objects.values_list("label", "stackone_label"))
    assert {label for label, _ in labels} == {"Main office", ""}
    assert all(here == there for here, there in labels)
