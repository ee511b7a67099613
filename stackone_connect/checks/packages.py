"""The check of the packages that a host may have or not."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's own name

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings
from stackone_connect.contrib.optional import UNAVAILABLE

_TASKS = "stackone_connect.tasks"
#: What the host goes without, and how to get it.
_WITHOUT = {
    "drf-spectacular": (
        "The schema of this project lacks our description of our API.",
        "Install drf-spectacular 0.29 or newer (the extra 'openapi'), or remove it from "
        "INSTALLED_APPS.",
    ),
    "django-tasks": (
        "BACKGROUND names stackone_connect.tasks.enqueue, so each job waits until "
        "stackone_process_webhooks runs.",
        "Use Django 6.0 or newer, or install django-tasks 0.12 or newer (the extra 'tasks'); "
        "TASKS must name a backend that exists.",
    ),
}


@check()
def optional_packages_work(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn of each optional package that is in use here and does not work, for whatever reason."""
    in_use = {"drf-spectacular"}
    if _path(settings.background).rpartition(".")[0] == _TASKS:
        import_module(_TASKS)  # a host that names it need not have loaded it yet
        in_use.add("django-tasks")
    for found in UNAVAILABLE.values():
        if found.package in in_use:
            without, hint = _WITHOUT[found.package]
            yield Warning(
                f"{found.package} {found.version or '(not installed)'} can't be used here "
                f"({found.reason}). {without}",
                hint=hint,
                obj=found.package,
                id="stackone_connect.W010",
            )


def _path(background: Any) -> str:
    if isinstance(background, str):
        return background
    return f"{getattr(background, '__module__', '')}.{getattr(background, '__qualname__', '')}"
