"""Ask StackOne what became of sessions, where no webhook or browser has said so."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta

from django.db.models import Q

from stackone_connect import clock, conf, logs
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.exceptions import StackOneError
from stackone_connect.models import ConnectSession, ConnectSessionQuerySet, OriginOwner
from stackone_connect.services.recording import Evidence, record

#: How many sessions of an owner are asked about when an event names one of its accounts.
NEWEST = 10
#: Seconds for one session's attempt, which its owner can do without.
ATTEMPT_SECONDS = 4
#: A hub that was opened in time may be finished this long after its session expired.
FINISHED_WITHIN = timedelta(hours=1)


def without_attempt() -> ConnectSessionQuerySet:
    """Sessions that StackOne may still know an attempt of, newest first."""
    return (
        ConnectSession.objects.filter(
            status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED],
            attempt_account_id="",
            expires_at__gte=clock.now() - FINISHED_WITHIN,
        )
        .exclude(stackone_id="")
        .order_by("-created_at", "-id")
    )


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


def poll(*, client: Client, owner: OriginOwner | None = None) -> int:
    """Settle sessions without waiting for hints: for one owner, or for all that have open ones.

    Asks for each session's attempt, then lists the owner's accounts, since the hub's form path
    leaves no attempt. How many sessions were asked about. An owner that StackOne does not answer
    for is left to the next time.
    """
    sessions = without_attempt()
    if owner is not None:
        sessions = sessions.filter(owner=owner)
    asked = 0
    for owner_id in sessions.order_by().values_list("owner", flat=True).distinct():
        with suppress(StackOneError):
            asked += _poll_owner(OriginOwner.objects.get(pk=owner_id), client)
    return asked


def _poll_owner(owner: OriginOwner, client: Client) -> int:
    deadline = Deadline(conf.read().deadline)
    sessions = list(without_attempt().filter(owner=owner)[:NEWEST])
    evidence = _attempts(sessions, client, deadline)
    asked_at = clock.now()
    present = list(client.accounts_of(owner.origin_owner_id, deadline=deadline))
    record(owner=owner, asked_at=asked_at, present=present, evidence=evidence)
    return len(sessions)


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
