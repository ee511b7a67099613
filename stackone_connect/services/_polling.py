"""Ask StackOne what became of sessions, where no webhook or browser has said so."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence

from django.db.models import F, Q, Window
from django.db.models.functions import Coalesce, RowNumber

from stackone_connect import client as clients
from stackone_connect import clock, conf, logs
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import FINISHED_WITHIN, AccountSnapshot, ConnectionAttempt
from stackone_connect.exceptions import (
    StackOneError,
    StackOneOutError,
    UnavailableError,
)
from stackone_connect.models import ConnectSession, ConnectSessionQuerySet, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import update
from stackone_connect.services import _judging, _notifications
from stackone_connect.services._reconcile import Evidence, reconcile

#: How many sessions of an owner are asked about when an event names one of its accounts.
NEWEST = 10
#: How many sessions one poll asks about. With a list for each owner it stays well below the 1,000
#: requests a minute that StackOne allows a key (StackOne notes §2).
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
    """What StackOne knows of the owner's newest sessions that could be about each provider.

    Of one with a claim it was asked when that was made.
    """
    open_ones = without_attempt().filter(owner=owner, claimed_account_id="")
    sessions = {
        session.pk: session
        for provider in sorted(providers)
        for session in open_ones.filter(Q(provider="") | Q(provider=provider))[:NEWEST]
    }
    _, evidence = _attempts(sessions.values(), client, deadline)
    return evidence


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


def poll(
    *,
    client: Client | None = None,
    owner: OriginOwner | None = None,
    limit: int | None = AT_ONCE,
    deadline: Deadline | None = None,
) -> int:
    """Settle sessions without waiting for events: for one owner, or for all that have open ones.

    Asks for the attempt of up to ``limit`` sessions (``None``: each once), and for the accounts of
    each of their owners, since the hub's form path leaves no attempt. How many sessions were asked
    about. Owners take turns: each has one session asked about before any has its second, and the
    session that has waited longest comes first. What StackOne does not answer is left to the next
    time, and ends this one where it answers nobody of a project. Each owner has a deadline of its
    own, unless ``deadline`` is given for all of them.
    """
    _notifications.emit([], _judging.judge_left(owner, deadline=deadline))
    run = _Run(client, deadline)
    left = limit
    while (left is None or left > 0) and not (deadline is not None and deadline.passed()):
        waiting = run.waiting() if owner is None else run.waiting().filter(owner=owner)
        by_owner: dict[OriginOwner, list[ConnectSession]] = {}
        for session in waiting[: AT_ONCE if left is None else min(left, AT_ONCE)]:
            by_owner.setdefault(session.owner, []).append(session)
        if not by_owner:
            break
        for its_owner, own in by_owner.items():
            run.ask(its_owner, own)
            left = None if left is None else left - len(own)
    return run.asked


class _Run:
    """One run of polling: what was asked in it is not asked again."""

    def __init__(self, client: Client | None, deadline: Deadline | None) -> None:
        self.asked = 0
        self._client = client
        self._deadline = deadline
        self._began = clock.now()
        self._unavailable: set[str] = set()

    def waiting(self) -> ConnectSessionQuerySet:
        """The sessions that are still to be asked about, by turns of their owners."""
        since = Coalesce("polled_at", "created_at")
        turn = Window(
            RowNumber(), partition_by=[F("owner_id")], order_by=[since.asc(), F("pk").asc()]
        )
        not_yet = Q(polled_at=None) | Q(polled_at__lt=self._began)
        found = without_attempt().filter(not_yet).exclude(owner__project__in=self._unavailable)
        return (
            found.alias(since=since, turn=turn)
            .order_by("turn", "since", "pk")
            .select_related("owner")
        )

    def ask(self, owner: OriginOwner, sessions: Sequence[ConnectSession]) -> None:
        """Ask about sessions of one owner, unless StackOne answers nobody of its project."""
        if owner.project in self._unavailable:
            return
        try:
            client = self._client or clients.current(owner.project)
            self.asked += _poll_owner(owner, sessions, client, self._deadline)
        except StackOneOutError as error:
            logs.write(logging.WARNING, "connect_session.polling_stopped", code=error.code)
            self._unavailable.add(owner.project)
        except (StackOneError, UnavailableError) as error:
            logs.write(
                logging.WARNING,
                "connect_session.polling_failed",
                code=error.code,
                organization=owner.organization_id,
                request_id=error.request_id,
            )


def _poll_owner(
    owner: OriginOwner,
    sessions: Sequence[ConnectSession],
    client: Client,
    shared: Deadline | None = None,
) -> int:
    """How many of the sessions there was time to ask about."""
    deadline = shared or Deadline(conf.read().deadline)
    asked, evidence = _attempts(sessions, client, deadline)
    # Before anything can fail: no owner that StackOne refuses comes first again and again.
    polled = ConnectSession.objects.filter(pk__in=[session.pk for session in asked])
    update(polled, polled_at=clock.now())
    fetch = FetchNumber.take()
    present: list[AccountSnapshot] = []
    try:
        deadline = shared or Deadline(conf.read().deadline)
        present += client.accounts_of(owner.origin_owner_id, deadline=deadline)
    finally:
        # Also where the list fails: what was learned of attempts is true without it.
        reconcile(
            project=owner.project,
            fetch=fetch,
            present=present,
            evidence=evidence,
            # While too many sessions were open, nothing was guessed by what the accounts say.
            judges_unchanged=True,
        )
    return len(asked)


def _attempts(
    sessions: Iterable[ConnectSession], client: Client, deadline: Deadline
) -> tuple[list[ConnectSession], list[Evidence]]:
    """The sessions that there was time to ask about, and what StackOne knows of them."""
    asked, evidence = [], []
    for session in sessions:
        if deadline.passed():
            break
        attempt = read_attempt(session, client=client, deadline=deadline)
        asked.append(session)
        if attempt is not None:
            evidence.append(Evidence(session=session, attempt=attempt))
    return asked, evidence
