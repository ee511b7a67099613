"""What a process that was forked must not keep of its parent's."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["in_child"]


def in_child(forget: Callable[[], object]) -> None:
    """Call this in each process that is forked from now on. Windows has no fork, so never there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
