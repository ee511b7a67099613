"""What happened to an organization's accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from stackone_connect import clock
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.services import activity
from stackone_connect.services.activity import ActivityKind
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
)


def completed(owner: OriginOwner, hours: int, outcome: str = "create", **more: Any) -> Any:
    at = clock.now() - timedelta(hours=hours)
    return SessionFactory.create(
        owner=owner, status="completed", outcome=outcome, completed_at=at, **more
    )


def kinds(owner: OriginOwner, **arguments: Any) -> list[ActivityKind]:
    found = activity.recent(organization=organization_of(owner), **arguments)
    return [one.kind for one in found]


def test_what_was_connected_updated_added_and_refused_is_told_newest_first(
    owner: OriginOwner,
) -> None:
    account = AccountFactory.create(owner=owner, label="EMEA")
    completed(owner, 9, account_id=account.account_id)
    completed(owner, 7, "update", account_id=account.account_id)
    completed(owner, 5, "multiple", account_id="elsewhere")
    SessionFactory.create(
        owner=owner, attempt_status="error", attempt_at=clock.now() - timedelta(hours=6)
    )
    found = activity.recent(organization=organization_of(owner))
    assert [one.kind for one in found] == [
        ActivityKind.ADDED,
        ActivityKind.REFUSED,
        ActivityKind.UPDATED,
        ActivityKind.CONNECTED,
    ]
    assert [one.account for one in found] == [None, None, account, account]
    assert {one.provider for one in found} == {"bamboohr"}
    assert {one.who for one in found} == {"member@acme.example"}


def test_abandoned_forms_and_what_stackone_refused_to_give_are_left_out(
    owner: OriginOwner,
) -> None:
    past = clock.now() - timedelta(hours=2)
    SessionFactory.create(owner=owner)
    SessionFactory.create(owner=owner, expires_at=past)
    SessionFactory.create(owner=owner, status="failed", error_code="stackone_unavailable")
    SessionFactory.create(owner=owner, status="pending")
    SessionFactory.create(owner=owner, attempt_status="cancelled", attempt_at=past)
    assert kinds(owner) == []


def test_an_account_keeps_its_name_after_a_disconnect(owner: OriginOwner) -> None:
    gone = AccountFactory.create(
        owner=owner, label="EMEA", disconnected_at=clock.now() - timedelta(hours=1)
    )
    # Chosen in the hub, so that the session itself names no provider.
    completed(owner, 9, provider="", account_id=gone.account_id)
    left, connected = activity.recent(organization=organization_of(owner))
    assert (left.kind, connected.kind) == (ActivityKind.DISCONNECTED, ActivityKind.CONNECTED)
    assert connected.account == left.account == gone
    assert connected.provider == "bamboohr"


def test_earlier_things_are_told_in_turn_and_none_twice(owner: OriginOwner) -> None:
    for hours in range(1, 8):
        completed(owner, 2 * hours, account_id="a")
        AccountFactory.create(
            owner=owner, disconnected_at=clock.now() - timedelta(hours=2 * hours + 1)
        )
    seen: list[Any] = []
    before = None
    while True:
        page = activity.recent(organization=organization_of(owner), limit=4, before=before)
        if not page:
            break
        assert len(page) <= 4
        seen += page
        before = page[-1].at
    assert len(seen) == len({one.at for one in seen}) == 14
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)


def test_an_organization_without_history_has_none_and_sees_no_others(
    owner: OriginOwner,
) -> None:
    completed(OwnerFactory.create(), 1, account_id="theirs")
    assert kinds(owner) == []
    assert activity.recent(organization=OrganizationFactory.create()) == []
    assert ConnectSession.objects.count() == 1
