"""Several StackOne projects: named on every page where there are several, nowhere where not."""

from __future__ import annotations

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.models import OriginOwner, WebhookEvent
from tests.factories import AccountFactory, OwnerFactory, SessionFactory

pytestmark = pytest.mark.django_db

NAMES = ["originowner", "connectsession", "linkedaccount", "webhookevent"]


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def rows_of(project: str) -> dict[str, Model]:
    owner = OwnerFactory.create(project=project)
    event = WebhookEvent.objects.create(
        project=project, event="x", account_id="x", digest=project, state="failed"
    )
    return {
        "originowner": owner,
        "connectsession": SessionFactory.create(owner=owner),
        "linkedaccount": AccountFactory.create(owner=owner),
        "webhookevent": event,
    }


def listed(name: str) -> str:
    return reverse(f"admin:stackone_connect_{name}_changelist")


def page_of(name: str, row: Model) -> str:
    return reverse(f"admin:stackone_connect_{name}_change", args=[row.pk])


@pytest.mark.parametrize("name", NAMES)
def test_with_several_projects_rows_name_theirs_and_are_filtered_by_it(
    root: Client, several_projects: None, name: str
) -> None:
    eu, us = rows_of("eu")[name], rows_of("us")[name]
    page = root.get(listed(name)).content.decode()
    assert '<td class="field-stackone_project">eu</td>' in page
    assert "?project=us" in page
    found = root.get(listed(name), {"project": "us"}).content.decode()
    assert page_of(name, us) in found
    assert page_of(name, eu) not in found
    assert "StackOne project" in root.get(page_of(name, us)).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_with_one_project_nothing_of_it_shows(root: Client, name: str) -> None:
    row = rows_of("default")[name]
    for url in (listed(name), page_of(name, row)):
        assert "project" not in root.get(url).content.decode().replace("example_project", "")


def test_an_owners_page_shows_only_the_events_of_its_own_project(
    root: Client, several_projects: None
) -> None:
    eu = OwnerFactory.create(project="eu", origin_owner_id="same")
    OwnerFactory.create(project="us", origin_owner_id="same")
    for project in ("eu", "us"):
        WebhookEvent.objects.create(
            project=project,
            event="account.updated",
            account_id=f"account-of-{project}",
            origin_owner_id="same",
            digest=project,
        )
    page = root.get(page_of("originowner", eu)).content.decode()
    assert "account-of-eu" in page
    assert "account-of-us" not in page


def test_an_owner_of_a_project_that_is_no_longer_named_has_a_page(
    root: Client, owner: OriginOwner
) -> None:
    OriginOwner.objects.update(project="gone", origin_owner_name="Its former name")
    AccountFactory.create(owner=owner)
    assert root.get(page_of("originowner", owner)).status_code == 200
    assert root.get(listed("linkedaccount")).status_code == 200
    for name in ("link", "repin"):
        url = reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk])
        said = root.post(url, follow=True).content.decode()
        assert "PROJECTS" in said
