"""Wait out StackOne's rate limit, where nobody is waiting for us."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from stackone_connect import logs
from stackone_connect.exceptions import StackOneRateLimitedError

Answer = TypeVar("Answer")

#: Waits in a row after which StackOne is taken at its word. Each is a minute at most.
WAITS = 5


@dataclass(frozen=True)
class Patience:
    """Asks again after a rate limit; ``sleep`` takes seconds.

    StackOne allows 1,000 requests a minute per key (contract §2), so a sweep of a large project
    meets the limit. Not for requests that somebody waits for.
    """

    sleep: Callable[[float], None]

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer to a question that starts anew each time it is called.

        Raises what it raises, and :class:`StackOneRateLimitedError` after five waits in vain.
        """
        for _ in range(WAITS):
            try:
                return question()
            except StackOneRateLimitedError as error:
                seconds = error.retry_after or 0
                logs.write(logging.INFO, "stackone.waited_for", seconds=seconds)
                self.sleep(seconds)
        return question()
