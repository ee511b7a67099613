"""``BACKGROUND = "inline"``: StackOne has its answer before it is asked anything."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from stackone_connect import background
from stackone_connect.models import OriginOwner, WebhookEvent
from tests.background.conftest import PATIENCE, SharedDatabase, comes_true
from tests.background.stackone_over_http import StackOneOverHttp
from tests.factories import OwnerFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import ADDRESS, StackOneDelivers, event_body, signature_of


def states() -> list[str]:
    return list(WebhookEvent.objects.values_list("state", flat=True))


def deliver(site: str, owner: OriginOwner) -> requests.Response:
    body = event_body(origin_owner_id=owner.origin_owner_id)
    headers = {"x-stackone-signature": signature_of(body)}
    return requests.post(f"{site}{ADDRESS}", body, headers=headers, timeout=PATIENCE)


def test_the_job_runs_when_the_response_closes_and_once(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    answer: Any = StackOneDelivers().event(origin_owner_id=owner.origin_owner_id)
    assert states() == ["done"]
    answer.close()
    assert stackone.names == ["get_account"]


@pytest.mark.usefixtures("db")
def test_a_response_that_closes_with_an_error_still_closes() -> None:
    response: Any = background.DeferredResponse({})
    closed = []

    def fail() -> None:
        raise ZeroDivisionError

    response._resource_closers.append(lambda: closed.append(True))
    response.work = fail
    with pytest.raises(ZeroDivisionError):
        response.close()
    assert closed == [True]


def test_djangos_own_server_has_answered_before_stackone_has(
    live_server: Any, stackone: FakeStackOne, httpserver: HTTPServer
) -> None:
    owner = OwnerFactory.create()
    real = StackOneOverHttp(httpserver, owner.origin_owner_id)
    stackone.link(owner.origin_owner_id, account_id="linked-1")
    stackone.during["get_account"] = lambda: requests.get(
        f"{real.url}accounts/linked-1", timeout=PATIENCE
    )
    real.hold()
    answer = deliver(live_server.url, owner)
    assert answer.json() == {"status": "accepted"}
    assert real.comes_to_be_asked(1)
    assert states() == ["due"]
    real.let_go()
    assert comes_true(lambda: states() == ["done"])


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_gunicorn_has_answered_before_stackone_has(
    shared_database: SharedDatabase, httpserver: HTTPServer, worker: str
) -> None:
    owner = OwnerFactory.create()
    stackone = StackOneOverHttp(httpserver, owner.origin_owner_id)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ("gunicorn", "example_project.wsgi", "-k", worker, "-b", f"127.0.0.1:{port}")
    site = f"http://127.0.0.1:{port}"
    with shared_database.process(*command, STACKONE_BASE_URL=stackone.url):
        assert comes_true(lambda: is_served(port))
        stackone.hold()
        assert deliver(site, owner).json() == {"status": "accepted"}
        assert stackone.comes_to_be_asked(1)
        assert states() == ["due"]
        stackone.let_go()
        assert comes_true(lambda: states() == ["done"])


def is_served(port: int) -> bool:
    with socket.socket() as site:
        return site.connect_ex(("127.0.0.1", port)) == 0
