"""A replica that is behind: nothing of ours is read there, whatever the host's router says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections, models
from django.urls import reverse
from pytest_django import DjangoDbBlocker, Settings

from example_project.accounts.models import Organization, User
from stackone_connect import clock
from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.querysets import PrimaryQuerySet
from stackone_connect.services import _polling, accounts, doctor, events, owners, sync
from tests.api.conftest import Api
from tests.factories import SessionFactory, organization_of
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, receive, said

REPLICA = "replica"
OURS = "stackone_connect_"


class PrimaryReplicaRouter:
    """As in Django's documentation of multiple databases: every read goes to the replica."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return REPLICA

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return True


class Replica:
    """What was asked of it, and the host's rows that have reached it."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    def note(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        """An execute wrapper."""
        self.queries.append(sql)
        return execute(sql, *more)

    @property
    def of_ours(self) -> list[str]:
        return [sql for sql in self.queries if OURS in sql]

    def catch_up(self, *rows: models.Model) -> None:
        """Only these arrive. Ours never do."""
        for row in rows:
            type(row)._base_manager.using(REPLICA).bulk_create([row], ignore_conflicts=True)


pytestmark = pytest.mark.django_db(databases=["default", REPLICA])


@pytest.fixture(scope="module", autouse=True)
def _replica_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A second database with the same tables, empty. SQLite: only where queries go is looked at."""
    told = {**connections.settings["default"], "OPTIONS": {}}
    told |= {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "HOST": "", "PORT": ""}
    connections.settings[REPLICA] = told
    with django_db_blocker.unblock():
        call_command("migrate", database=REPLICA, verbosity=0)
        yield
        # Django's own close() leaves a database in memory open.
        connections[REPLICA].connection.close()
    del connections[REPLICA]
    del connections.settings[REPLICA]


@pytest.fixture
def replica(settings: Settings) -> Iterator[Replica]:
    settings.DATABASE_ROUTERS = ["tests.databases.test_replica.PrimaryReplicaRouter"]
    # The host's own business: a sign-in that the replica has not heard of is none.
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    seen = Replica()
    with connections[REPLICA].execute_wrapper(seen.note):
        yield seen
    assert seen.of_ours == []
    assert seen.queries, "nothing was read from the replica, so the router was not asked"


@pytest.fixture
def member(replica: Replica) -> User:
    """A member whose rows have reached the replica long ago."""
    organization = Organization.objects.create(name="Acme")
    member = User.objects.create(
        username="member@acme.example",
        organization=organization,
        is_staff=True,
        is_superuser=True,
    )
    replica.catch_up(organization, member)
    return User.objects.get(pk=member.pk)


@pytest.fixture
def api(member: User) -> Api:
    return Api(member)


def connect(api: Api, member: User, stackone: FakeStackOne) -> tuple[str, str]:
    """Issue a session, and finish the hub; the ids of the session and of the account."""
    issued = api.issue(provider="bamboohr")
    assert issued.status_code == 201, issued.content
    account = stackone.link(str(member.organization_id))
    completed = api.complete(issued.json()["id"], account.account_id)
    assert completed.status_code == 200, completed.content
    assert completed.json()["outcome"] == "create"
    return issued.json()["id"], account.account_id


def test_every_model_of_ours_is_read_where_it_is_written() -> None:
    for model in apps.get_app_config("stackone_connect").get_models():
        for manager in (*model._meta.managers, model._base_manager):
            assert isinstance(manager.all(), PrimaryQuerySet), (model, manager.name)


def test_the_host_reads_its_own_rows_where_its_router_says(
    replica: Replica, member: User, api: Api, stackone: FakeStackOne
) -> None:
    connect(api, member, stackone)
    [session] = ConnectSession.objects.all()
    assert organization_of(session.owner)._state.db == REPLICA
    assert session._state.db == session.owner._state.db == "default"
    assert organization_of(member)._state.db == REPLICA


def test_relations_deferred_fields_and_refreshed_rows_are_read_where_they_were_written(
    member: User, api: Api, stackone: FakeStackOne
) -> None:
    connect(api, member, stackone)
    owner = OriginOwner.objects.get()
    [account] = owner.accounts.all()
    assert account._state.db == owner.sessions.get()._state.db == "default"
    assert LinkedAccount.objects.only("pk").get().account_id == account.account_id
    account.refresh_from_db()
    assert account.owner.origin_owner_id == str(member.organization_id)
    made, is_new = OriginOwner.objects.get_or_create(organization_id=organization_of(member).pk)
    assert (made, is_new) == (owner, False)


def test_a_session_is_issued_completed_and_listed(
    member: User, api: Api, stackone: FakeStackOne
) -> None:
    session_id, account_id = connect(api, member, stackone)
    [listed] = api.get("connect-sessions/").json()["results"]
    assert (listed["id"], listed["status"]) == (session_id, "completed")
    assert api.get(f"connect-sessions/{session_id}/").json() == listed
    [held] = api.get("accounts/").json()["results"]
    assert api.get(f"accounts/{account_id}/").json() == held
    assert api.issue(account_id=account_id).json()["path"] == "update"
    assert api.issue(provider="bamboohr").json()["path"] == "update"


