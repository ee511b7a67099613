"""Webhooks beside dj-stripe's: both verify, record the event, ask for the object and record it."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from benchmarks import servers
from benchmarks.database import database, empty_database
from benchmarks.load import ROUNDS, Requests, load, rounds
from benchmarks.results import Results, of_ratios, of_rounds
from benchmarks.servers import PEERS, ROOT, Server
from benchmarks.site import add_accounts, post
from benchmarks.stackone import customer
from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.models import OriginOwner, WebhookEvent
from stackone_connect.services import events
from tests.webhooks.deliveries import ADDRESS, SECRET, event_body, signature_of

THREADS = 8
OWNERS, ACCOUNTS = 200, 5
#: Events that are due at once, where a run of ``stackone_process`` is measured.
DUE = 2 * OWNERS * ACCOUNTS
NO_WORK = "benchmarks.webhook.no_work"
DJSTRIPE = os.environ.get("DJSTRIPE", str(ROOT / ".venv-djstripe"))
_UUID = "11111111-2222-4333-8444-555555555555"
_NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def no_work(job: str, **ids: object) -> None:
    """A queue that takes a job and does nothing."""


def measure() -> Results:
    """Ratios of events per second, and queries per event."""
    with ExitStack() as stack:
        stackone = stack.enter_context(servers.stackone())
        given = {**settings.STACKONE_CONNECT, "BASE_URL": stackone.url}
        stack.enter_context(override_settings(STACKONE_CONNECT=given))
        # Each has rows of its own: events that are only stored stay due, and the next event of such
        # an account would do their work too; an event older than one before is more work.
        with database("queries"):
            _add_owners()
            found = _queries(given)
        only_stored = stack.enter_context(database("accept"))
        _add_owners()
        env = stack.enter_context(database("webhook"))
        env["BENCH_STACKONE"] = stackone.url
        _add_owners()
        inline = stack.enter_context(servers.django(THREADS, env))
        accept = stack.enter_context(
            servers.django(THREADS, only_stored | {"BENCH_BACKGROUND": NO_WORK})
        )
        djstripe = stack.enter_context(_djstripe(stackone))
        deliveries, charges = _deliveries(), _stripe_deliveries()
        loads = rounds(
            {
                "inline": partial(load, inline, deliveries, connections=THREADS, status=200),
                "accept": partial(load, accept, deliveries, connections=THREADS, status=200),
                "djstripe": partial(load, djstripe, charges, connections=THREADS, status=200),
            }
        )
        speed = {name: [each.per_second for each in of_it] for name, of_it in loads.items()}
        speed["drain"] = [_drained_per_second() for _ in range(ROUNDS)]
    for name, goal in {"inline": ">= 2.5", "accept": ">= 14", "drain": ">= 5"}.items():
        found[f"webhook_{name}_vs_djstripe"] = of_ratios(speed[name], speed["djstripe"], goal)
    for name, values in speed.items():
        found[f"webhook_per_second_{name}"] = of_rounds(values)
    for name, of_it in loads.items():
        found[f"webhook_cpu_ms_{name}"] = of_rounds([each.cpu_ms for each in of_it])
    return found


def _add_owners() -> None:
    organizations = Organization.objects.bulk_create(
        Organization(name=f"Organization {number}") for number in range(1, OWNERS + 1)
    )
    owners = OriginOwner.objects.bulk_create(
        OriginOwner(
            organization=organization,
            origin_owner_id=str(organization.pk),
            origin_owner_name=organization.name,
            accounts_read_at=clock.now(),
        )
        for organization in organizations
    )
    add_accounts(owners, ACCOUNTS)


def _bodies() -> Iterator[bytes]:
    """Updates of known accounts, each once later than the one before, without end."""
    owner_ids = list(OriginOwner.objects.values_list("origin_owner_id", flat=True))
    for number in itertools.count():
        # One owner after the other, so that no two requests at once are of the same.
        owner_id = owner_ids[number % OWNERS]
        account_id = f"account-{owner_id}-{number // OWNERS % ACCOUNTS}"
        moment = f"{_NOON + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S.000Z}"
        yield event_body("account.updated", account_id, origin_owner_id=owner_id, event_date=moment)


def _deliveries() -> Requests:
    for body in _bodies():
        yield post(ADDRESS, body, **{"x-stackone-signature": signature_of(body)})


def _queries(given: dict[str, object]) -> Results:
    """Of the second event each: what is read once is read by then."""
    bodies = _bodies()
    found = {"webhook_inline_queries": of_rounds([_queries_of_one(bodies)], "<= 9")}
    with override_settings(STACKONE_CONNECT={**given, "BACKGROUND": NO_WORK}):
        found["webhook_accept_queries"] = of_rounds([_queries_of_one(bodies)], "<= 1")
    WebhookEvent.objects.all().delete()
    _add_due()
    with CaptureQueriesContext(connection) as captured:
        count = events.process_due()
    assert count == DUE, count
    found["webhook_drain_queries"] = of_rounds([len(captured) / DUE], "<= 3")
    return found


def _queries_of_one(bodies: Iterator[bytes]) -> int:
    client = Client()
    for body in itertools.islice(bodies, 2):
        headers = {"x-stackone-signature": signature_of(body)}
        with CaptureQueriesContext(connection) as captured:
            response = client.post(ADDRESS, body, content_type="application/json", headers=headers)
            response.close()
        assert response.status_code == 200, response.content
    return len(captured)


# --- Events that are due -------------------------------------------------------------------------


def _add_due() -> None:
    """Two events of each account, as StackOne sends when one is linked."""
    now = clock.now()
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            project="default",
            event="account.updated",
            account_id=f"account-{owner_id}-{number % ACCOUNTS}",
            origin_owner_id=owner_id,
            provider="bamboohr",
            event_date=now,
            digest=hashlib.sha256(f"{now}/{owner_id}/{number}".encode()).hexdigest(),
            received_at=now,
            next_attempt_at=now,
        )
        for owner_id in OriginOwner.objects.values_list("origin_owner_id", flat=True)
        for number in range(DUE // OWNERS)
    )


def _drained_per_second() -> float:
    WebhookEvent.objects.all().delete()
    _add_due()
    began = time.perf_counter()
    count = events.process_due()
    assert count == DUE, count
    return count / (time.perf_counter() - began)


# --- dj-stripe -----------------------------------------------------------------------------------


@contextmanager
def _djstripe(stackone: Server) -> Iterator[Server]:
    """Its server, on a database of its own, with StackOne's stand-in as Stripe."""
    python, folder = f"{DJSTRIPE}/bin/python", PEERS / "djstripe"
    with empty_database("djstripe") as env:
        env |= {"BENCH_STACKONE": stackone.url, "DJANGO_SETTINGS_MODULE": "settings"}
        env |= {"PYTHONPATH": str(folder)}
        subprocess.run(
            [python, "prepare.py", _UUID, SECRET, str(OWNERS * ACCOUNTS)],
            cwd=folder,
            env=os.environ | env,
            check=True,
        )
        with servers.django(THREADS, env, python=python, cwd=folder) as server:
            yield server


def _stripe_deliveries() -> Requests:
    """Updates of known customers, as Stripe signs them, without end."""
    for number in itertools.count():
        moment = int(time.time())
        event = {
            "id": f"evt_{number}",
            "object": "event",
            "api_version": "2020-08-27",
            "created": moment,
            "data": {"object": customer(f"cus_{number % (OWNERS * ACCOUNTS)}")},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": "customer.updated",
        }
        body = json.dumps(event).encode()
        signed = hmac.digest(SECRET.encode(), f"{moment}.".encode() + body, "sha256").hex()
        signature = f"t={moment},v1={signed}"
        yield post(f"/stripe/webhook/{_UUID}/", body, **{"stripe-signature": signature})
