"""Rows of the host's own that point to ours, or a receiver of its own, may protect one of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model, ProtectedError, RestrictedError
from django.db.models.signals import pre_delete

from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import owners, retention
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

Hold = Callable[[Model], None]


@pytest.fixture(params=[ProtectedError, RestrictedError])
def hold(request: pytest.FixtureRequest) -> Iterator[Hold]:
    """Have a row protected."""
    held: set[tuple[type[Model], Any]] = set()

    def refuse(sender: type[Model], instance: Model, **_: Any) -> None:
        if (sender, instance.pk) in held:
            raise request.param("an import of the host's is of it", {instance})

    pre_delete.connect(refuse)
    yield lambda row: held.add((type(row), row.pk))
    pre_delete.disconnect(refuse)


def old_session(owner: OriginOwner, **fields: Any) -> ConnectSession:
    return SessionFactory.create(
        owner=owner, created_at=clock.now() - timedelta(days=1000), **fields
    )


def test_an_old_session_that_is_held_keeps_no_other_from_going(
    hold: Hold, owner: OriginOwner, lines: Callable[..., list[str]]
) -> None:
    old = [old_session(owner) for _ in range(7)]
    hold(old[2])
    hold(old[5])
    assert retention.prune().sessions == 5
    assert set(ConnectSession.objects.all()) == {old[2], old[5]}
    assert lines("retention.held") == ["retention.held kind=connectsession rows=2"]


def test_nothing_is_said_where_nothing_is_held(
    owner: OriginOwner, lines: Callable[..., list[str]]
) -> None:
    old_session(owner)
    assert retention.prune().sessions == 1
    assert lines("retention.held") == []


def test_a_deleted_organization_whose_account_is_held_keeps_no_other_waiting(
    hold: Hold,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    lines: Callable[..., list[str]],
) -> None:
    configure(ON_ORGANIZATION_DELETE="disconnect")
    accounts: list[LinkedAccount] = []
    for _ in range(3):
        accounts.append(AccountFactory.create(owner=OwnerFactory.create()))
        stackone.accounts[accounts[-1].account_id] = snapshot_of(accounts[-1])
        organization_of(accounts[-1].owner).delete()
    hold(accounts[0])
    assert owners.finish_deletions() == 2
    assert list(OriginOwner.objects.all()) == [accounts[0].owner]
    assert stackone.accounts == {}
    [line] = lines("origin_owner.held")
    assert line.startswith(f"origin_owner.held owner={accounts[0].owner_id} error=")
