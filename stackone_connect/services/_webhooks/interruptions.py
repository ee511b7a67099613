"""Whether what was raised comes from whoever runs us, and ends the whole run.

Celery's soft limit, RQ's timeouts and their like are raised wherever the worker happens to be, and
are ordinary exceptions; Dramatiq's and gevent's are none. Once raised they are not raised again:
who goes on is killed later.
"""

from __future__ import annotations

import sys

__all__ = ["is_interruption"]

_OF_THE_WORK = {"django", "stackone_connect"} | sys.stdlib_module_names


def is_interruption(error: BaseException) -> bool:
    """Whether nothing that our work runs raises such an error.

    Python's, Django's and the app's do not count. Nor do a host's own: its callables and receivers
    are called where their errors are kept, so none gets as far as where this is asked.
    """
    is_of_the_work = type(error).__module__.partition(".")[0] in _OF_THE_WORK
    return not (isinstance(error, Exception) and is_of_the_work)
