"""Webhook events: take one in, ask StackOne what is true, write that down.

Nothing that an event says is believed. It is stored before it is answered, so that nothing that was
answered ``accepted`` is lost; order, repetition and loss change nothing about where things end.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError, DataError, IntegrityError, connections, transaction

from stackone_connect import client as clients
from stackone_connect import conf, signals
from stackone_connect.choices import EventState
from stackone_connect.client import Client
from stackone_connect.exceptions import (
    ConfigurationError,
    InvalidEventError,
    InvalidSignatureError,
    WebhookNotConfiguredError,
)
from stackone_connect.models import WebhookEvent, statements
from stackone_connect.models.transactions import database, retry, transact
from stackone_connect.services._calls import calls_stackone
from stackone_connect.services._webhooks import batches, parsing, processing, queue, signature
from stackone_connect.services._webhooks.parsing import AccountEvent

__all__ = ["Received", "process", "process_due", "receive", "replay"]

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
IGNORED = "ignored"
#: MariaDB's and MySQL's error for a text that the character set of the connection does not have.
_INCORRECT_STRING = 1366


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a delivery. ``event_id`` is set where there is something to process."""

    status: str
    event_id: int | None = None


def receive(*, body: bytes, signature_header: str, project: str | None = None) -> Received:
    """Take in one delivery: verify it over its raw bytes, store it, answer what became of it.

    ``project`` names the StackOne project that it must come from; without it, the secret that
    verifies says which.

    Raises :class:`WebhookNotConfiguredError`, :class:`InvalidSignatureError`,
    :class:`InvalidEventError` and :class:`UnavailableError`, after which nothing was written: have
    StackOne send it again, by a status of 500 or above, after the last. :class:`ConfigurationError`
    where ``AUTOCOMMIT`` is off in ``DATABASES``. Calls nobody.
    """
    signed_by = _verified_project(body, signature_header, project)
    payload, event = parsing.parse(body, project=signed_by)
    if event is None:
        signals.event_verified.send_robust(WebhookEvent, payload=payload)
        return Received(status=IGNORED)
    try:
        stored = retry(partial(_store, event, project=signed_by))
    except IntegrityError:
        known = WebhookEvent.objects.filter(digest=event.digest, state=EventState.DUE).first()
        return Received(status=DUPLICATE, event_id=known.pk if known else None)
    except DatabaseError as error:
        if _is_of_the_text(error):
            # Of an owner or a provider that can't be ours, and would be sent again and again.
            raise InvalidEventError from None
        raise
    signals.event_verified.send_robust(WebhookEvent, payload=payload)
    return Received(status=ACCEPTED, event_id=stored.pk)


def _store(event: AccountEvent, *, project: str) -> WebhookEvent:
    """One statement, which needs no transaction; within one, a duplicate must not end that."""
    row = WebhookEvent(
        project=project,
        event=event.event,
        account_id=event.account_id,
        origin_owner_id=event.origin_owner_id,
        provider=event.provider,
        event_date=event.event_date,
        digest=event.digest,
    )
    connection = connections[database()]
    alone = not connection.in_atomic_block
    if alone and not connection.settings_dict["AUTOCOMMIT"]:
        raise ConfigurationError(
            f"DATABASES[{connection.alias!r}]['AUTOCOMMIT'] is False, so nobody would commit an "
            "event that StackOne is told was accepted."
        )
    with nullcontext() if alone else transaction.atomic(using=connection.alias):
        statements.insert(row, connection.alias)
    return row


def _is_of_the_text(error: DatabaseError) -> bool:
    """Whether the database has no such characters as it was given.

    Drivers disagree about the class: mysqlclient raises its ``OperationalError`` with this code.
    """
    return isinstance(error, DataError) or error.args[:1] == (_INCORRECT_STRING,)


def _verified_project(body: bytes, signature_header: str, project: str | None) -> str:
    """The StackOne project one of whose secrets signed the body.

    By itself, so that no secret is in a frame that a later error's report would show.
    """
    secrets = {
        each.name: each.webhook_secrets
        for each in conf.projects().values()
        if project in (None, each.name)
    }
    if not any(secrets.values()):
        raise WebhookNotConfiguredError
    for name, given in secrets.items():
        if signature.is_valid(body, signature_header, given):
            return name
    raise InvalidSignatureError


@calls_stackone
def process(*, event_id: int, client: Client | None = None) -> None:
    """Ask StackOne about the account of an event, and close all its due events.

    Safe to call twice at once. Not to be called inside a transaction. Raises nothing of StackOne's:
    a failure is noted on the rows, which are due again later.
    """
    claim = queue.claim_account_of(event_id)
    with queue.released_if_interrupted(claim):
        for account_id, [event, *_] in list(claim.events.items()):
            try:
                asked = client or clients.current(event.project)
            except ConfigurationError:
                queue.release(claim)
                raise
            processing.process_account(claim, account_id, event.project, asked)


@calls_stackone
def process_due(*, client: Client | None = None, limit: int | None = None) -> int:
    """Process what is due in each StackOne project, oldest first; how many events were taken up.

    Any number of processes may do so at once. ``limit`` ends a project after about so many. A
    project ends early when StackOne answers nothing there: what is left stays due, with all its
    attempts. Raises nothing of StackOne's; not to be called inside a transaction.
    """
    queue.release_known()
    return sum(
        batches.Run(project, client or clients.current(project)).process(limit)
        for project in conf.projects()
    )


def replay(*, event_ids: Sequence[int]) -> int:
    """Make events due again, whatever became of them; how many. Processing is the caller's."""
    return transact(WebhookEvent.objects.filter(pk__in=event_ids).make_due)
