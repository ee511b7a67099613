"""The searches of every minute and every page find their rows by an index, on each database."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q, QuerySet

from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.models.indexes import HEALTHY, PartialIndex
from stackone_connect.services import _polling
from tests.factories import AccountFactory, OwnerFactory, SessionFactory

pytestmark = pytest.mark.django_db

SESSIONS = 3_000
HOUR = timedelta(hours=1)


def _sessions(owner: OriginOwner, others: list[OriginOwner]) -> Iterator[ConnectSession]:
    """A thirtieth of them of one owner, over a year; hardly any of what is searched for."""
    now = clock.now()
    for n in range(SESSIONS):
        made = now - timedelta(hours=3 * n + 2)
        facts: dict[str, Any] = {}
        if n % 3 == 0:
            facts = {"attempt_status": "ok", "attempt_account_id": f"acc-{n % 200}"}
        elif n % 3 == 1:
            facts = {"claimed_account_id": f"acc-{n % 200}"}
        if n % 3 < 2:
            facts |= {"status": "completed", "outcome": "create", "account_id": f"acc-{n % 200}"}
            facts |= {"completed_at": made, "notified_at": made}
        elif n % 30 == 2:
            facts = {"status": "failed", "error_code": "stackone_unavailable", "stackone_id": ""}
        yield SessionFactory.build(
            owner=owner if n % 30 == 0 else others[n % len(others)], created_at=made, **facts
        )


@pytest.fixture
def large(db: None) -> OriginOwner:
    """An owner of many rows among others, and a database that knows how they are."""
    owner, *others = OwnerFactory.create_batch(40)
    now = clock.now()
    ConnectSession.objects.bulk_create(_sessions(owner, others))
    LinkedAccount.objects.bulk_create(
        AccountFactory.build(
            owner=owner if n % 30 == 0 else others[n % len(others)],
            account_id=f"acc-{n}",
            status="error" if n % 100 == 0 else "active",
            created_at=now - timedelta(hours=n),
        )
        for n in range(SESSIONS)
    )
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            event="account.updated",
            digest=str(n),
            account_id=f"acc-{n}",
            origin_owner_id=(owner if n % 30 == 0 else others[n % len(others)]).origin_owner_id,
            state="quarantined" if n % 100 == 0 else "done",
            received_at=now - timedelta(hours=n),
            next_attempt_at=now - timedelta(hours=n),
        )
        for n in range(SESSIONS)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return owner


Search = Callable[[OriginOwner], QuerySet[Any]]

#: Indexes for lists of all rows, which no condition names.
ONLY_ORDER = {
    "stackone_session_newest",
    "stackone_account_newest",
    "stackone_event_received",
    "stackone_owner_name",
}
#: What is searched for, by the indexes that find it.
SEARCHES: list[tuple[tuple[str, ...], Search]] = [
    # The API and the admin.
    (("stackone_session_history",), lambda o: ConnectSession.objects.of(o)[:51]),
    (
        ("stackone_session_provider",),
        lambda o: ConnectSession.objects.of(o).filter(provider="lever")[:51],
    ),
    (
        ("stackone_session_open",),
        lambda o: ConnectSession.objects.of(o).reading("issued"),
    ),
    (
        ("stackone_session_not_issued",),
        lambda o: ConnectSession.objects.of(o).reading("pending"),
    ),
    (("stackone_session_newest",), lambda o: ConnectSession.objects.all()[:51]),
    (("stackone_session_not_issued",), lambda o: ConnectSession.objects.reading("failed")[:51]),
    (("stackone_session_remote_id",), lambda o: ConnectSession.objects.filter(stackone_id="x")),
    (("stackone_account_history",), lambda o: LinkedAccount.objects.of(o)[:51]),
    (("stackone_account_newest",), lambda o: LinkedAccount.objects.all()[:51]),
    (("stackone_account_not_active",), lambda o: LinkedAccount.objects.filter(status="error")),
    (("stackone_account_not_active",), lambda o: LinkedAccount.objects.broken()),
    (("stackone_account_id",), lambda o: LinkedAccount.objects.filter(account_id="acc-7")),
    (("stackone_event_received",), lambda o: WebhookEvent.objects.all()[:51]),
    (("stackone_event_not_done",), lambda o: WebhookEvent.objects.filter(state="failed")[:51]),
    (("stackone_event_account",), lambda o: WebhookEvent.objects.filter(account_id="acc-7")),
    (
        ("stackone_event_owner",),
        lambda o: WebhookEvent.objects.filter(origin_owner_id=o.origin_owner_id)[:51],
    ),
    (
        ("stackone_event_owner_not_done",),
        lambda o: WebhookEvent.objects.naming(
            project=o.project, origin_owner_id=o.origin_owner_id
        ).quarantined(),
    ),
    (
        ("stackone_owner_name",),
        lambda o: OriginOwner.objects.order_by("origin_owner_name", "pk")[:3],
    ),
    # The minute's work.
    (("stackone_session_open",), lambda o: _polling.without_attempt()),
    (
        ("stackone_session_not_issued",),
        lambda o: ConnectSession.objects.filter(status="pending", created_at__lt=clock.now()),
    ),
    (("stackone_event_due",), lambda o: WebhookEvent.objects.due()),
    (("stackone_event_lease",), lambda o: WebhookEvent.objects.filter(lease=uuid.uuid4())),
    (("stackone_account_disconnect",), lambda o: LinkedAccount.objects.to_disconnect()),
    (
        ("stackone_session_unattempted",),
        lambda o: _polling.without_attempt().filter(owner=o, claimed_account_id=""),
    ),
    # Judging, under the owner's lock.
    (
        ("stackone_session_attempt", "stackone_session_claim", "stackone_session_account"),
        lambda o: ConnectSession.objects.of(o).bearing_on(["acc-7"], times=(), grace=HOUR),
    ),
    (
        ("stackone_session_unnamed",),
        lambda o: ConnectSession.objects.of(o).bearing_on((), times=[clock.now()], grace=HOUR),
    ),
    (
        ("stackone_session_unnotified",),
        lambda o: ConnectSession.objects.of(o).filter(status="completed", notified_at=None),
    ),
    (("stackone_account_unjudged",), lambda o: LinkedAccount.objects.unjudged()),
    # Support.
    (
        ("stackone_account_trouble",),
        lambda o: LinkedAccount.objects.of(o).filter(~HEALTHY, disconnected_at=None),
    ),
    (
        ("stackone_session_requested",),
        lambda o: ConnectSession.objects.of(o).filter(requested_account_id="acc-7"),
    ),
    # Retention.
    (
        ("stackone_session_account",),
        lambda o: ConnectSession.objects.filter(
            created_at__lt=clock.now() - timedelta(days=370)
        ).beyond_the_newest_of_each_account(),
    ),
]


def test_everything_is_found_by_an_index(large: OriginOwner) -> None:
    missed = []
    for names, search in SEARCHES:
        plan = _plan(search(large))
        if not _is_by_index(plan, names):
            missed.append(f"{', '.join(names)}:\n{plan}")
    assert not missed, "\n\n".join(missed)


def _plan(rows: QuerySet[Any]) -> str:
    """What the database would do with many rows: a page in its order, else any order."""
    is_page = rows.query.is_sliced
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"SET LOCAL enable_sort = {'off' if is_page else 'on'}")
    return (rows if is_page else rows.order_by()).explain()


def _is_by_index(plan: str, names: tuple[str, ...]) -> bool:
    if connection.vendor == "sqlite":  # which one it takes, it says of itself
        return "USING" in plan
    if connection.vendor == "mysql" and names[0] in ONLY_ORDER:
        return True  # it sorts what is few
    return "Seq Scan" not in plan and all(name in plan for name in names)


def test_every_index_that_costs_writes_is_one_that_finds_something() -> None:
    declared = {
        index.name
        for model in apps.get_app_config("stackone_connect").get_models()
        for index in model._meta.indexes
    }
    assert declared == {name for names, _ in SEARCHES for name in names}


# --- Partial indexes -----------------------------------------------------------------------------


def test_a_partial_index_leaves_rows_out_on_postgresql_alone() -> None:
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    sql = str(_index("stackone_event_due").create_sql(WebhookEvent, editor))
    assert ("WHERE" in sql) is (connection.vendor == "postgresql")
    assert sql.count("next_attempt_at") == 1


def test_a_partial_index_is_the_same_after_a_migration_was_written_of_it() -> None:
    index = _index("stackone_event_due")
    path, args, kwargs = index.deconstruct()
    assert path == "stackone_connect.models.indexes.PartialIndex"
    assert PartialIndex(*args, **kwargs) == index == index.clone()
    assert PartialIndex(*args, **{**kwargs, "where": Q(state="done")}) != index


def _index(name: str) -> Any:
    return next(index for index in WebhookEvent._meta.indexes if index.name == name)
