"""A process whose clock is wrong, and time that goes by without anybody waiting for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine

from stackone_connect import clock

_follow = clock.follow
_travels: list[time_machine.travel] = []


def shift(wrong: float, *, passed: float = 0) -> None:
    """Let this process's clock run on from ``wrong`` seconds beside the right time.

    ``passed`` seconds go by everywhere: by this clock, and by the database's as it is read here.
    Monotonic time stays as it is, as it does where a server's clock is set.
    """
    while _travels:
        _travels.pop().stop()

    def follow(shared: datetime) -> None:
        _follow(shared + timedelta(seconds=passed))

    clock.follow = follow
    if wrong or passed:
        there = datetime.now(UTC) + timedelta(seconds=wrong + passed)
        travel = time_machine.travel(there, tick=True)
        travel.start()
        _travels.append(travel)
