"""Local times without a zone are told apart also in the hour that comes twice.

In Berlin the clock goes back from 03:00 to 02:00 on 25 October 2026, at 01:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from stackone_connect.models import ConnectSession
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")

FIRST_HALF_PAST_TWO = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SECOND_HALF_PAST_TWO = FIRST_HALF_PAST_TWO + timedelta(hours=1)
SPRING = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)


@pytest.mark.parametrize("moment", [FIRST_HALF_PAST_TWO, SECOND_HALF_PAST_TWO, SPRING])
def test_a_session_lives_half_an_hour_whatever_the_clock_on_the_wall_does(
    host: Host, stackone: FakeStackOne, acme: Any, moment: datetime
) -> None:
    with time_machine.travel(moment, tick=False) as traveller:
        member = host.member("member@acme.example", acme)
        issued = member.post("connect-sessions/").json
        assert issued["created_at"] == moment.isoformat().replace("+00:00", "Z")
        path = f"connect-sessions/{issued['id']}/"
        assert member.get(path).json["created_at"] == issued["created_at"]
        assert member.get(path).json["expires_at"] == issued["expires_at"]
        traveller.shift(29 * 60)
        assert member.get(path).json["status"] == "issued"
        assert len(member.get("connect-sessions/?status=issued").json["results"]) == 1
        traveller.shift(60)
        assert member.get(path).json["status"] == "expired"
        assert len(member.get("connect-sessions/?status=expired").json["results"]) == 1


def test_a_hub_finished_in_the_second_of_the_two_hours_completes_its_session(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    with time_machine.travel(FIRST_HALF_PAST_TWO, tick=False) as traveller:
        member = host.member("member@acme.example", acme)
        issued = member.post("connect-sessions/").json["id"]
        traveller.shift(35 * 60)
        stackone.link("acme-1", organization=acme)
        done = member.post(f"connect-sessions/{issued}/complete/", {"account_id": "acme-1"}).json
        assert (done["status"], done["outcome"]) == ("completed", "create")


def test_the_history_is_newest_first_across_both_hours(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    with time_machine.travel(FIRST_HALF_PAST_TWO, tick=False) as traveller:
        member = host.member("member@acme.example", acme)
        issued = []
        for _ in range(5):
            issued.append(member.post("connect-sessions/").json["id"])
            traveller.shift(25 * 60)
        listed = [row["id"] for row in member.get("connect-sessions/").json["results"]]
        assert listed == issued[::-1]


def test_a_naive_time_of_the_hosts_code_is_local(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    with time_machine.travel(datetime(2026, 7, 1, 10, tzinfo=UTC), tick=False):
        host.member("member@acme.example", acme).post("connect-sessions/")
        noon = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - as code of such a host writes it
        assert ConnectSession.objects.filter(created_at=noon).exists()
        assert not ConnectSession.objects.filter(created_at__lt=noon).exists()
