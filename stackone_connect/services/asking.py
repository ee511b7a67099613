"""Ask StackOne what is true of the accounts that events name, write it down, close the events.

Events of one account are one question, whatever they say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from stackone_connect import client as clients
from stackone_connect import clock, conf, hints
from stackone_connect.choices import EventState
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneError,
)
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import accounts, leases, polling

Events = Sequence[WebhookEvent]

#: On an event at which something of ours failed.
UNEXPECTED = "unexpected_error"


def attempt(events: Events, *, client: Client | None = None) -> StackOneError | None:
    """Ask about the one account that these leased events name; every event is closed or postponed.

    Answers the failure where StackOne gave no answer. Anything else that fails is raised, after the
    events were postponed.
    """
    try:
        if not quarantine_unknown(events):
            _ask(events, client or clients.current())
    except AccountNotFoundError:
        # Gone before we ever saw it, or StackOne's own copies are not level yet.
        _postpone(events, AccountNotFoundError.code)
    except StackOneError as error:
        _postpone(events, error.code)
        return error
    except Exception:
        _postpone(events, UNEXPECTED)
        raise
    return None


def quarantine_unknown(events: Events) -> bool:
    """Put events in quarantine whose owner we do not have; whether they were such.

    They are of another environment, or of an organization not pinned yet: no call is spent on them.
    """
    unknown = bool(events[0].origin_owner_id) and _named_owner(events) is None
    if unknown:
        _close(events, EventState.QUARANTINED, leases.UNKNOWN_OWNER)
    return unknown


def ask_together(questions: Mapping[str, Events], *, client: Client) -> dict[str, Events]:
    """Ask about several accounts of one owner at once; the questions that are still open.

    An account that the list does not show may still exist: only StackOne's 404 says that it is
    gone, so it has to be asked for alone. Raises what the client raises.
    """
    owner = _named_owner(next(iter(questions.values())))
    if owner is None:
        return dict(questions)
    deadline = Deadline(conf.read().deadline)
    asked_at = clock.now()
    found: dict[str, AccountSnapshot] = {}
    for snapshot in client.accounts_named(list(questions), deadline=deadline):
        found[snapshot.account_id] = snapshot
        if len(found) == len(questions):
            break  # a further page would bring nothing new
    answered = {name: events for name, events in questions.items() if name in found}
    _write_down(owner, asked_at, found.values(), answered, client=client, deadline=deadline)
    return {name: events for name, events in questions.items() if name not in found}


def _ask(events: Events, client: Client) -> None:
    """Events of one account, with a deadline of their own."""
    account_id = events[0].account_id
    deadline = Deadline(conf.read().deadline)
    asked_at = clock.now()
    try:
        snapshot = client.get_account(account_id, deadline=deadline)
    except AccountNotFoundError:
        rows = LinkedAccount.objects.filter(account_id=account_id).select_related("owner")
        if not rows:
            raise
        for row in rows:
            accounts.record(owner=row.owner, asked_at=asked_at, missing=[account_id])
        _close(events, EventState.DONE)
        return
    if snapshot.account_id != account_id:
        raise StackOneBadAnswerError
    _learn_owner(events, snapshot.origin_owner_id)
    owner = _named_owner(events)
    if owner is None:
        _close(events, EventState.QUARANTINED, leases.UNKNOWN_OWNER)
        return
    _write_down(owner, asked_at, [snapshot], {account_id: events}, client=client, deadline=deadline)


def _write_down(
    owner: OriginOwner,
    asked_at: datetime,
    snapshots: Collection[AccountSnapshot],
    questions: Mapping[str, Events],
    *,
    client: Client,
    deadline: Deadline,
) -> None:
    """Record what StackOne answered, and close the events that asked for it."""
    own = [s for s in snapshots if s.origin_owner_id == owner.origin_owner_id]
    if own:
        accounts.record(
            owner=owner,
            asked_at=asked_at,
            present=own,
            evidence=polling.attempts_for(
                owner=owner,
                providers={s.provider for s in own},
                client=client,
                deadline=deadline,
            ),
            event_dates=_update_dates(questions),
        )
    for snapshot in own:
        _close(questions[snapshot.account_id], EventState.DONE)
    for snapshot in snapshots:
        if snapshot.origin_owner_id != owner.origin_owner_id:
            ours = LinkedAccount.objects.of(owner).filter(account_id=snapshot.account_id)
            if ours.exists():
                accounts.record(owner=owner, asked_at=asked_at, present=[snapshot])
            why = leases.OF_ANOTHER_OWNER
            _close(questions[snapshot.account_id], EventState.QUARANTINED, why)


def _update_dates(questions: Mapping[str, Events]) -> dict[str, datetime]:
    """When accounts were updated, by the newest of their events that says so."""
    dates: dict[str, datetime] = {}
    for account_id, events in questions.items():
        told = [e.event_date for e in events if e.event == hints.UPDATED and e.event_date]
        if told:
            dates[account_id] = max(told)
    return dates


def _named_owner(events: Events) -> OriginOwner | None:
    """Whose account the events say it is, if we have that owner."""
    return OriginOwner.objects.filter(origin_owner_id=events[0].origin_owner_id).first()


def _learn_owner(events: Events, origin_owner_id: str) -> None:
    """Note whose account it is on events that did not say, so that they are found by it."""
    longest = WebhookEvent._meta.get_field("origin_owner_id").max_length or 0
    if not events[0].origin_owner_id and len(origin_owner_id) <= longest:
        for event in events:
            event.origin_owner_id = origin_owner_id
        rows = WebhookEvent.objects.filter(pk__in=[event.pk for event in events])
        rows.update(origin_owner_id=origin_owner_id)


def _close(events: Events, state: EventState, why: str = "") -> None:
    for event in events:
        leases.close(event, state, why)


def _postpone(events: Events, code: str) -> None:
    for event in events:
        leases.postpone(event, code)
