"""Process what is due: many events for one owner at once, and no more when StackOne is mute."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from stackone_connect import client as clients
from stackone_connect import logs
from stackone_connect.client import Client
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from stackone_connect.models import WebhookEvent
from stackone_connect.services import asking, leases
from stackone_connect.services.transactions import refuse_inside_transaction

#: Accounts asked for in one list; more of StackOne's ids could make the address too long.
TOGETHER = 50
#: After so many failures in a row that would meet every other event too, a run ends.
PATIENCE = 3
_MUTE = (StackOneUnavailableError, StackOneRateLimitedError, StackOneMisconfiguredError)

#: The due events of one owner, by the account they name.
EventIds = Mapping[str, Sequence[int]]


class _Patience:
    """How often in a row StackOne has not answered."""

    def __init__(self) -> None:
        self._failures = 0

    def note(self, failure: StackOneError | None) -> None:
        """What came of one call; ``None`` is an answer."""
        self._failures = self._failures + 1 if isinstance(failure, _MUTE) else 0
        if failure is not None and self.is_exhausted():
            logs.write(logging.WARNING, "webhook_events.stopped", code=failure.code)

    def is_exhausted(self) -> bool:
        """Whether asking on would only use up the attempts of what is left."""
        return self._failures >= PATIENCE


def process_due(*, client: Client | None = None, limit: int = 500) -> int:
    """Process up to ``limit`` events that are due, oldest first; how many were taken up.

    Accounts of one owner are asked for together. Stops early when StackOne does not answer: what is
    left stays due, with all its attempts. Raises nothing of StackOne's; not to be called inside a
    transaction.
    """
    refuse_inside_transaction()
    client = client or clients.current()
    leases.release_known()
    patience = _Patience()
    return sum(_process(event_ids, client, patience) for event_ids in _by_owner(limit))


def _by_owner(limit: int) -> Iterator[EventIds]:
    """What is due, in pieces that StackOne can be asked about with one list."""
    due = WebhookEvent.objects.due().values_list("origin_owner_id", "account_id", "pk")
    owners: dict[str, dict[str, list[int]]] = {}
    for owner_id, account_id, pk in due[:limit]:
        owners.setdefault(owner_id, {}).setdefault(account_id, []).append(pk)
    for accounts in owners.values():
        rest = iter(accounts.items())
        while piece := dict(islice(rest, TOGETHER)):
            yield piece


def _process(event_ids: EventIds, client: Client, patience: _Patience) -> int:
    if patience.is_exhausted():
        return 0
    taken = {account_id: _take(ids) for account_id, ids in event_ids.items()}
    left = {account_id: events for account_id, events in taken.items() if events}
    count = sum(map(len, left.values()))
    if len(left) > 1:
        left = _together(left, client, patience)
    for events in left.values():
        if patience.is_exhausted():
            count -= len(events)
            for event in events:
                leases.put_back(event)
        elif held := [event for event in events if leases.renew(event)]:
            _alone(held, client, patience)
    return count


def _take(event_ids: Sequence[int]) -> asking.Events:
    return [event for event in map(leases.take, event_ids) if event is not None]


def _together(
    questions: dict[str, asking.Events], client: Client, patience: _Patience
) -> dict[str, asking.Events]:
    """Ask with one list; what is still to be asked for alone."""
    try:
        left, failure = asking.ask_together(questions, client=client), None
    except StackOneError as error:
        left, failure = questions, error
    except Exception as error:  # noqa: BLE001 - one account must not stand in the others' way
        _log_failure(error)
        return questions
    if failure is not None or len(left) < len(questions):
        patience.note(failure)
    return left


def _alone(events: asking.Events, client: Client, patience: _Patience) -> None:
    if asking.quarantine_unknown(events):
        return  # says nothing about whether StackOne answers
    try:
        patience.note(asking.attempt(events, client=client))
    except Exception as error:  # noqa: BLE001 - one account must not stand in the others' way
        _log_failure(error)


def _log_failure(error: Exception) -> None:
    logs.write(logging.ERROR, "webhook_event.failed", error=type(error).__name__)
