"""Our jobs on Django's tasks interface: built in from Django 6.0, the django-tasks package on 5.2.

``STACKONE_CONNECT = {"BACKGROUND": "stackone_connect.tasks.enqueue", …}`` uses the host's default
task backend. For another queue, see docs/background.md.

Queues such as Celery import the module ``tasks`` of every installed app, so importing this one
never fails: where there is no tasks interface, only :func:`enqueue` does, and a check says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackone_connect import background
from stackone_connect.contrib import optional
from stackone_connect.exceptions import ConfigurationError

__all__ = ["enqueue"]

PACKAGE = "django-tasks"


def run(job: str, ids: dict[str, Any]) -> None:
    """Do one of our jobs in a worker."""
    background.run(job, **ids)


def _as_task(function: Callable[..., None]) -> Any:
    try:
        from django.tasks import task
    except ImportError:  # Django 5.2
        from django_tasks import task  # type: ignore[no-redef]  # the package for older Djangos
    return task()(function)


_task = optional.load(lambda: _as_task(run), package=PACKAGE, wanted=False)
if _task is not None:
    run = _task  # a worker finds the task by this name


def enqueue(job: str, **ids: Any) -> None:
    """Hand a job to the host's task backend.

    :class:`ConfigurationError` where Django has no tasks interface (5.2 without django-tasks).
    """
    if _task is None:
        raise ConfigurationError(
            "BACKGROUND names stackone_connect.tasks.enqueue, and Django's tasks can't be used."
        )
    _task.enqueue(job, ids)
