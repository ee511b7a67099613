"""A lock-out is not ours to feel."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_locked_out_address_still_delivers_webhooks_and_keeps_who_is_signed_in(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    stranger = host.browser()
    headers = {"X-CSRFToken": stranger.headers["X-CSRFToken"]}
    wrong = {"username": "member@acme.example", "password": "wrong"}
    for _ in range(3):
        locked = stranger.client.post(reverse("admin:login"), wrong, headers=headers)
    assert locked.status_code == 429
    assert member.post("connect-sessions/").status == 201
    assert host.stranger().webhook("account.created", "acme-1").status == 200
    assert host.stranger().webhook("account.created", "acme-1", signature="no").status == 401
