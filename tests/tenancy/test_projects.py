"""Several StackOne projects in one deployment: each organization is pinned to one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from example_project.accounts.models import Organization
from stackone_connect import client as clients
from stackone_connect import clock, conf, tenancy
from stackone_connect.conf import validation
from stackone_connect.exceptions import (
    ConfigurationError,
    InvalidSignatureError,
    StackOneUnavailableError,
    WebhookNotConfiguredError,
)
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import _polling, accounts, doctor, events, owners, sessions, sync
from stackone_connect.services._webhooks import signature
from tests.factories import AccountFactory, OrganizationFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import event_body

pytestmark = pytest.mark.django_db

Projects = dict[str, FakeStackOne]


@pytest.fixture
def projects(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Projects:
    """Two projects; an organization's name says which one it is in."""
    configure(
        PROJECTS={
            "eu": {"API_KEY": "eu-key", "WEBHOOK_SECRETS": ["eu-secret"]},
            "us": {
                "API_KEY": "us-key",
                "WEBHOOK_SECRETS": ["us-secret"],
                "BASE_URL": "https://us.stackone.test/",
                "ACCOUNT_TYPE": "test",
            },
        },
        PROJECT_OF=lambda organization: organization.name.split()[-1].lower(),
    )
    fakes = {"eu": FakeStackOne(), "us": FakeStackOne()}
    monkeypatch.setattr(clients, "current", lambda project: fakes[project])
    return fakes


@pytest.fixture
def eu(projects: Projects) -> Organization:
    return OrganizationFactory.create(name="Acme EU")


@pytest.fixture
def us(projects: Projects) -> Organization:
    return OrganizationFactory.create(name="Acme US")


def receive(body: bytes, secret: str, project: str | None = None) -> events.Received:
    return events.receive(body=body, signature_header=signature.sign(body, secret), project=project)


# --- Settings ------------------------------------------------------------------------------------


def test_each_project_has_what_it_says_and_else_what_stands_at_the_top(projects: Projects) -> None:
    eu, us = conf.projects().values()
    assert (eu.name, eu.api_key, eu.account_type) == ("eu", "eu-key", "production")
    assert (us.base_url, us.account_type) == ("https://us.stackone.test", "test")
    assert eu.base_url == "https://api.stackone.test"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"PROJECTS": {"eu": {}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "a b"}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "k", "DEADLINE": 3}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "k", "ACCOUNT_TYPE": "x"}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "k", "BASE_URL": None}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "k", "WEBHOOK_SECRETS": None}}}, "PROJECTS"),
        ({"PROJECTS": {"eu": {"API_KEY": "k"}, "us": {"API_KEY": "l"}}}, "PROJECT_OF"),
        (
            {
                "PROJECTS": {
                    "eu": {"API_KEY": "k", "WEBHOOK_SECRETS": ["same\n"]},
                    "us": {"API_KEY": "l", "WEBHOOK_SECRETS": ["same"]},
                },
                "PROJECT_OF": str,
            },
            "PROJECTS",
        ),
    ],
)
def test_projects_that_can_not_be_are_said(change: dict[str, Any], key: str) -> None:
    found = validation.problems({"ORGANIZATION_MODEL": "crm.Company", **change})
    assert [problem.key for problem in found] == [key]
    assert not any(value in found[0].message for value in ("same", "a b"))


def test_a_key_and_secrets_at_the_top_are_no_projects(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=["top"], PROJECTS={"eu": {"API_KEY": "k"}})
    eu = conf.project("eu")
    assert (eu.api_key, eu.webhook_secrets) == ("k", [])


def test_one_project_needs_nobody_to_say_which() -> None:
    given = {"ORGANIZATION_MODEL": "crm.Company", "PROJECTS": {"eu": {"API_KEY": "k"}}}
    assert validation.problems(given) == []


# --- Where an organization is --------------------------------------------------------------------


