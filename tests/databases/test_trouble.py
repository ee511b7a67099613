"""A database that can't do it: 503 in JSON, nothing half done, and the same request works later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, InternalError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import ProgrammingError

from stackone_connect import background, clock
from stackone_connect.exceptions import StackOneRateLimitedError
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent
from stackone_connect.services import accounts, sync
from stackone_connect.services import sessions as session_services
from tests.api.conftest import code
from tests.background.conftest import SharedDatabase
from tests.databases.requests import (
    READS,
    WRITES,
    Customer,
    Request,
    complete,
    disconnect,
    is_served,
    is_unavailable,
    issue,
    webhook,
)
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import receive

VENDOR = connections["default"].vendor
IS_SERVER = VENDOR != "sqlite"


@pytest.fixture
def customer(db: None, stackone: FakeStackOne) -> Customer:
    return Customer.of(stackone)


@pytest.fixture
def real_customer(shared_database: SharedDatabase, stackone: FakeStackOne) -> Customer:
    """The same in no transaction of the test's."""
    return Customer.of(stackone)


def nothing_changed_at(stackone: FakeStackOne) -> bool:
    return not {"create_connect_session", "delete_account"} & {*stackone.names}


# --- Kinds that a test must not cause on a server: as the drivers raise them -----------------


class _ByTheDriverError(Exception):
    sqlstate = None
    sqlite_errorcode = 0


def raised(kind: type[Exception], *args: Any, **codes: Any) -> Callable[[], Exception]:
    def make() -> Exception:
        error = kind(*(args or ("text of the server",)))
        error.__cause__ = _ByTheDriverError()
        for name, value in codes.items():
            setattr(error.__cause__, name, value)
        return error

    return make


KINDS = {
    "full, PostgreSQL": raised(OperationalError, sqlstate="53100"),
    "full, MariaDB": raised(InternalError, 3, "Errcode: 28 No space left on device"),
    "table full, MariaDB": raised(OperationalError, 1114, "The table is full"),
    "full, SQLite": raised(OperationalError, sqlite_errorcode=13),
    "read-only, PostgreSQL": raised(InternalError, sqlstate="25006"),
    "read-only server, MariaDB": raised(OperationalError, 1290, "--read-only"),
    "too many connections, PostgreSQL": raised(OperationalError, sqlstate="53300"),
    "too many connections, MariaDB": raised(OperationalError, 1040, "Too many connections"),
    "crash, PostgreSQL": raised(OperationalError),
    "crash, MariaDB": raised(OperationalError, 2013, "Lost connection"),
    "closed": raised(InterfaceError),
    "locked, SQLite": raised(OperationalError, sqlite_errorcode=5),
}


