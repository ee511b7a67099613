"""Support works as the customer's user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_session_of_somebody_who_hijacked_a_member_is_the_members(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example", acme)
    support = host.browser(host.superuser("support@host.example"))
    headers = {"X-CSRFToken": support.headers["X-CSRFToken"]}
    assert support.post("connect-sessions/").code == "no_organization"
    acquired = support.client.post("/hijack/acquire/", {"user_pk": user.pk}, headers=headers)
    assert acquired.status_code == 302
    support.client.cookies["csrftoken"] = support.headers["X-CSRFToken"]
    issued = support.post("connect-sessions/")
    assert (issued.status, issued.json["requested_by"]) == (201, "member@acme.example")
    assert support.client.post("/hijack/release/", headers=headers).status_code == 302
    support.client.cookies["csrftoken"] = support.headers["X-CSRFToken"]
    assert support.post("connect-sessions/").code == "no_organization"
