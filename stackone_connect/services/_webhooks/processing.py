"""Ask StackOne about the accounts that claimed events name, write it down, close the events.

Events of one account are one question, whatever they say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from datetime import datetime, timedelta

from stackone_connect import conf, database_errors
from stackone_connect.choices import EventState
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, Fetch
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneOutError,
    UnavailableError,
)
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.transactions import update
from stackone_connect.services import _polling
from stackone_connect.services._reconcile import Evidence, reconcile
from stackone_connect.services._webhooks import queue
from stackone_connect.services._webhooks.interruptions import is_interruption
from stackone_connect.services._webhooks.parsing import UPDATED
from stackone_connect.services._webhooks.queue import Claim

#: On an event at which something of ours failed.
UNEXPECTED = "unexpected_error"
#: On an event whose answer was older than what is on record.
OUTDATED = "outdated_answer"


def process_account(claim: Claim, account_id: str, project: str, client: Client) -> None:
    """Process the claimed events of one account.

    Raises nothing of StackOne's: events that it gave no answer for are due again later. What fails
    otherwise is raised, after the events were postponed.
    """
    quarantine_unknown(claim)
    if claim.events:
        ask_alone(claim, account_id, project, client)


def quarantine_unknown(claim: Claim) -> None:
    """Put events in quarantine that name an owner whom we do not have.

    They are of another environment, or of an organization not pinned yet: no call is spent on them.
    """
    known = {"", *claim.owner_keys}
    events = [event for of_account in claim.events.values() for event in of_account]
    out = [event for event in events if event.origin_owner_id not in known]
    if out:
        queue.close(claim, out, EventState.QUARANTINED, queue.UNKNOWN_OWNER)


def ask_list(claim: Claim, project: str, client: Client) -> None:
    """Ask about several accounts at once.

    An account that the list does not show may still exist: only StackOne's 404 says that it is
    gone. Raises what the client raises.
    """
    deadline = Deadline(conf.read().deadline)
    fetch = claim.take_fetch()
    wanted = len(claim.events)
    found: dict[str, AccountSnapshot] = {}
    for snapshot in client.accounts_named(list(claim.events), deadline=deadline):
        found[snapshot.account_id] = snapshot
        if len(found) == wanted:
            break  # a further page would bring nothing new
    _write_down(claim, project, found.values(), fetch, client=client, deadline=deadline)


def ask_alone(claim: Claim, account_id: str, project: str, client: Client) -> StackOneError | None:
    """Ask about one account, with a deadline of its own; its events are closed or postponed.

    Returns the failure where StackOne gave no answer.
    """
    deadline = Deadline(conf.read().deadline)
    fetch = claim.take_fetch()
    try:
        try:
            snapshot = client.get_account(account_id, deadline=deadline)
        except AccountNotFoundError:
            _write_missing(claim, account_id, project, fetch=fetch, deadline=deadline)
            return None
        if snapshot.account_id != account_id:
            raise StackOneBadAnswerError
        _write_down(claim, project, [snapshot], fetch, client=client, deadline=deadline)
    except StackOneOutError as error:
        queue.defer(claim, account_id, error.code)
        return error
    except StackOneError as error:
        queue.postpone(claim, account_id, error.code)
        return error
    except UnavailableError as error:
        # Others write of the same owner, which is no fault of the events'.
        queue.defer(claim, account_id, error.code, pause=queue.FIRST_BACKOFF)
    except Exception as error:
        if is_interruption(error):
            raise
        if database_errors.is_unavailable(error):
            queue.defer(claim, account_id, UnavailableError.code, pause=queue.FIRST_BACKOFF)
        else:
            queue.postpone(claim, account_id, UNEXPECTED)
        raise
    return None


def _write_missing(
    claim: Claim, account_id: str, project: str, *, fetch: Fetch, deadline: Deadline
) -> None:
    """Disconnect an account that StackOne does not have, and close its events."""
    known = LinkedAccount.objects.filter(account_id=account_id, owner__project=project)
    if not known.exists():
        # Gone before we ever saw it, or StackOne's own copies are not in sync yet.
        queue.postpone(claim, account_id, AccountNotFoundError.code)
        return
    done = reconcile(project=project, fetch=fetch, missing=[account_id], deadline=deadline)
    if done.outdated:
        queue.defer(claim, account_id, OUTDATED, pause=timedelta(0))
    else:
        queue.close(claim, claim.events[account_id], EventState.DONE)


def _write_down(
    claim: Claim,
    project: str,
    snapshots: Collection[AccountSnapshot],
    fetch: Fetch,
    *,
    client: Client,
    deadline: Deadline,
) -> None:
    """Reconcile what StackOne answered, and close the events of these accounts."""
    owner_keys = _owner_keys(claim, project, {s.origin_owner_id for s in snapshots})
    is_ours = conf.project(project).is_ours
    believed: dict[str, list[WebhookEvent]] = {}
    providers: dict[str, set[str]] = defaultdict(set)
    for snapshot in snapshots:
        owner_id, events = snapshot.origin_owner_id, claim.events[snapshot.account_id]
        _learn_owner(claim, events, owner_id)
        believed[snapshot.account_id] = [e for e in events if e.origin_owner_id in ("", owner_id)]
        if believed[snapshot.account_id] and owner_id in owner_keys and is_ours(snapshot.type):
            providers[owner_id].add(snapshot.provider)
    evidence: list[Evidence] = []
    # Asked for only where there is a session that StackOne may know an attempt of.
    asked = [owner_keys[name] for name in providers if claim.may_have_attempts(name)]
    for owner in OriginOwner.objects.filter(pk__in=asked) if asked else ():
        evidence += _polling.attempts_for(
            owner=owner,
            providers=providers[owner.origin_owner_id],
            client=client,
            deadline=deadline,
        )
    # What nobody here has, and no believed event names, is not attached.
    strange = [s.account_id for s in snapshots if not believed[s.account_id]]
    known = LinkedAccount.objects.filter(owner__project=project, account_id__in=strange)
    ours = set(known.values_list("account_id", flat=True)) if strange else set()
    done = reconcile(
        project=project,
        fetch=fetch,
        present=[s for s in snapshots if believed[s.account_id] or s.account_id in ours],
        evidence=evidence,
        event_dates=_update_dates(believed),
        owner_keys=owner_keys,
        deadline=deadline,
    )
    closed: dict[str, list[WebhookEvent]] = defaultdict(list)
    for snapshot in snapshots:
        if snapshot.account_id in done.outdated:
            # What the later answer was asked for may have been before these events.
            queue.defer(claim, snapshot.account_id, OUTDATED, pause=timedelta(0))
            continue
        why = "" if is_ours(snapshot.type) else queue.OF_ANOTHER_TYPE
        if snapshot.origin_owner_id not in owner_keys:
            why = queue.UNKNOWN_OWNER
        for event in claim.events[snapshot.account_id]:
            is_believed = event in believed[snapshot.account_id]
            closed[why if is_believed else queue.OF_ANOTHER_OWNER].append(event)
    for why, events in closed.items():
        queue.close(claim, events, EventState.QUARANTINED if why else EventState.DONE, why)


def _owner_keys(claim: Claim, project: str, named: Set[str]) -> dict[str, int]:
    """The keys of those of these owners that we have; they are on the claim where events named
    them."""
    keys = {name: claim.owner_keys[name] for name in named & claim.owner_keys.keys()}
    if unknown := named - keys.keys():
        rows = OriginOwner.objects.filter(project=project, origin_owner_id__in=unknown)
        keys |= dict(rows.values_list("origin_owner_id", "pk"))
    return keys


def _update_dates(events: Mapping[str, Collection[WebhookEvent]]) -> dict[str, datetime]:
    """When accounts were updated, by the newest of their events that says so."""
    dates: dict[str, datetime] = {}
    for account_id, of_account in events.items():
        said = [e.event_date for e in of_account if e.event == UPDATED and e.event_date]
        if said:
            dates[account_id] = max(said)
    return dates


def _learn_owner(claim: Claim, events: Collection[WebhookEvent], origin_owner_id: str) -> None:
    """Note whose account it is on events that did not say, so that they are found by it."""
    longest = WebhookEvent._meta.get_field("origin_owner_id").max_length or 0
    silent = [event.pk for event in events if not event.origin_owner_id]
    if silent and len(origin_owner_id) <= longest:
        rows = WebhookEvent.objects.filter(pk__in=silent, lease=claim.lease)
        update(rows, origin_owner_id=origin_owner_id)
