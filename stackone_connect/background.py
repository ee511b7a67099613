"""Work that nobody waits for: in this worker after the answer, or in the host's own queue.

A host names its queue in ``BACKGROUND``: a function ``enqueue(job, **ids)`` that sees to it that
``stackone_connect.background.run(job, **ids)`` runs somewhere. Every job finds its work on rows,
so a job that is lost is done by ``stackone_process``, and one that runs twice is harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import JsonResponse

from stackone_connect import conf, database_errors, logs
from stackone_connect.client import unlimited
from stackone_connect.services import events

__all__ = ["run"]

JOBS: dict[str, Callable[..., None]] = {"process_event": events.process}


def run(job: str, **ids: Any) -> None:
    """Do a job now, in a worker of a queue. ``KeyError`` for a job that is not ours."""
    database_errors.close_cut()
    with unlimited():
        JOBS[job](**ids)


class DeferredResponse(JsonResponse):
    """A response that does its work once it has gone out: when the server closes it."""

    work: Callable[[], None] | None = None

    def close(self) -> None:
        """Do the work, once, before the request ends and its connections are given back."""
        work, self.work = self.work, None
        try:
            if work is not None:
                work()
        finally:
            super().close()


def enqueue(job: str, *, after: DeferredResponse, **ids: Any) -> None:
    """Have a job done, by ``BACKGROUND``. Never raises: the work is on its row, and stays due."""
    background = conf.read().background
    if background == "inline":
        # Not by :func:`run`: a thread of the site must not wait with too many others.
        after.work = partial(_log_exceptions, job, partial(JOBS[job], **ids))
    else:
        _log_exceptions(job, lambda: conf.resolve(background)(job, **ids))


def _log_exceptions(job: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - a broker or a bug must not undo the response
        logs.write(logging.ERROR, "background.failed", job=job, error=type(error).__name__)
