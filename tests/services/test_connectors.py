"""Names and logos of providers, read from StackOne now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from example_project.accounts.models import Organization
from stackone_connect import responses
from stackone_connect.entities import Connector
from stackone_connect.exceptions import StackOneMisconfiguredError
from stackone_connect.services import connectors
from tests.fakes import FakeStackOne, Sandbox

GUSTO = Connector(provider="gusto", name="Gusto", logo_url="https://logos.example/gusto.png")


@pytest.fixture(autouse=True)
def _none_known() -> Iterator[None]:
    connectors._held.clear()
    yield
    connectors._held.clear()


def test_stackone_is_asked_once_a_day(
    organization: Organization, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackone.known_connectors = [GUSTO]
    assert connectors.known(organization=organization) == {}
    assert connectors.is_due(organization=organization)
    assert connectors.refresh(organization=organization) == {"gusto": GUSTO}
    assert connectors.known(organization=organization) == {"gusto": GUSTO}
    assert not connectors.is_due(organization=organization)
    connectors.refresh(organization=organization)
    assert stackone.names == ["connectors"]
    tomorrow = time.monotonic() + 86_401
    monkeypatch.setattr(time, "monotonic", lambda: tomorrow)
    connectors.refresh(organization=organization)
    assert stackone.names == ["connectors", "connectors"]


def test_a_failure_is_asked_again_later_and_keeps_what_was_known(
    organization: Organization, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackone.known_connectors = [GUSTO]
    connectors.refresh(organization=organization)
    tomorrow = time.monotonic() + 86_401
    monkeypatch.setattr(time, "monotonic", lambda: tomorrow)
    stackone.failing["connectors"] = StackOneMisconfiguredError()
    assert connectors.refresh(organization=organization) == {"gusto": GUSTO}
    assert not connectors.is_due(organization=organization)
    monkeypatch.setattr(time, "monotonic", lambda: tomorrow + 601)
    assert connectors.is_due(organization=organization)


def test_one_asks_and_the_others_do_not_wait(
    organization: Organization, stackone: FakeStackOne
) -> None:
    answers: list[Any] = []

    def another() -> None:
        answers.append(connectors.refresh(organization=organization))

    stackone.during["connectors"] = another
    stackone.known_connectors = [GUSTO]
    connectors.refresh(organization=organization)
    assert answers == [{}]
    assert stackone.names == ["connectors"]


def test_the_sandboxs_connectors_are_read_as_stackones(
    organization: Organization, sandbox: Sandbox
) -> None:
    known = connectors.refresh(organization=organization)
    assert known["bamboohr"].name == "BambooHR"
    assert known["bamboohr"].logo_url.endswith("/logos/bamboohr.svg")


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "http://plain.example/a.png", "//evil.example/a", "/\\evil"),
        *(f"https://logos.example/{'a' * 2048}", 7, None),
    ],
)
def test_a_logo_that_is_no_address_of_an_image_is_none(address: Any) -> None:
    items = [{"connector_key": "gusto", "logo_url": address}]
    assert responses.connectors({"data": items})[0].logo_url == ""


def test_what_cannot_be_read_is_passed_over() -> None:
    items = [7, None, {}, {"connector_key": ".."}, {"connector_key": "gusto", "name": "Gusto"}]
    assert responses.connectors(items) == [Connector(provider="gusto", name="Gusto", logo_url="")]
