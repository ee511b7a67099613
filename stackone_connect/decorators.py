"""What several kinds of views are decorated with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connections, transaction

_View = TypeVar("_View", bound=Callable[..., Any])


def outside_transactions(view: _View) -> _View:
    """Opt a view out of ``ATOMIC_REQUESTS`` on every database: it calls StackOne.

    A call takes seconds, for which a transaction would hold its locks, and can't be rolled back.
    """
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view
