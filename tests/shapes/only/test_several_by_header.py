"""A member of several organizations acts for one at a time: the one that the header names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.only import several

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_consultant_of_two_teams_acts_for_one_at_a_time(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    several.acts_for_one_team_at_a_time(host, stackone, acme, globex)


def test_naming_a_team_of_others_gives_nothing(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    several.gets_nothing_for_a_team_of_others(host, stackone, acme, globex)


@pytest.mark.parametrize(
    "named", ["", "no number", "-1", "1.0", "²", "9" * 20, "9" * 5_000, "\x00", "1,1"]
)
def test_what_can_be_no_teams_key_is_as_none(
    host: Host, stackone: FakeStackOne, acme: Any, named: str
) -> None:
    member = host.member("member@acme.example", acme)
    member.headers["X-Team"] = named
    answer = member.get("accounts/")
    assert (answer.status, answer.code) == (403, "no_organization")
