"""A package that a host may have or not never stops the site: a line in the log and a check."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from celery.loaders.base import find_related_module
from django.apps import apps
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

import stackone_connect
import stackone_connect.tasks
from stackone_connect.contrib import optional
from stackone_connect.exceptions import ConfigurationError

Configure = Callable[..., None]
Lines = Callable[..., list[str]]
TASKS = "stackone_connect.tasks.enqueue"


class Broken(ModuleType):
    """A module of another version: what is asked of it raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__("broken")
        self.__dict__["error"] = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


BREAKS = [
    AttributeError("AutoSchema"),  # which `from … import` turns into an ImportError
    ImportError("needs another package"),
    RuntimeError("not with this Django: v1.eu1.secret"),
    SyntaxError("written for a newer Python"),
    TypeError("metaclass conflict"),
]


@pytest.fixture(autouse=True)
def _nothing_noted_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "UNAVAILABLE", {})
    monkeypatch.setattr("stackone_connect.checks.packages.UNAVAILABLE", optional.UNAVAILABLE)


def complaints() -> list[CheckMessage]:
    found = run_checks(tags=["stackone_connect"], databases=[])
    return [message for message in found if message.id == "stackone_connect.W010"]


def start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "stackone_connect.contrib.spectacular")
    apps.get_app_config("stackone_connect").ready()


def tasks_without(monkeypatch: pytest.MonkeyPatch, **modules: ModuleType | None) -> ModuleType:
    """``stackone_connect.tasks``, imported where the packages are these."""
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name.replace("__", "."), module)
    monkeypatch.setattr(stackone_connect, "tasks", stackone_connect.tasks)
    monkeypatch.delitem(sys.modules, "stackone_connect.tasks")
    return import_module("stackone_connect.tasks")


@pytest.mark.parametrize("error", BREAKS, ids=repr)
def test_the_site_starts_with_any_drf_spectacular(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, error: Exception
) -> None:
    monkeypatch.setitem(sys.modules, "drf_spectacular.openapi", Broken(error))
    start_again(monkeypatch)
    (line,) = lines("package.unavailable")
    assert "package=drf-spectacular version=0." in line
    assert type(error).__name__.replace("AttributeError", "ImportError") in line
    (message,) = complaints()
    assert message.obj == "drf-spectacular"
    assert message.hint
    assert "secret" not in line + str(message)


def test_the_site_starts_without_the_module_of_drf_spectacular_that_we_use(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    monkeypatch.setitem(sys.modules, "drf_spectacular.extensions", None)
    start_again(monkeypatch)
    assert "ModuleNotFoundError" in lines("package.unavailable")[0]


def test_packages_that_work_are_not_reported(configure: Configure, lines: Lines) -> None:
    configure(BACKGROUND=TASKS)
    assert complaints() == []
    assert lines("package.unavailable") == []


@pytest.mark.parametrize("error", [None, *BREAKS], ids=repr)
def test_without_tasks_the_module_can_be_imported_and_only_its_use_fails(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, error: Exception | None
) -> None:
    module = None if error is None else Broken(error)
    tasks = tasks_without(monkeypatch, django__tasks=None, django_tasks=module)
    with pytest.raises(ConfigurationError, match="tasks can't be used"):
        tasks.enqueue("process_event", event_id=1)
    assert lines("package.unavailable") == []  # nobody asked for it


def test_a_celery_worker_starts_without_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks_without(monkeypatch, django__tasks=None, django_tasks=None)
    sys.modules.pop("stackone_connect.tasks")
    assert find_related_module("stackone_connect", "tasks") is not None


def test_a_task_backend_that_does_not_exist_is_named_by_the_check(
    monkeypatch: pytest.MonkeyPatch, configure: Configure
) -> None:
    configure(BACKGROUND=TASKS)

    def task() -> Any:
        raise ConfigurationError("no such backend")

    module = ModuleType("tasks")
    module.__dict__["task"] = task
    tasks_without(monkeypatch, django__tasks=module, django_tasks=module)
    (message,) = complaints()
    assert "(ConfigurationError)" in message.msg


@pytest.mark.parametrize("as_text", [True, False])
def test_the_check_says_that_tasks_are_named_and_can_not_be_used(
    monkeypatch: pytest.MonkeyPatch, configure: Configure, as_text: bool
) -> None:
    tasks = tasks_without(monkeypatch, django__tasks=None, django_tasks=None)
    assert complaints() == []
    configure(BACKGROUND=TASKS if as_text else tasks.enqueue)
    (message,) = complaints()
    assert message.obj == "django-tasks"
    assert message.hint


def test_a_package_that_is_not_installed_has_no_version(settings: Settings) -> None:
    def missing() -> None:
        import_module("no_such_package_of_ours")

    assert optional.load(missing, package="no-such-package", wanted=False) is None
    found = optional.UNAVAILABLE["no-such-package"]
    assert (found.version, found.reason) == (
        "",
        "ModuleNotFoundError: No module named 'no_such_package_of_ours'",
    )
