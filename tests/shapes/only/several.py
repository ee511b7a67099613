"""What holds for a member of several organizations, however the host is told which one counts."""

from __future__ import annotations

from typing import Any

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.teams.models import Membership


def acts_for_one_team_at_a_time(host: Host, stackone: FakeStackOne, acme: Any, globex: Any) -> None:
    user = host.user("consultant@example.com", acme)
    Membership.objects.create(user=user, team=globex)
    for_acme, for_globex = host.browser(user, acme), host.browser(user, globex)
    session = for_acme.post("connect-sessions/").json["id"]
    assert stackone.bodies[0]["origin_owner_id"] == str(acme.pk)
    assert for_globex.get(f"connect-sessions/{session}/").status == 404
    assert for_globex.get("connect-sessions/").json["results"] == []
    assert for_globex.post("connect-sessions/").status == 201
    assert stackone.bodies[1]["origin_owner_id"] == str(globex.pk)


def gets_nothing_for_a_team_of_others(
    host: Host, stackone: FakeStackOne, acme: Any, globex: Any
) -> None:
    intruder = host.browser(host.user("member@acme.example", acme), globex)
    for answer in (intruder.post("connect-sessions/"), intruder.get("accounts/")):
        assert (answer.status, answer.code) == (403, "no_organization")
    assert stackone.calls == []
