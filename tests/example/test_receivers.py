"""The example tells an organization when an account of theirs stops working."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from example_project.accounts.models import User
from stackone_connect.models import OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services._reconcile import reconcile
from tests.factories import SnapshotFactory, UserFactory

pytestmark = pytest.mark.django_db


def say(owner: OriginOwner, **values: Any) -> None:
    """StackOne describes an account of this owner."""
    snapshot = SnapshotFactory.build(
        account_id="acc", origin_owner_id=owner.origin_owner_id, provider_name="Lever", **values
    )
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[snapshot])


@pytest.fixture
def members(member: User) -> list[User]:
    member.email = "member@acme.example"
    member.save()
    UserFactory.create(organization=member.organization, email="")
    UserFactory.create(email="member@globex.example")
    return [member]


def test_the_members_of_that_organization_are_told_once(
    owner: OriginOwner, members: list[User]
) -> None:
    say(owner, status="active", label="EMEA")
    assert mail.outbox == []
    say(owner, status="error", label="EMEA")
    say(owner, status="error", label="EMEA")
    (told,) = mail.outbox
    assert told.subject == "Lever (EMEA) needs to be reconnected"
    assert told.recipients() == ["member@acme.example"]


def test_nobody_is_written_to_where_nobody_has_an_address(owner: OriginOwner) -> None:
    say(owner, status="error")
    assert mail.outbox == []


def test_it_is_told_again_when_it_broke_again(owner: OriginOwner, members: list[User]) -> None:
    for status in ("error", "active", "error"):
        say(owner, status=status)
    assert len(mail.outbox) == 2
