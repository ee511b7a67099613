"""A row that somebody holds for long costs a request its deadline at most, on every path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.exceptions import UnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events
from tests.api.conftest import Api
from tests.background.conftest import PATIENCE, SharedDatabase
from tests.databases.requests import (
    READS,
    Customer,
    Request,
    complete,
    disconnect,
    is_served,
    is_unavailable,
    issue,
    webhook,
)
from tests.factories import OrganizationFactory, UserFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import receive

VENDOR = connections["default"].vendor
#: SQLite has one lock, for which whoever writes waits; its readers wait for nobody. There the
#: webhook's one statement waits for as long as the connection's own ``timeout`` says.
IS_SERVER = VENDOR != "sqlite"
DEADLINE = 1.0
#: What a machine that is busy with other things adds to a wait. MariaDB counts in whole seconds.
NOISE = 2.5


@pytest.fixture
def customer(
    shared_database: SharedDatabase, stackone: FakeStackOne, configure: Callable[..., None]
) -> Customer:
    configure(CONNECT_TIMEOUT=0.5, READ_TIMEOUT=0.5, DEADLINE=DEADLINE)
    return Customer.of(stackone)


@contextmanager
def held(database: SharedDatabase, hold: Callable[[], object]) -> Iterator[None]:
    """Another connection has done this in a transaction that does not end."""
    is_held, let_go = threading.Event(), threading.Event()

    def work() -> None:
        connections["default"] = database.wrapper(database.settings_dict)
        try:
            with transaction.atomic():
                hold()
                is_held.set()
                let_go.wait(PATIENCE)
                transaction.set_rollback(True)
        finally:
            connections["default"].close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert is_held.wait(PATIENCE)
        yield
    finally:
        let_go.set()
        worker.join()


def the_owner(customer: Customer) -> object:
    return OriginOwner.objects.select_for_update().get(pk=customer.owner.pk)


def the_account(customer: Customer) -> object:
    return list(LinkedAccount.objects.select_for_update().filter(pk=customer.linked.pk))


def the_database(customer: Customer) -> object:
    return OriginOwner.objects.update(touched_at=clock.now())


Hold = Callable[[Customer], object]
#: What is held, and which requests wait for it.
WAITING: list[tuple[Hold, list[Request]]] = (
    [(the_owner, [issue, complete]), (the_account, [disconnect])]
    if IS_SERVER
    else [
        (
            lambda customer: OriginOwner.objects.update(touched_at=clock.now()),
            [issue, complete, disconnect],
        )
    ]
)


@pytest.mark.parametrize(("hold", "waiting"), WAITING)
def test_a_row_that_is_held_elsewhere_costs_the_deadline_and_no_more(
    hold: Hold, waiting: list[Request], customer: Customer, shared_database: SharedDatabase
) -> None:
    with held(shared_database, lambda: hold(customer)):
        for request_ in waiting:
            began = time.monotonic()
            assert is_unavailable(request_(customer))
            assert DEADLINE * 0.8 < time.monotonic() - began < DEADLINE + NOISE
        for request_ in (*READS, *([webhook] if IS_SERVER else [])):
            began = time.monotonic()
            assert request_(customer).status_code == 200
            assert time.monotonic() - began < NOISE
    for request_ in waiting:
        assert is_served(request_, customer)
    assert customer.stackone.names.count("delete_account") <= 1


if IS_SERVER:

    def test_a_disconnect_whose_owner_is_held_is_noted_before_stackone_is_asked(
        customer: Customer, shared_database: SharedDatabase
    ) -> None:
        with held(shared_database, lambda: the_owner(customer)):
            began = time.monotonic()
            assert is_unavailable(disconnect(customer))
            assert time.monotonic() - began < DEADLINE + NOISE
        account = LinkedAccount.objects.get(pk=customer.linked.pk)
        assert account.disconnect_requested_at is not None
        assert is_served(disconnect, customer)


if IS_SERVER:

    def test_an_event_that_is_held_is_waited_for_until_the_deadline(
        customer: Customer, shared_database: SharedDatabase
    ) -> None:
        event_id = receive(
            account_id=customer.linked.account_id, origin_owner_id=customer.owner.origin_owner_id
        )
        row = WebhookEvent.objects.select_for_update().filter(pk=event_id)
        with held(shared_database, lambda: list(row)):
            began = time.monotonic()
            with pytest.raises(UnavailableError):
                events.process(event_id=event_id, client=customer.stackone)
            assert DEADLINE * 0.8 < time.monotonic() - began < DEADLINE + NOISE
        events.process(event_id=event_id, client=customer.stackone)
        assert WebhookEvent.objects.get(pk=event_id).state == "done"


if IS_SERVER:

    def test_a_new_organization_whose_row_is_held(
        customer: Customer, shared_database: SharedDatabase
    ) -> None:
        organization = OrganizationFactory.create()
        api = Api(UserFactory.create(organization=organization))
        with held(
            shared_database,
            lambda: Organization.objects.select_for_update().get(pk=organization.pk),
        ):
            began = time.monotonic()
            assert is_unavailable(api.issue(provider="bamboohr"))
            assert time.monotonic() - began < DEADLINE + NOISE
        assert not OriginOwner.objects.filter(organization=organization).exists()
        assert api.issue(provider="bamboohr").status_code == 201


if IS_SERVER:

    def test_inline_work_on_an_event_ends_too_and_the_event_stays_due(
        customer: Customer, shared_database: SharedDatabase
    ) -> None:
        with held(shared_database, lambda: the_owner(customer)):
            began = time.monotonic()
            assert is_served(webhook, customer)
            assert time.monotonic() - began < DEADLINE + NOISE
            event = WebhookEvent.objects.get()
            assert (event.state, event.attempts, event.last_error) == ("due", 0, "unavailable")
        WebhookEvent.objects.all().make_due()
        events.process(event_id=event.pk, client=customer.stackone)
        assert WebhookEvent.objects.get().state == "done"
