"""A machine has a token and no user."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession
from tests.shapes.core.browser import Browser
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.tokens.host import application, bearer

pytestmark = pytest.mark.django_db(databases="__all__")


def machine(host: Host, acme: Any, *, scope: str = "read write") -> Browser:
    """One that a user of the tenant has registered."""
    user = host.user("developer@acme.example", acme)
    browser = host.stranger()
    browser.headers = bearer(user=None, application=application(user), scope=scope)
    return browser


def test_a_machine_connects_for_the_tenant_of_its_application(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    robot = machine(host, acme)
    issued = robot.post("connect-sessions/", {"provider": "bamboohr"})
    assert (issued.status, issued.json["requested_by"]) == (201, None)
    stackone.link("acme-1", organization=acme)
    done = robot.post(f"connect-sessions/{issued.json['id']}/complete/", {"account_id": "acme-1"})
    assert (done.status, done.json["outcome"]) == (200, "create")
    assert [row["account_id"] for row in robot.get("accounts/").json["results"]] == ["acme-1"]
    assert robot.request("DELETE", "accounts/acme-1/").status == 204
    session = ConnectSession.objects.get()
    assert (session.requested_by_id, session.requested_by_name) == ("", "")
    assert "origin_username" not in stackone.bodies[0]


def test_a_machine_that_may_read_only_connects_nothing(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    robot = machine(host, acme, scope="read")
    assert robot.get("accounts/").status == 200
    assert robot.post("connect-sessions/").status == 403


def test_a_machine_of_nobody_has_no_organization(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    robot = machine(host, acme)
    application(host.users.get()).__class__.objects.update(user=None)
    answer = robot.post("connect-sessions/")
    # Nobody is signed in, and there is no organization: the former is said.
    assert (answer.status, answer.code) == (401, "not_authenticated")


def test_is_authenticated_refuses_a_machine(
    host: Host, stackone: FakeStackOne, acme: Any, settings: Any
) -> None:
    connect = dict(settings.STACKONE_CONNECT)
    del connect["PERMISSION_CLASSES"]
    settings.STACKONE_CONNECT = connect
    robot = machine(host, acme)
    for answer in (robot.get("accounts/"), robot.post("connect-sessions/")):
        assert (answer.status, answer.code) == (403, "permission_denied")
