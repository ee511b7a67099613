"""A connection that was lost while a transaction ended does not break its thread for good."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction

from stackone_connect.models import WebhookEvent
from tests.background.conftest import SharedDatabase
from tests.webhooks.deliveries import StackOneDelivers, said


def lose_while_a_transaction_ends() -> None:
    """The server is gone when the driver switches back to autocommit, and at the next savepoint."""
    usual: Any = connection._set_autocommit  # type: ignore[attr-defined]  # Django's own hook
    connection._set_autocommit = lambda on: _gone() if on else usual(on)  # type: ignore[attr-defined]  # for this thread alone
    try:
        with transaction.atomic():
            WebhookEvent.objects.count()
    except OperationalError:
        pass
    finally:
        connection._set_autocommit = usual  # type: ignore[attr-defined]  # as it was
    connection.connection.close()
    try:
        with transaction.atomic():
            WebhookEvent.objects.count()
    except Exception:  # noqa: BLE001, S110 - each driver says in its own way that it is closed
        pass


def _gone() -> None:
    raise OperationalError("server has gone away")


def test_the_next_request_of_the_thread_is_served(shared_database: SharedDatabase) -> None:
    def requests() -> list[tuple[int, str]]:
        lose_while_a_transaction_ends()
        stuck = connection.in_atomic_block and not connection.atomic_blocks
        assert stuck, "Django no longer leaves it so: drop what sees to it"
        site = StackOneDelivers()
        return [said(site.event()), said(site.event())]

    [(first, second)] = shared_database.at_once(requests)
    assert first in {(503, "unavailable"), (200, "accepted")}
    assert second[0] == 200
