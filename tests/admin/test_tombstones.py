"""Owner ids that were given up: found by the id, deleted by who may, never edited."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from stackone_connect.models import OwnerTombstone
from tests.admin.people import staff

pytestmark = pytest.mark.django_db

LIST = reverse("admin:stackone_connect_ownertombstone_changelist")


def tombstone(owner_id: str, project: str = "default", **fields: str) -> OwnerTombstone:
    digest = OwnerTombstone.digest_of(project, owner_id)
    return OwnerTombstone.objects.create(digest=digest, **fields)


def test_one_is_found_by_the_exact_owner_id(client: Client) -> None:
    found, other = tombstone("acme"), tombstone("globex")
    staff(client, "view_ownertombstone")
    page = client.get(LIST, {"q": " acme "}).content.decode()
    assert str(found) in page
    assert str(other) not in page
    assert str(found) not in client.get(LIST, {"q": "acm"}).content.decode()
    assert found.digest not in page


def test_one_is_found_in_whichever_project_it_was(client: Client, several_projects: None) -> None:
    found, before = tombstone("acme", "us"), tombstone("acme")
    staff(client, "view_ownertombstone")
    page = client.get(LIST, {"q": "acme"}).content.decode()
    assert str(found) in page
    assert str(before) in page


def test_it_says_who_may_use_the_id_again(client: Client) -> None:
    tombstone("acme", organization_digest="d")
    tombstone("globex")
    staff(client, "view_ownertombstone")
    page = client.get(LIST).content.decode()
    assert page.count("The organization that had it") == 1
    assert page.count("Nobody, until this entry is deleted") == 1


def test_who_may_only_look_can_not_delete(client: Client) -> None:
    kept = tombstone("acme")
    staff(client, "view_ownertombstone")
    name = "admin:stackone_connect_ownertombstone"
    assert client.get(reverse(f"{name}_change", args=[kept.pk])).status_code == 200
    assert client.post(reverse(f"{name}_delete", args=[kept.pk]), {"post": 1}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [kept.pk], "post": 1})
    assert OwnerTombstone.objects.get() == kept


def test_none_is_added_or_changed_by_hand(client: Client) -> None:
    kept = tombstone("acme")
    staff(
        client,
        *(f"{act}_ownertombstone" for act in ("view", "add", "change", "delete")),
    )
    name = "admin:stackone_connect_ownertombstone"
    assert client.get(reverse(f"{name}_add")).status_code == 403
    assert client.post(reverse(f"{name}_change", args=[kept.pk]), {}).status_code == 403
