"""What every service has in common that calls StackOne."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from stackone_connect import tenancy
from stackone_connect.exceptions import NoOrganizationError, TransactionOpenError
from stackone_connect.models.transactions import is_inside_transaction

_P = ParamSpec("_P")
_T = TypeVar("_T")


def calls_stackone(service: Callable[_P, _T]) -> Callable[_P, _T]:
    """A service that calls StackOne, and so runs outside of transactions.

    Raises :class:`TransactionOpenError` where the caller holds a transaction on our database (the
    test runner's own, in which every ``TestCase`` runs, is excepted); and
    :class:`NoOrganizationError` where the host deletes the ``organization`` meanwhile: our rows go
    with it, so what the service would write has no place any more.
    """

    @wraps(service)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        _refuse_inside_transaction()
        key = getattr(kwargs.get("organization"), "pk", None)
        try:
            return service(*args, **kwargs)
        except (ObjectDoesNotExist, DatabaseError) as error:
            if key is None or tenancy.exists(key):
                raise
            raise NoOrganizationError from error

    return run


def _refuse_inside_transaction() -> None:
    if is_inside_transaction():
        raise TransactionOpenError(
            "This calls StackOne and must not run inside a database transaction. Call it outside "
            "of atomic(), or from transaction.on_commit(). Where the caller is a view of ours, a "
            "middleware holds it; see 'Three traps' in docs/host-shapes.md."
        )
