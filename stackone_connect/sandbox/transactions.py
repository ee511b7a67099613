"""Transactions on the database that has the sandbox's tables, whatever the host calls it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.db import connections, router, transaction

from stackone_connect.sandbox.models import Account

_View = TypeVar("_View", bound=Callable[..., Any])


def atomic() -> AbstractContextManager[None]:
    """Django's ``transaction.atomic``."""
    return transaction.atomic(using=router.db_for_write(Account))


def on_commit(work: Callable[[], object]) -> None:
    """Django's ``transaction.on_commit``."""
    transaction.on_commit(work, using=router.db_for_write(Account))


def non_atomic_requests(view: _View) -> _View:
    """Django's ``transaction.non_atomic_requests``, for every database."""
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view
