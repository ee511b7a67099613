"""A session that was settled by a guess while StackOne was asked about its attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stackone_connect import clock
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services._reconcile import Evidence, reconcile
from tests.factories import AccountFactory, SessionFactory, snapshot_of

pytestmark = pytest.mark.django_db


def test_a_guess_made_while_the_attempt_was_asked_for_is_taken_back_by_the_next_event(
    owner: OriginOwner,
) -> None:
    """The attempt names an account that we do not have (yet), found with another's event."""
    guessed = AccountFactory.create(owner=owner, account_id="c")
    other = AccountFactory.create(owner=owner, account_id="b", provider="personio")
    session = SessionFactory.create(owner=owner)
    as_read = ConnectSession.objects.get()  # by ``attempts_for``
    # Meanwhile another worker processes an event of "c".
    moved = snapshot_of(guessed, updated_at=clock.now() - timedelta(seconds=20))
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[moved])
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("update", "c")
    attempt = ConnectionAttempt(status="ok", code="", account_id="a", at=clock.now())
    reconcile(
        project=owner.project,
        fetch=FetchNumber.take(),
        present=[snapshot_of(other)],
        evidence=[Evidence(session=as_read, attempt=attempt)],
    )
    reconcile(project=owner.project, fetch=FetchNumber.take(), present=[moved])
    session.refresh_from_db()
    assert (session.attempt_account_id, session.outcome, session.account_id) == ("a", "", "")
