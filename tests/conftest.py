"""Fixtures that every test may need; each package of tests has its own beside them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation
from pytest_django import Settings

from example_project.accounts.models import Organization, User
from stackone_connect import client, signals
from stackone_connect.api import cache_calls
from stackone_connect.client import concurrency, pool
from stackone_connect.models import OriginOwner, fetches
from stackone_connect.sandbox import worker
from stackone_connect.testing.kit import StackOneSandbox
from stackone_connect.testing.plugin import stackone_sandbox
from tests.factories import OrganizationFactory, OwnerFactory, UserFactory
from tests.fakes import FakeStackOne, Sandbox
from tests.hypothesis_profiles import register

__all__ = ["stackone_sandbox"]  # whether or not this environment has the plugin installed

register()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """The sandbox sends nothing after a test, where it may not ask the database any more; and a
    StackOne that was found to hang is asked again in the next."""
    worker.stop()
    concurrency._slots.clear()


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    """What was throttled, or found of the cache, in one test is forgotten in the next."""
    cache_calls.forget()
    cache.clear()


@pytest.fixture(autouse=True)
def _numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in a thousand they are deleted: a statement more in whichever test that meets."""
    monkeypatch.setattr(fetches, "KEPT", sys.maxsize)
    monkeypatch.setattr(fetches, "_block", 0)


@pytest.fixture(autouse=True)
def _no_connection_outlives_a_test() -> Iterator[None]:
    yield
    held, pool._held = pool._held, None
    if held is not None:
        held.close()


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """Change keys of ``STACKONE_CONNECT`` for this test."""

    def change(**keys: Any) -> None:
        settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, **keys}

    return change


@pytest.fixture(autouse=True)
def _language_of_the_project() -> Iterator[None]:
    """What a request's language was, as ``LocaleMiddleware`` leaves it, is over with the test."""
    yield
    translation.deactivate()


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory.create(name="Acme")


@pytest.fixture
def member(organization: Organization) -> User:
    return UserFactory.create(username="member@acme.example", organization=organization)


@pytest.fixture
def owner(organization: Organization) -> OriginOwner:
    """The member's organization, known to StackOne and asked about."""
    return OwnerFactory.create(organization=organization)


@pytest.fixture
def stackone() -> Iterator[FakeStackOne]:
    """A StackOne in memory, in the place of the client from the settings."""
    fake = FakeStackOne()
    with client.using(lambda _: fake):
        yield fake


@pytest.fixture
def sandbox(stackone_sandbox: StackOneSandbox) -> Sandbox:
    """The sandbox in StackOne's place, behind the real client."""
    return Sandbox(stackone_sandbox)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """The lines that the logger ``stackone_connect`` wrote, of one event or of all."""
    caplog.set_level(logging.INFO, logger="stackone_connect")

    def written(event: str = "") -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.name == "stackone_connect" and event in record.getMessage().split(" ")[0]
        ]

    return written


@pytest.fixture
def told() -> Iterator[list[tuple[str, Any]]]:
    """Our signals as they were sent: the name, and what it was about."""
    sent: list[tuple[str, Any]] = []
    receivers = []
    for name in (
        *("session_issued", "session_completed", "account_linked", "account_updated"),
        *("account_needs_reconnect", "account_disconnected"),
    ):

        def receive(name: str = name, **values: Any) -> None:
            about = values["session"] if "session" in values else values["account"]
            sent.append((name, about.pk))

        receivers.append((getattr(signals, name), receive))
        getattr(signals, name).connect(receive, weak=False)
    yield sent
    for signal, receive in receivers:
        signal.disconnect(receive)
