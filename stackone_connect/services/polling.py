"""Ask StackOne what became of sessions, where no webhook or browser has said so."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from stackone_connect import clock, conf, logs
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, ConnectSessionQuerySet, OriginOwner
from stackone_connect.prediction import FINISHED_WITHIN
from stackone_connect.services.recording import Evidence, record

#: How many sessions of an owner are asked about when an event names one of its accounts.
NEWEST = 10
#: How many sessions one poll asks about. With a list for each owner it stays well below the 1,000
#: requests a minute that StackOne allows a key (contract §2).
AT_ONCE = 250
#: Seconds for one session's attempt, which its owner can do without.
ATTEMPT_SECONDS = 4


def without_attempt() -> ConnectSessionQuerySet:
    """Sessions that StackOne may still know an attempt of, newest first."""
    return ConnectSession.objects.filter(
        status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED],
        attempt_account_id="",
        expires_at__gte=clock.now() - FINISHED_WITHIN,
    ).order_by("-created_at", "-id")


def attempts_for(
    *, owner: OriginOwner, providers: Collection[str], client: Client, deadline: Deadline
) -> list[Evidence]:
    """What StackOne knows of the owner's newest sessions that could be about each provider."""
    open_ones = without_attempt().filter(owner=owner)
    sessions = {
        session.pk: session
        for provider in sorted(providers)
        for session in open_ones.filter(Q(provider="") | Q(provider=provider))[:NEWEST]
    }
    return _attempts(sessions.values(), client, deadline)


def read_attempt(
    session: ConnectSession, *, client: Client, deadline: Deadline
) -> ConnectionAttempt | None:
    """StackOne's latest attempt of a session; ``None`` too when it can't be had just now."""
    if not session.stackone_id:
        return None
    try:
        return client.latest_attempt(
            session.stackone_id, deadline=deadline.at_most(ATTEMPT_SECONDS)
        )
    except StackOneError as error:
        logs.write(
            logging.WARNING,
            "connect_session.attempt_unread",
            code=error.code,
            session=session.pk,
            request_id=error.request_id,
        )
        return None


def poll(*, client: Client, owner: OriginOwner | None = None, limit: int | None = AT_ONCE) -> int:
    """Settle sessions without waiting for hints: for one owner, or for all that have open ones.

    Asks for the attempt of up to ``limit`` sessions (``None``: all), and for the accounts of each
    of their owners, since the hub's form path leaves no attempt. How many sessions were asked
    about. Where there are more, chance decides, so that none waits for ever. What StackOne does
    not answer is left to the next time, and ends this one where it answers nobody.
    """
    sessions = without_attempt().select_related("owner").order_by("?")
    if owner is not None:
        sessions = sessions.filter(owner=owner)
    by_owner: dict[OriginOwner, list[ConnectSession]] = {}
    for session in sessions[:limit]:
        by_owner.setdefault(session.owner, []).append(session)
    asked = 0
    for its_owner, own in by_owner.items():
        try:
            _poll_owner(its_owner, own, client)
        except (
            StackOneMisconfiguredError,
            StackOneRateLimitedError,
            StackOneUnavailableError,
        ) as error:
            logs.write(logging.WARNING, "connect_session.polling_stopped", code=error.code)
            break
        except StackOneError:
            continue
        asked += len(own)
    return asked


def _poll_owner(owner: OriginOwner, sessions: Sequence[ConnectSession], client: Client) -> None:
    evidence = _attempts(sessions, client, Deadline(conf.read().deadline))
    asked_at = clock.now()
    present: list[AccountSnapshot] = []
    try:
        deadline = Deadline(conf.read().deadline)
        present += client.accounts_of(owner.origin_owner_id, deadline=deadline)
    finally:
        # Also where the list fails: what was learned of attempts is true without it.
        record(owner=owner, asked_at=asked_at, present=present, evidence=evidence)


def _attempts(
    sessions: Iterable[ConnectSession], client: Client, deadline: Deadline
) -> list[Evidence]:
    found = []
    for session in sessions:
        if deadline.passed():
            break
        attempt = read_attempt(session, client=client, deadline=deadline)
        if attempt is not None:
            found.append(Evidence(session=session, attempt=attempt))
    return found
