"""A command that can't go on ends in a sentence and exit code 1, not in a traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from stackone_connect import database_errors
from stackone_connect.exceptions import StackOneConnectError

_P = ParamSpec("_P")


def without_traceback(handle: Callable[_P, None]) -> Callable[_P, None]:
    """Raise :class:`CommandError` for what StackOne, or the database, can't do just now."""

    @wraps(handle)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        database_errors.close_cut()
        try:
            handle(*args, **kwargs)
        except StackOneConnectError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        except database_errors.Error as error:
            if not database_errors.is_unavailable(error):
                raise
            message = _(
                "The database can't do this just now (%(reason)s). What was done until then is "
                "kept; run it again."
            )
            raise CommandError(message % {"reason": database_errors.reason(error)}) from error

    return run
