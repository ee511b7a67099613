"""How Hypothesis draws examples: the same ones each time, but for ``make explore``.

``default`` and ``ci`` draw from a fixed seed and keep no database of examples, so that a test
fails by a change and never by chance. ``explore`` draws from the seed of ``--hypothesis-seed``,
many more, and gives up making what failed smaller after a minute.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine

__all__ = ["EXPLORE", "examples", "register"]

EXPLORE = "explore"
#: Seconds for making a failing example smaller. Hypothesis has no setting for it, and takes five
#: minutes.
SHRINKING_SECONDS = "EXPLORE_SHRINKING_SECONDS"

_MANY = 10
_ORDINARY = 100


def register() -> None:
    """Register the profiles, and load ``default``; ``--hypothesis-profile`` names another."""
    for name in ("default", "ci"):
        settings.register_profile(name, derandomize=True, database=None, deadline=None)
    settings.register_profile(
        EXPLORE,
        derandomize=False,
        database=None,
        deadline=None,
        max_examples=_MANY * _ORDINARY,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("default")
    if seconds := os.environ.get(SHRINKING_SECONDS):
        engine.MAX_SHRINKING_SECONDS = int(seconds)


def examples(ordinary: int) -> int:
    """The number of examples for a test that wants another than Hypothesis's 100.

    To be asked when the test runs; when it is imported, the profile is not chosen yet.
    """
    return ordinary * _MANY if settings.get_current_profile_name() == EXPLORE else ordinary