@contextmanager
def failing(make: Callable[[], Exception], statements: str) -> Iterator[None]:
    """These statements fail while the block runs."""
    execute = CursorWrapper.execute

    def fail(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        if re.search(statements, sql):
            raise make()
        return execute(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", fail)
        yield


OUR_WRITES = r"^(INSERT|UPDATE|DELETE).*stackone_connect_"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("request_", WRITES)
def test_what_cannot_be_written_is_not_begun_and_works_later(
    request_: Request, kind: str, customer: Customer, lines: Callable[..., list[str]]
) -> None:
    with failing(KINDS[kind], OUR_WRITES):
        assert is_unavailable(request_(customer))
    assert nothing_changed_at(customer.stackone)
    assert not WebhookEvent.objects.exists()
    assert all("text of the server" not in line for line in lines())
    assert len(lines("database.unavailable")) == 1
    assert is_served(request_, customer)


@pytest.mark.parametrize("table", ["django_session", "accounts_user", "stackone_connect_"])
@pytest.mark.parametrize("request_", [*WRITES, *READS])
def test_nor_what_cannot_be_read_be_it_who_is_asking(
    request_: Request, table: str, customer: Customer
) -> None:
    if request_ is webhook and table != "stackone_connect_":
        return
    with failing(KINDS["closed"], f"^(SELECT|INSERT).*{table}"):
        assert is_unavailable(request_(customer))
    assert nothing_changed_at(customer.stackone)
    assert is_served(request_, customer)


@pytest.mark.parametrize("request_", [*WRITES, *READS])
def test_a_mistake_is_no_trouble_and_is_raised_for_the_hosts_reports(
    request_: Request, customer: Customer
) -> None:
    make = raised(ProgrammingError, sqlstate="42P01")
    with failing(make, "stackone_connect_"), pytest.raises(ProgrammingError):
        request_(customer)


def test_trouble_in_the_hosts_resolver_is_answered_alike(
    customer: Customer, configure: Callable[..., None]
) -> None:
    def gone(request: object) -> None:
        raise OperationalError("of the host's own table")

    configure(ORGANIZATION_RESOLVER=gone)
    for request_ in (issue, *READS):
        assert is_unavailable(request_(customer))


# --- In the middle ---------------------------------------------------------------------------


def break_during(call: str, customer: Customer, request_: Request) -> Any:
    """The answer to a request during which the database goes away, while StackOne is asked."""
    is_gone: list[bool] = []
    execute = CursorWrapper.execute

    def fail(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        if is_gone:
            raise KINDS["crash, PostgreSQL"]()
        return execute(self, sql, params)

    customer.stackone.during[call] = lambda: is_gone.append(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", fail)
        answer = request_(customer)
    customer.stackone.during.clear()
    return answer


def test_a_session_that_could_not_be_noted_as_issued_is_given_to_nobody_and_closed_later(
    real_customer: Customer,
) -> None:
    answer = break_during("create_connect_session", real_customer, issue)
    assert is_unavailable(answer)
    assert "token" not in answer.json()
    pending = ConnectSession.objects.get(status="pending")
    ConnectSession.objects.filter(pk=pending.pk).update(created_at="2026-01-01T00:00:00Z")
    assert session_services.close_abandoned() == 1


def test_a_disconnect_that_could_not_be_noted_as_done_is_finished_later(
    real_customer: Customer,
) -> None:
    assert is_unavailable(break_during("delete_account", real_customer, disconnect))
    account = LinkedAccount.objects.get(pk=real_customer.linked.pk)
    assert account.disconnect_requested_at is not None
    assert account.disconnected_at is None
    LinkedAccount.objects.update(next_disconnect_at=clock.now())
    assert accounts.retry_disconnects(client=real_customer.stackone) == 1
    assert LinkedAccount.objects.get(pk=real_customer.linked.pk).disconnected_at is not None


def test_a_completion_that_could_not_be_written_can_be_repeated(real_customer: Customer) -> None:
    assert is_unavailable(break_during("get_account", real_customer, complete))
    answer = complete(real_customer)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


# --- Real ------------------------------------------------------------------------------------

READ_ONLY = {
    "postgresql": ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"),
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
}


def test_a_database_that_only_reads(real_customer: Customer) -> None:
    set_, reset = READ_ONLY[VENDOR]
    with connections["default"].cursor() as cursor:
        cursor.execute(set_)
    try:
        for request_ in WRITES:
            assert is_unavailable(request_(real_customer))
        for read in READS:
            assert read(real_customer).status_code == 200
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute(reset)
    assert nothing_changed_at(real_customer.stackone)
    for request_ in WRITES:
        assert is_served(request_, real_customer)


def cut(database: SharedDatabase) -> None:
    """The server ends our connection, as when it is restarted."""
    ours, other = connections["default"], database.wrapper(database.settings_dict)
    which = "pg_backend_pid" if VENDOR == "postgresql" else "connection_id"
    with ours.cursor() as cursor:
        cursor.execute(f"SELECT {which}()")
        [key] = cursor.fetchone()
    try:
        with other.cursor() as cursor:
            end = "SELECT pg_terminate_backend(%s)" if VENDOR == "postgresql" else "KILL %s"
            cursor.execute(end, [key])
    finally:
        other.close()


if IS_SERVER:

    def test_a_connection_that_was_cut_costs_one_answer(
        real_customer: Customer, shared_database: SharedDatabase
    ) -> None:
        for request_ in (*WRITES, *READS):
            cut(shared_database)
            assert is_unavailable(request_(real_customer))
            connections[
                "default"
            ].close_if_unusable_or_obsolete()  # as Django does between requests
            assert is_served(request_, real_customer)


if IS_SERVER:

    @pytest.mark.parametrize(
        ("request_", "call"),
        [
            (issue, "create_connect_session"),
            (complete, "get_account"),
            (disconnect, "delete_account"),
        ],
    )
    def test_a_connection_that_is_cut_while_stackone_is_asked(
        request_: Request, call: str, real_customer: Customer, shared_database: SharedDatabase
    ) -> None:
        real_customer.stackone.during[call] = lambda: cut(shared_database)
        assert is_unavailable(request_(real_customer))
        real_customer.stackone.during.clear()
        connections["default"].close_if_unusable_or_obsolete()
        assert request_(real_customer).status_code < 300


if IS_SERVER:

    def test_a_worker_that_serves_no_requests_connects_again(
        real_customer: Customer, shared_database: SharedDatabase
    ) -> None:
        for name in ("another-1", "another-2"):
            real_customer.stackone.link(real_customer.owner.origin_owner_id, account_id=name)
            receive(account_id=name, origin_owner_id=real_customer.owner.origin_owner_id)
        for event in WebhookEvent.objects.all():
            cut(shared_database)
            background.run("process_event", event_id=event.pk)
        assert {*WebhookEvent.objects.values_list("state", flat=True)} == {"done"}

    @pytest.mark.parametrize("number", range(5))
    def test_nor_does_a_loop_that_calls_commands_stay_without_a_connection(
        number: int, real_customer: Customer, shared_database: SharedDatabase
    ) -> None:
        command, *options = COMMANDS[number]
        if options:
            options[-1] = str(real_customer.owner.organization_id)
        cut(shared_database)
        call_command(command, *options, stdout=StringIO(), stderr=StringIO())

    def test_a_sync_that_waited_for_a_limit_until_its_connection_was_cut_goes_on(
        real_customer: Customer, shared_database: SharedDatabase
    ) -> None:
        stackone = real_customer.stackone

        def refuse() -> None:
            del stackone.during["accounts_page"]
            raise StackOneRateLimitedError(retry_after=60)

        stackone.during["accounts_page"] = refuse
        report = sync.sync_all(sleep=lambda _: cut(shared_database))
        assert (report.seen, report.repaired) == (2, 1)


@contextmanager
def connected_by(wrapper: BaseDatabaseWrapper) -> Iterator[None]:
    usual = connections["default"]
    connections["default"] = wrapper
    try:
        yield
    finally:
        wrapper.close()
        connections["default"] = usual


@pytest.fixture(params=["nobody listens", *(["too many connections"] if IS_SERVER else [])])
def no_connection(
    request: pytest.FixtureRequest, shared_database: SharedDatabase
) -> Iterator[BaseDatabaseWrapper]:
    """A database that takes no further connection."""
    if request.param == "nobody listens":
        where = {"NAME": "/no/such/folder/x.sqlite3"} if VENDOR == "sqlite" else {"PORT": "1"}
        yield shared_database.wrapper({**shared_database.settings_dict, **where})
        return
    role, secret = "stackone_crowded", "a-password-for-a-minute"
    if VENDOR == "postgresql":
        make = [f"CREATE ROLE {role} LOGIN PASSWORD '{secret}' CONNECTION LIMIT 0"]
    else:
        make = [
            f"CREATE USER {role}@'%%' IDENTIFIED BY '{secret}' WITH MAX_USER_CONNECTIONS 1",
            f"GRANT ALL ON *.* TO {role}@'%%'",
        ]
    user = role if VENDOR == "postgresql" else f"{role}@'%%'"
    drop = f"DROP {'ROLE' if VENDOR == 'postgresql' else 'USER'} IF EXISTS {user}"
    told = {**shared_database.settings_dict, "USER": role, "PASSWORD": secret}
    first = shared_database.wrapper(told)
    with connections["default"].cursor() as cursor:
        for sql in (drop, *make):
            cursor.execute(sql, [])
    try:
        if VENDOR == "mysql":
            first.ensure_connection()
        yield shared_database.wrapper(told)
    finally:
        first.close()
        with connections["default"].cursor() as cursor:
            cursor.execute(drop, [])


COMMANDS = [
    ("stackone_process",),
    ("stackone_sync_accounts",),
    ("stackone_sync_accounts", "--organization", "1"),
    ("stackone_prune",),
    ("stackone_connect_session", "--organization", "1"),
]


def test_a_database_that_takes_no_connection(
    real_customer: Customer, no_connection: BaseDatabaseWrapper
) -> None:
    with connected_by(no_connection):
        for request_ in (*WRITES, *READS):
            assert is_unavailable(request_(real_customer))
        for command in COMMANDS:
            with pytest.raises(CommandError, match=r"database|busy") as ended:
                call_command(*command, stdout=StringIO(), stderr=StringIO())
            assert ended.value.returncode == 1
    assert nothing_changed_at(real_customer.stackone)
    for request_ in (*WRITES, *READS):
        assert is_served(request_, real_customer)


def test_an_event_that_nobody_would_commit_is_not_accepted(
    real_customer: Customer, shared_database: SharedDatabase
) -> None:
    told = {**shared_database.settings_dict, "AUTOCOMMIT": False}
    with connected_by(shared_database.wrapper(told)):
        assert code(webhook(real_customer)) == (502, "stackone_misconfigured")
    assert not WebhookEvent.objects.exists()
    assert is_served(webhook, real_customer)


# --- Commands --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["stackone_process", "stackone_sync_accounts"])
def test_a_command_whose_writes_fail_ends_so_too(command: str, customer: Customer) -> None:
    webhook(customer)
    WebhookEvent.objects.all().make_due()
    with failing(KINDS["full, PostgreSQL"], OUR_WRITES), pytest.raises(CommandError):
        call_command(command, stdout=StringIO(), stderr=StringIO())
    call_command(command, stdout=StringIO(), stderr=StringIO())
    assert LinkedAccount.objects.filter(account_id=customer.new_account_id).exists()


def test_an_event_that_meets_trouble_has_lost_no_attempt(customer: Customer) -> None:
    with failing(KINDS["full, PostgreSQL"], r"^(INSERT|UPDATE).*linkedaccount"):
        webhook(customer)
    event = WebhookEvent.objects.get()
    assert (event.state, event.attempts, event.last_error) == ("due", 0, "unavailable")
    assert event.next_attempt_at > clock.now()
