"""A few histories played with every choice of hints after each of their facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import time_machine

from stackone_connect.models import ConnectSession
from tests.factories import OrganizationFactory
from tests.machine.play import NOON, Fact, Play, undone


def nothing(play: Play) -> None:
    pass


def webhooks(play: Play) -> None:
    for number in range(len(play.world.webhooks)):
        play.deliver(number)


def webhooks_backwards(play: Play) -> None:
    for number in reversed(range(len(play.world.webhooks))):
        play.deliver(number)


def sync(play: Play) -> None:
    play.sync()


Happening = tuple[str, dict[str, Any]]
FIRST_TENANT = {"tenant": 0}
HISTORIES: dict[str, tuple[list[Happening], dict[int, tuple[str, str, str]]]] = {
    "a completion call corrects a guess": (
        [
            ("issue", FIRST_TENANT),
            ("issue", FIRST_TENANT | {"provider": "greenhouse"}),
            ("deny", {"session": 1}),
            ("finish", {"session": 1, "provider": "greenhouse", "oauth": False}),
            ("finish", {"session": 0, "provider": "bamboohr", "oauth": False}),
            ("complete", FIRST_TENANT | {"session": 0, "account_id": "account-1"}),
        ],
        {0: ("completed", "create", "account-1"), 1: ("issued", "", "")},
    ),
    "two sessions that name nothing, and two accounts": (
        [
            ("issue", FIRST_TENANT),
            ("issue", FIRST_TENANT | {"provider": "greenhouse"}),
            ("finish", {"session": 0, "provider": "bamboohr", "oauth": False}),
            ("finish", {"session": 1, "provider": "greenhouse", "oauth": False}),
        ],
        {0: ("completed", "create", "account-0"), 1: ("completed", "create", "account-1")},
    ),
    "an attempt takes back what was guessed of another": (
        [
            ("issue", FIRST_TENANT | {"provider": "bamboohr"}),
            ("finish", {"session": 0, "provider": "bamboohr", "oauth": True}),
            ("issue", FIRST_TENANT | {"provider": "bamboohr"}),
            ("issue", FIRST_TENANT),
            ("finish", {"session": 1, "provider": "bamboohr", "oauth": True}),
            ("fall_into_error", {"account_id": "account-0"}),
        ],
        {
            0: ("completed", "create", "account-0"),
            1: ("completed", "update", "account-0"),
            2: ("issued", "", ""),
        },
    ),
    "an account that fell into error was moved by nobody, however new it is": (
        [
            ("issue", FIRST_TENANT),
            ("issue", FIRST_TENANT | {"provider": "bamboohr"}),
            ("finish", {"session": 1, "provider": "bamboohr", "oauth": True}),
            ("fall_into_error", {"account_id": "account-0"}),
        ],
        {0: ("issued", "", ""), 1: ("completed", "create", "account-0")},
    ),
}


@pytest.fixture
def play_with(
    db: None, configure: Callable[..., None]
) -> Callable[[list[Happening], tuple[Callable[[Play], None], ...]], Play]:
    configure(WEBHOOK_SECRETS=["test-secret"])
    tenants = [OrganizationFactory.create()]

    def run(happenings: list[Happening], hints: tuple[Callable[[Play], None], ...]) -> Play:
        with time_machine.travel(NOON, tick=False) as traveller:
            play = Play(tenants, traveller)
            gaps = dict(
                zip((n for n, h in enumerate(happenings) if is_news(h)), hints, strict=True)
            )
            for number, (name, values) in enumerate(happenings):
                play.do(Fact(NOON + timedelta(minutes=number), name, values))
                traveller.shift(1)
                gaps.get(number, nothing)(play)
            play.settle()
            assert play.accounts() == play.truth()
            return play

    return run


def is_news(happening: Happening) -> bool:
    return happening[0] not in ("issue", "deny")


@pytest.mark.parametrize("history", HISTORIES)
def test_any_hints_end_in_the_same_outcomes(history: str, play_with: Callable[..., Play]) -> None:
    happenings, expected = HISTORIES[history]
    gaps = sum(map(is_news, happenings))
    for hints in product([nothing, webhooks, webhooks_backwards, sync], repeat=gaps):
        with undone():
            assert play_with(happenings, hints).outcomes() == expected, hints


def test_webhooks_alone_say_the_same_in_either_order_and_however_often(
    play_with: Callable[..., Play],
) -> None:
    """Without a sync: two accounts that one open session could be behind."""
    happenings, _ = HISTORIES["two sessions that name nothing, and two accounts"]
    found = []
    for order in ([0, 1], [1, 0], [0, 1, 0], [1, 0, 1]):

        def deliver(play: Play, order: list[int] = order) -> None:
            for number in order:
                play.deliver(number)
            found.append(
                sorted(ConnectSession.objects.values_list("stackone_id", "outcome", "account_id"))
            )

        with undone():
            play_with(happenings, (nothing, deliver))
    assert found == [[("0", "create", "account-0"), ("1", "create", "account-1")]] * 4
