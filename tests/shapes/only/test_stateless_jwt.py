"""A user who is no row."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_tokens_user_is_kept_by_key_and_name(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example", acme)
    member = host.browser(user, acme)
    user.delete()  # nobody looks it up
    assert member.post("connect-sessions/").json["requested_by"] == "member@acme.example"
    assert ConnectSession.objects.get().requested_by_id != ""
    assert stackone.bodies[0]["origin_username"] == "member@acme.example"


@pytest.mark.parametrize("resolver", [None, "tests.shapes.hosts.tokens.resolvers.of_claim"])
def test_a_token_without_the_claim_has_no_organization(
    host: Host, stackone: FakeStackOne, settings: Any, resolver: str | None
) -> None:
    connect = {**settings.STACKONE_CONNECT, "ORGANIZATION_RESOLVER": resolver}
    settings.STACKONE_CONNECT = {k: v for k, v in connect.items() if v}
    member = host.browser(host.user("member@acme.example"))
    answer = member.post("connect-sessions/")
    assert (answer.status, answer.code) == (403, "no_organization")