def test_an_organization_is_pinned_to_its_project_and_stays(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    assert sessions.issue(organization=eu).session.owner.project == "eu"
    assert sessions.issue(organization=us).session.owner.project == "us"
    Organization.objects.filter(pk=eu.pk).update(name="Acme US")
    eu.refresh_from_db()
    assert sessions.issue(organization=eu).session.owner.project == "eu"
    assert [len(projects[name].bodies) for name in ("eu", "us")] == [2, 1]
    assert projects["us"].bodies[0]["type"] == "test"


def test_a_project_that_nobody_named_is_a_mistake_in_the_settings(projects: Projects) -> None:
    with pytest.raises(ConfigurationError, match="does not name 'asia'"):
        sessions.issue(organization=OrganizationFactory.create(name="Acme Asia"))
    assert not OriginOwner.objects.exists()


def test_an_owner_id_may_be_in_two_projects(projects: Projects, configure: Any) -> None:
    configure(OWNER_ID=lambda organization: "acme")
    for name in ("Acme EU", "Acme US"):
        tenancy.pin(OrganizationFactory.create(name=name))
    with pytest.raises(ConfigurationError, match="another one has"):
        tenancy.pin(OrganizationFactory.create(name="Other US"))


def test_a_project_that_was_taken_out_is_said_by_the_doctor(
    eu: Organization, projects: Projects
) -> None:
    OwnerFactory.create(project="asia")
    found = {finding.id: finding for finding in doctor.examine()}
    assert found["projects"].level == "error"
    assert "'asia' (1)" in found["projects"].detail


def test_the_doctor_looks_at_each_project(projects: Projects) -> None:
    projects["us"].failing["accounts_of"] = StackOneUnavailableError()
    found = {finding.id: finding.level for finding in doctor.examine()}
    assert (found["reachability:eu"], found["reachability:us"]) == ("ok", "error")
    assert found["webhook_secrets:eu"] == found["webhook_secrets:us"] == "ok"


def test_with_one_project_nothing_of_it_shows(stackone: FakeStackOne) -> None:
    for finding in doctor.examine():
        assert ":" not in finding.id
        assert "default" not in finding.title


# --- Webhooks ------------------------------------------------------------------------------------


def test_the_secret_that_verifies_says_whose_the_event_is(projects: Projects) -> None:
    received = receive(event_body(), "us-secret")
    assert received.event_id is not None
    assert WebhookEvent.objects.get(pk=received.event_id).project == "us"


def test_an_address_of_one_project_takes_that_projects_secret_alone(projects: Projects) -> None:
    with pytest.raises(InvalidSignatureError):
        receive(event_body(), "us-secret", project="eu")
    assert receive(event_body(), "us-secret", project="us").status == "accepted"
    with pytest.raises(WebhookNotConfiguredError):
        receive(event_body(), "us-secret", project="asia")


def test_the_same_event_of_two_projects_is_two_events(projects: Projects) -> None:
    body = event_body()
    assert [receive(body, f"{name}-secret").status for name in ("eu", "us", "eu")] == [
        *("accepted", "accepted", "duplicate")
    ]


def test_an_event_concerns_its_own_projects_owner(projects: Projects, configure: Any) -> None:
    configure(OWNER_ID=lambda organization: "acme")
    for name in ("Acme EU", "Acme US"):
        tenancy.pin(OrganizationFactory.create(name=name))
    projects["us"].link("acme", account_id="same", type="test")
    receive(event_body(account_id="same", origin_owner_id="acme"), "us-secret")
    events.process_due()
    [row] = LinkedAccount.objects.all()
    assert row.owner.project == "us"
    assert projects["eu"].calls == []


def test_a_waiting_event_is_freed_by_its_own_projects_owner(projects: Projects) -> None:
    body = event_body(origin_owner_id="acme")
    receive(body, "eu-secret")
    events.process_due()
    assert WebhookEvent.objects.get().state == "quarantined"
    OwnerFactory.create(project="us", origin_owner_id="acme")
    events.process_due()
    assert WebhookEvent.objects.get().state == "quarantined"
    OwnerFactory.create(project="eu", origin_owner_id="acme")
    projects["eu"].link("acme", account_id=WebhookEvent.objects.get().account_id)
    events.process_due()
    assert WebhookEvent.objects.get().state == "done"


@pytest.mark.parametrize(
    ("address", "secret", "status"),
    [
        ("webhooks/", "us-secret", 200),
        ("webhooks/us/", "us-secret", 200),
        ("webhooks/us", "us-secret", 200),
        ("webhooks/eu/", "us-secret", 401),
        ("webhooks/asia/", "us-secret", 404),
        ("webhooks/us/more/", "us-secret", 404),
    ],
)
def test_each_project_may_have_an_address_of_its_own(
    address: str, secret: str, status: int, projects: Projects, client: Client
) -> None:
    body = event_body()
    answer = client.post(
        f"/api/stackone/{address}",
        body,
        content_type="application/json",
        headers={"x-stackone-signature": signature.sign(body, secret)},
    )
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert list(WebhookEvent.objects.values_list("project", flat=True)) == ["us"] * (status == 200)


# --- Work ----------------------------------------------------------------------------------------


def test_a_project_that_is_unavailable_does_not_keep_the_others_from_their_work(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    now = clock.now()
    for organization in (eu, us):
        owner = tenancy.pin(organization)
        kind = conf.project(owner.project).account_type
        SessionFactory.create(owner=owner)
        row = AccountFactory.create(
            owner=owner, type=kind, disconnect_requested_at=now, next_disconnect_at=now
        )
        projects[owner.project].link(owner.origin_owner_id, account_id=row.account_id, type=kind)
        receive(
            event_body(account_id=row.account_id, origin_owner_id=owner.origin_owner_id),
            f"{owner.project}-secret",
        )
    for call in ("get_account", "accounts_of", "latest_attempt", "accounts_named"):
        projects["eu"].failing[call] = StackOneUnavailableError()
    call_command("stackone_process", verbosity=0)
    left = dict(LinkedAccount.objects.values_list("owner__project", "disconnected_at"))
    assert left["eu"] is None
    assert left["us"] is not None
    states = dict(WebhookEvent.objects.values_list("project", "state"))
    assert states == {"eu": "due", "us": "done"}


def test_each_project_is_swept_with_its_own_key(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    for organization, kind in ((eu, "production"), (us, "test")):
        owner = tenancy.pin(organization)
        projects[owner.project].link(owner.origin_owner_id, account_id=kind, type=kind)
        AccountFactory.create(owner=owner, account_id=f"gone-{kind}", type=kind)
    report = sync.sync_all()
    assert (report.seen, report.repaired, report.disconnected) == (2, 2, 2)
    connected = LinkedAccount.objects.connected().values_list("owner__project", "account_id")
    assert sorted(connected) == [("eu", "production"), ("us", "test")]


def test_a_sweep_that_fails_in_one_project_goes_on_in_the_next_and_says_so(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    owner = tenancy.pin(us)
    projects["us"].link(owner.origin_owner_id, type="test")
    projects["eu"].failing["accounts_page"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        sync.sync_all()
    assert LinkedAccount.objects.count() == 1


def test_polling_asks_each_owners_own_project(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    for organization in (eu, us):
        SessionFactory.create(owner=tenancy.pin(organization))
    assert _polling.poll() == 2
    for fake in projects.values():
        assert fake.names == ["latest_attempt", "accounts_of"]


def test_the_way_back_tells_projects_apart(
    eu: Organization, us: Organization, projects: Projects
) -> None:
    for organization in (eu, us):
        owner = tenancy.pin(organization)
        AccountFactory.create(
            owner=owner, account_id="same", type=conf.project(owner.project).account_type
        )
    assert accounts.organization_of(account_id="same", project="us") == us
    assert accounts.organization_of(account_id="same", project="eu") == eu


def test_leaving_concerns_one_project(
    eu: Organization, us: Organization, projects: Projects, configure: Any
) -> None:
    configure(OWNER_ID=lambda organization: "acme")
    for organization, kind in ((eu, "production"), (us, "test")):
        owner = tenancy.pin(organization)
        projects[owner.project].link("acme", account_id=kind, type=kind)
        receive(event_body(account_id=kind, origin_owner_id="acme"), f"{owner.project}-secret")
    owners.offboard(organization=us)
    assert projects["us"].accounts == {}
    assert list(projects["eu"].accounts) == ["production"]
    assert list(WebhookEvent.objects.values_list("project", flat=True)) == ["eu"]
    assert sessions.issue(organization=eu).token
