"""A member of several organizations acts for the one that the address names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.teams.models import Membership
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


def test_a_page_of_one_team_issues_for_it_after_another_tab_went_to_the_other(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    user = host.user("consultant@example.com", acme)
    Membership.objects.create(user=user, team=globex)
    browser = host.browser(user)
    opened = browser.page(f"/teams/{acme.pk}/settings/").body.decode()
    other_tab = browser.page(f"/teams/{globex.pk}/settings/").body.decode()
    for page, team in ((opened, acme), (other_tab, globex), (opened, acme)):
        browser.mount = page.partition('api="')[2].partition('"')[0]
        assert browser.post("connect-sessions/").status == 201
        assert stackone.bodies[-1]["origin_owner_id"] == str(team.pk)
