"""``migrate`` runs first: until they are restarted, workers of an older version use the new tables.

An older version is here what the models of its last migration write and read. A column that came
later needs a default of the database's (``db_default``), or may be null: old workers don't name it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps as todays_apps
from django.db import models

from stackone_connect import clock
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import accounts, events, retention, sessions, sync
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, organization_of
from tests.fakes import FakeStackOne
from tests.upgrade.versions import historical_models, migrations, rows_of, write
from tests.webhooks.deliveries import SECRET, receive

pytestmark = pytest.mark.django_db(transaction=True)

OLDER = migrations()[:-1]


@pytest.fixture(params=OLDER)
def older(request: pytest.FixtureRequest) -> str:
    """The last migration of an older version; the tables are today's."""
    name: str = request.param
    return name


def test_an_older_worker_adds_changes_and_deletes_rows_of_every_kind(older: str) -> None:
    kinds = historical_models(older)
    written = write(rows_of(older), kinds)
    for name in kinds.keys() - written.keys():  # younger than the newest file of rows/
        written[name] = [kinds[name]._default_manager.create()]
    for name, rows in reversed(written.items()):
        for row in rows:
            again = kinds[name]._default_manager.get(pk=row.pk)
            assert values(again) == values(row)
            again.save()
            assert todays_apps.get_model("stackone_connect", name)._default_manager.get(pk=row.pk)
            again.delete()
            assert not kinds[name]._default_manager.filter(pk=row.pk).exists()


def test_an_older_worker_reads_and_changes_what_a_newer_one_has_written(
    older: str, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(WEBHOOK_SECRETS=[SECRET])
    owner = OwnerFactory.create()
    AccountFactory.create(owner=owner)
    SessionFactory.create(owner=owner)
    receive(origin_owner_id=str(owner.origin_owner_id))
    for name in ("OriginOwner", "LinkedAccount", "ConnectSession", "WebhookEvent"):
        kind = historical_models(older)[name]
        for row in kind._default_manager.all():
            before = values(todays_apps.get_model("stackone_connect", name).objects.get(pk=row.pk))
            row.save()
            after = values(todays_apps.get_model("stackone_connect", name).objects.get(pk=row.pk))
            assert before == after, "what the older version does not know stays as it is"


def test_a_newer_worker_goes_on_with_what_an_older_one_has_left(
    older: str, stackone: FakeStackOne
) -> None:
    write(rows_of(older), historical_models(older))
    owner = OriginOwner.objects.get(origin_owner_id="tnt_aB3x")
    stackone.link("tnt_aB3x", account_id="4556", status="error")
    assert WebhookEvent.objects.due().filter(account_id="4556").exists()

    events.process_due(client=stackone)
    assert not WebhookEvent.objects.due().filter(account_id="4556").exists()
    row = LinkedAccount.objects.get(account_id="4556")
    assert row.status == "error", "an answer that came after the older worker's is the newer one"

    stackone.touch("4556", status="active")
    sync.sync_organization(organization=organization_of(owner), client=stackone)
    row.refresh_from_db()
    assert row.status == "active"
    assert LinkedAccount.objects.get(account_id="4557").disconnected_at is not None

    sessions.close_abandoned()
    sessions.poll(client=stackone)
    accounts.disconnect(organization=organization_of(owner), account_id="4556", client=stackone)
    row.refresh_from_db()
    assert row.disconnected_at is not None
    retention.prune()


def test_an_event_that_an_older_worker_holds_is_not_taken_away_from_it(
    older: str, stackone: FakeStackOne
) -> None:
    write(rows_of(older), historical_models(older))
    kind = historical_models(older)["WebhookEvent"]
    later = clock.now() + timedelta(minutes=1)
    # Versions before the lease moved the time at which an event is due.
    held = "leased_until" if has_field(kind, "leased_until") else "next_attempt_at"
    kind._default_manager.filter(account_id="4556", state="due").update(**{held: later})

    events.process_due(client=stackone)
    assert stackone.calls == []


def has_field(kind: type[models.Model], name: str) -> bool:
    return name in {field.name for field in kind._meta.get_fields()}


def values(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
