"""Our jobs on Django's tasks interface: built in from Django 6.0, the django-tasks package on 5.2.

``STACKONE_CONNECT = {"BACKGROUND": "stackone_connect.tasks.enqueue", …}`` uses the host's default
task backend. For another queue, see docs/background.md.
"""

from __future__ import annotations

from typing import Any

from stackone_connect import background

try:
    from django.tasks import task
except ImportError:  # Django 5.2
    from django_tasks import task  # type: ignore[no-redef]


@task()
def run(job: str, ids: dict[str, Any]) -> None:
    """Do one of our jobs in a worker."""
    background.run(job, **ids)


def enqueue(job: str, **ids: Any) -> None:
    """Hand a job to the host's task backend."""
    run.enqueue(job, ids)
