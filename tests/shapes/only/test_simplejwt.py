"""A token that is none is no user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_bad_token_is_answered_in_our_words(host: Host, acme: Any) -> None:
    stranger = host.stranger()
    answer = stranger.get("accounts/", Authorization="Bearer no.token.this")
    assert (answer.status, answer.code) == (401, "not_authenticated")
    assert "Bearer" in answer.headers["Www-Authenticate"]


def test_the_token_of_a_user_who_is_gone_is_none(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    user = host.user("member@acme.example", acme)
    member = host.browser(user, acme)
    user.delete()
    answer = member.post("connect-sessions/")
    assert (answer.status, answer.code) == (401, "not_authenticated")