def test_an_account_is_disconnected(member: User, api: Api, stackone: FakeStackOne) -> None:
    _, account_id = connect(api, member, stackone)
    assert api.http.delete(f"/api/stackone/accounts/{account_id}/").status_code == 204
    assert api.get("accounts/").json()["results"] == []
    assert api.http.delete(f"/api/stackone/accounts/{account_id}/").status_code == 204


def test_a_disconnect_that_stackone_did_not_answer_is_retried(
    member: User, api: Api, stackone: FakeStackOne
) -> None:
    _, account_id = connect(api, member, stackone)
    stackone.failing["delete_account"] = StackOneUnavailableError()
    assert api.http.delete(f"/api/stackone/accounts/{account_id}/").status_code == 202
    stackone.failing.clear()
    LinkedAccount.objects.update(next_disconnect_at=clock.now())
    assert accounts.retry_disconnects(client=stackone) == 1


def test_an_event_is_taken_in_and_processed(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    account = stackone.link(str(member.organization_id))
    webhook = StackOneDelivers()
    told = {"account_id": account.account_id, "origin_owner_id": account.origin_owner_id}
    for word in ("accepted", "duplicate"):
        assert said(webhook.event(**told)) == (200, word)
    assert WebhookEvent.objects.get().state == "done"
    held = accounts.linked_accounts(organization=organization_of(member), usable=True)
    assert held.filter(account_id=account.account_id).exists()


def test_events_are_drained_and_replayed(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    ids = []
    for _ in range(3):
        account = stackone.link(str(member.organization_id))
        ids.append(receive(account_id=account.account_id, origin_owner_id=account.origin_owner_id))
    ids.append(receive(account_id="foreign", origin_owner_id="nobody"))
    assert events.process_due(client=stackone) == 4
    assert events.replay(event_ids=ids) == 4
    events.process(event_id=ids[0], client=stackone)
    assert WebhookEvent.objects.get(pk=ids[0]).state == "done"


def test_everything_is_brought_in_sync(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    api.issue(provider="personio")
    stackone.link(str(member.organization_id), provider="personio")
    assert _polling.poll(client=stackone) == 2
    stackone.link(str(member.organization_id))
    assert sync.sync_organization(organization=organization_of(member), client=stackone).seen == 3
    stackone.accounts.clear()
    assert sync.sync_all(client=stackone).disconnected == 3


def test_the_commands_run(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    SessionFactory.create(
        owner=OriginOwner.objects.get(), created_at=clock.now() - timedelta(days=500)
    )
    out = StringIO()
    call_command("stackone_sync_accounts", stdout=out)
    call_command("stackone_process_webhooks", stdout=out)
    call_command("stackone_prune", stdout=out)
    assert "1 session and 0 events deleted" in out.getvalue()
    key = str(member.organization_id)
    call_command("stackone_connect_session", organization=key, stdout=out)
    findings = doctor.examine(client=stackone)
    assert [f for f in findings if f.level == "error"] == []


def test_an_owner_is_repinned_and_forgotten(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    owner = OriginOwner.objects.get()
    owners.repin(organization=organization_of(owner), name="Acme Corporation", client=stackone)
    owner.refresh_from_db()
    assert owner.origin_owner_name == "Acme Corporation"
    owners.offboard(organization=organization_of(member), client=stackone)
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize(
    "section", ["originowner", "linkedaccount", "connectsession", "webhookevent"]
)
def test_the_admin_shows_what_was_written(
    section: str, member: User, api: Api, stackone: FakeStackOne
) -> None:
    connect(api, member, stackone)
    receive()
    [row] = apps.get_model("stackone_connect", section).objects.all()
    listed = api.http.get(reverse(f"admin:stackone_connect_{section}_changelist"), {"q": "a"})
    page = api.http.get(reverse(f"admin:stackone_connect_{section}_change", args=[row.pk]))
    assert (listed.status_code, page.status_code) == (200, 200)


def test_staff_repins_links_and_replays(member: User, api: Api, stackone: FakeStackOne) -> None:
    connect(api, member, stackone)
    owner = OriginOwner.objects.get()
    for name in ("repin", "link"):
        answer = api.http.post(
            reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk])
        )
        assert answer.status_code in (200, 302)
    event_id = receive(account_id="foreign", origin_owner_id="nobody")
    changelist = reverse("admin:stackone_connect_webhookevent_changelist")
    chosen = {"action": "replay", "_selected_action": [event_id]}
    assert api.http.post(changelist, chosen).status_code == 302


def test_the_host_may_ask_for_our_rows_elsewhere_and_within_its_own_queries(
    replica: Replica, member: User, api: Api, stackone: FakeStackOne
) -> None:
    connect(api, member, stackone)
    assert not LinkedAccount.objects.using(REPLICA).exists()
    held = accounts.linked_accounts(organization=organization_of(member))
    theirs = Organization.objects.filter(pk__in=held.values("owner__organization"))
    assert list(theirs.using("default")) == [member.organization]
    assert list(theirs) == []  # on the replica, where the host's router sends it
    replica.queries[:] = [sql for sql in replica.queries if OURS not in sql]
