"""Deleting organizations and users by the host's own admin pages, and owners left without one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import Organization, User
from stackone_connect.models import OriginOwner
from tests.factories import AccountFactory, SessionFactory, UserFactory, organization_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

ORGANIZATIONS = reverse("admin:accounts_organization_changelist")
OWNERS = reverse("admin:stackone_connect_originowner_changelist")
OVERVIEW = reverse("admin:stackone_connect_overview")
DELETED = "Deleted organization, accounts still being disconnected"


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def delete_page(row: models.Model) -> str:
    return reverse(f"admin:accounts_{row._meta.model_name}_delete", args=[row.pk])


def page_of(owner: OriginOwner, name: str = "change") -> str:
    return reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk])


def choose(organization: models.Model) -> dict[str, object]:
    return {"action": "delete_selected", "_selected_action": [organization.pk]}


def test_an_organization_that_connected_nothing_is_deleted_by_either_page(
    root: Client, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    one = organization_of(owner)
    asked = root.get(delete_page(one)).content.decode()
    assert "permission" not in asked
    assert "Are you sure" in asked
    assert root.post(delete_page(one), {"post": "yes"}).status_code == 302
    assert not Organization.objects.exists()
    other = organization_of(SessionFactory.create().owner)
    assert "Are you sure" in root.post(ORGANIZATIONS, choose(other)).content.decode()
    root.post(ORGANIZATIONS, {**choose(other), "post": "yes"})
    assert not Organization.objects.exists()


def test_accounts_in_the_way_are_named_with_what_disconnects_them(
    root: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner)
    organization = organization_of(owner)
    for said in (
        root.get(delete_page(organization)),
        root.post(delete_page(organization), {"post": "yes"}),
        root.post(ORGANIZATIONS, choose(organization)),
        root.post(ORGANIZATIONS, {**choose(organization), "post": "yes"}),
    ):
        assert said.status_code == 200
        page = said.content.decode()
        assert "doesn't have permission" not in page
        assert "protected related objects" in page
        assert "offboard(organization=…) first" in page
        assert page_of(owner) in page
    assert Organization.objects.exists()
    assert "services.owners.offboard" in root.get(page_of(owner)).content.decode()


def test_owners_themselves_are_deleted_by_nobody_here(root: Client, owner: OriginOwner) -> None:
    assert root.post(page_of(owner, "delete"), {"post": "yes"}).status_code == 403
    root.post(OWNERS, {"action": "delete_selected", "_selected_action": [owner.pk], "post": "1"})
    assert OriginOwner.objects.exists()


def test_a_user_who_connected_accounts_is_deleted(root: Client, owner: OriginOwner) -> None:
    user = UserFactory.create(organization=owner.organization)
    SessionFactory.create(owner=owner, requested_by_id=str(user.pk))
    AccountFactory.create(owner=owner)
    assert "Are you sure" in root.get(delete_page(user)).content.decode()
    root.post(delete_page(user), {"post": "yes"})
    assert not User.objects.filter(pk=user.pk).exists()


def test_an_organization_may_go_before_its_accounts_and_the_owner_says_so(
    root: Client, owner: OriginOwner, configure: Callable[..., None], stackone: FakeStackOne
) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")
    AccountFactory.create(owner=owner, status="error")
    organization = organization_of(owner)
    assert "Are you sure" in root.get(delete_page(organization)).content.decode()
    root.post(delete_page(organization), {"post": "yes"})
    for url in (OWNERS, page_of(owner), OVERVIEW):
        assert DELETED in root.get(url).content.decode(), url
    assert "deleted organization," in root.get(OVERVIEW).content.decode()
    page = root.get(page_of(owner)).content.decode()
    for name in ("link", "repin", "ask"):
        assert page_of(owner, name) not in page
        assert DELETED in root.post(page_of(owner, name), follow=True).content.decode()
    assert root.get(page_of(owner, "repin"), follow=True).status_code == 200
    assert stackone.calls == []


def test_owners_are_filtered_by_whether_their_organization_is_there(
    root: Client, owner: OriginOwner
) -> None:
    gone = OriginOwner.objects.create(origin_owner_id="gone", origin_owner_name="Gone")
    for chosen, other in ("deleted", "there"), ("there", "deleted"):
        found = root.get(OWNERS, {"organization_is": chosen}).content.decode()
        row = gone if chosen == "deleted" else owner
        assert page_of(row) in found
        assert page_of(owner if row is gone else gone) not in found
        assert f"organization_is={other}" in found


class _Hiding(models.Manager[Organization]):
    def get_queryset(self) -> models.QuerySet[Organization]:
        return super().get_queryset().none()


def test_an_organization_that_its_manager_hides_is_shown_all_the_same(
    root: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch, stackone: FakeStackOne
) -> None:
    hiding = _Hiding()
    hiding.model = Organization
    hiding.name = "hiding"
    meta = Organization._meta
    monkeypatch.setitem(meta.__dict__, "base_manager", hiding)
    with pytest.raises(Organization.DoesNotExist):
        _ = OriginOwner.objects.get().organization
    for url in (OWNERS, page_of(owner), page_of(owner, "repin"), OVERVIEW):
        page = root.get(url)
        assert page.status_code == 200
        assert DELETED not in page.content.decode()
    assert root.post(page_of(owner, "link")).status_code == 200


@pytest.mark.parametrize("name", ["", " ", "\n", None])
def test_an_organization_that_does_not_say_its_name_breaks_no_page(
    root: Client, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    monkeypatch.setattr(Organization, "__str__", lambda self: name)
    for url in (OWNERS, page_of(owner), page_of(owner, "repin"), page_of(owner, "history")):
        assert root.get(url).status_code == 200
    shown = f">organization {owner.organization_id}</a>"
    assert shown in root.get(page_of(owner)).content.decode()


def test_an_owner_name_that_raises_breaks_no_page(
    root: Client, owner: OriginOwner, configure: Callable[..., None], stackone: FakeStackOne
) -> None:
    def raises(organization: object) -> str:
        raise LookupError("not today")

    configure(OWNER_NAME=raises)
    for url in (OWNERS, page_of(owner)):
        assert "OWNER_NAME raises LookupError" in root.get(url).content.decode()
    for ask in (root.get, root.post):
        said = ask(page_of(owner, "repin"), follow=True).content.decode()
        assert "Not repinned: OWNER_NAME raises LookupError" in said
    assert stackone.calls == []


def test_settings_that_can_not_be_used_are_said_on_the_page(
    root: Client, owner: OriginOwner, configure: Callable[..., None]
) -> None:
    AccountFactory.create(owner=owner)
    SessionFactory.create(owner=owner)
    configure(DEADLINE="soon")
    lists = [
        reverse(f"admin:stackone_connect_{name}_changelist")
        for name in ("connectsession", "linkedaccount", "webhookevent", "ownertombstone")
    ]
    for url in (*lists, OWNERS, page_of(owner), OVERVIEW):
        assert "DEADLINE" in root.get(url).content.decode(), url
    for name in ("link", "repin", "ask"):
        assert "DEADLINE" in root.post(page_of(owner, name), follow=True).content.decode()
