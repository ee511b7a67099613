"""The one dict ``STACKONE_CONNECT``, typed, and read when used.

``read()`` is what the other modules call; ``project()`` and ``projects()`` are its settings of each
StackOne project, of which most hosts have one. ``problems()`` lists everything that is wrong with
the dict, for the system checks. None of them keeps a value longer than the dict keeps it, so
``override_settings`` works.

Each key is declared once, in :class:`~stackone_connect.conf.settings.Settings` or in
:class:`~stackone_connect.conf.projects.Project`, with its type, default, rule and description.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from stackone_connect.choices import AccountType
from stackone_connect.conf import given as _settings
from stackone_connect.conf import validation
from stackone_connect.conf.projects import PROJECT_SETTINGS, SHARED_KEYS, STACKONE_URL, Project
from stackone_connect.conf.rules import DEFAULT_PROJECT, NAME
from stackone_connect.conf.settings import DEFAULT_PERMISSIONS, CallableOrPath, Settings
from stackone_connect.conf.validation import Problem
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.redaction import RedactedDict
from stackone_connect.rules import characters

__all__ = [
    "STACKONE_URL",
    "CallableOrPath",
    "Problem",
    "Project",
    "Settings",
    "make",
    "organization_migration",
    "organization_model",
    "problems",
    "project",
    "projects",
    "read",
    "resolve",
    "usable_projects",
]

_last: tuple[RedactedDict, bool, Settings] | None = None


def read() -> Settings:
    """Today's settings. Raises :class:`ConfigurationError` with the first problem there is."""
    global _last  # noqa: PLW0603 - what was parsed last, for all threads
    last = _last
    if last is not None and _settings.is_unchanged(last[0], last[1]):
        return last[2]
    given = _settings.given()
    for problem in validation.problems(given):
        raise ConfigurationError(problem.message)
    given = given or RedactedDict()
    values = {
        key.lower(): _normal(key, value)
        for key, value in given.items()
        if key not in PROJECT_SETTINGS and key != "PROJECTS"
    }
    parsed = Settings(projects=_projects(given), **values)
    _last = (_settings.snapshot(), django_settings.DEBUG, parsed)
    return parsed


def projects() -> Mapping[str, Project]:
    """The StackOne projects by name: those of ``PROJECTS``, else one, called ``default``."""
    return read().projects


def usable_projects() -> Mapping[str, Project]:
    """Those that can be asked now: none while the settings can't be used.

    For what must go on all the same, such as the host's deleting of its own rows.
    """
    try:
        return projects()
    except ConfigurationError:
        return {}


def project(name: str) -> Project:
    """One StackOne project; :class:`ConfigurationError` for one that the settings do not name."""
    try:
        return read().projects[name]
    except KeyError:
        raise ConfigurationError(
            f"{NAME}['PROJECTS'] does not name {name!r}, which organizations are pinned to."
        ) from None


def organization_model() -> str:
    """The label of the host's organization model. Needed while models load, before any check."""
    label = _settings.plain("ORGANIZATION_MODEL")
    if not isinstance(label, str) or label.count(".") != 1:
        raise ConfigurationError(
            f"{NAME}['ORGANIZATION_MODEL'] must name your tenant model, such as 'crm.Company'."
        )
    return label


def organization_migration() -> tuple[str, str]:
    """The migration that makes the host's organization table, for our first one to depend on."""
    app_label = organization_model().split(".")[0]
    return app_label, _settings.plain("ORGANIZATION_MIGRATION") or "__first__"


def resolve(value: CallableOrPath) -> Callable[..., Any]:
    """A callable from itself or its dotted path."""
    if callable(value):
        return value
    try:
        found = import_string(value)
    except ImportError as error:
        raise ConfigurationError(f"{NAME} names {value!r}, which can't be imported.") from error
    if not callable(found):
        raise ConfigurationError(f"{NAME} names {value!r}, which can't be called.")
    return found  # type: ignore[no-any-return]  # import_string has no type


def make(kind: CallableOrPath, *, method: str, key: str) -> Any:
    """One of REST framework's helpers, made of what ``key`` names.

    :class:`ConfigurationError` for what can't be made so, or has no ``method`` afterwards: such as
    a permission class among those of authentication.
    """
    made = resolve(kind)
    # Permissions put together with ``&`` are made by a call too, and are no classes.
    try:
        made = made()
    except TypeError as error:
        raise ConfigurationError(f"{NAME}[{key!r}] names what can't be made.") from error
    if not callable(getattr(made, method, None)):
        raise ConfigurationError(f"{NAME}[{key!r}] names what has no {method}().")
    return made


def problems() -> list[Problem]:
    """Everything that is wrong with the dict by itself, without looking at anything else."""
    return validation.problems(_settings.given())


def _projects(given: Mapping[str, Any]) -> Mapping[str, Project]:
    top = {key: given[key] for key in PROJECT_SETTINGS if key in given}
    shared = {
        "ACCOUNT_TYPE": AccountType.TEST if django_settings.DEBUG else AccountType.PRODUCTION,
        **{key: value for key, value in top.items() if key in SHARED_KEYS},
    }
    listed = given.get("PROJECTS") or {DEFAULT_PROJECT: top}
    named = {characters(name): own for name, own in listed.items()}
    return {name: _project(name, {**shared, **own}) for name, own in named.items()}


def _project(name: str, values: Mapping[str, Any]) -> Project:
    named = {PROJECT_SETTINGS[key].name: _normal(key, value) for key, value in values.items()}
    return Project(name=name, **named)


def _normal(key: str, value: Any) -> Any:
    """The value as the dataclass holds it."""
    if key == "PERMISSION_CLASSES":
        return {**DEFAULT_PERMISSIONS, **value}
    if key == "BASE_URL":
        return value.rstrip("/")
    if key == "ACCOUNT_TYPE":
        return characters(value)
    if isinstance(value, list | set | tuple) and key not in PROJECT_SETTINGS:
        return tuple(characters(item) if isinstance(item, str) else item for item in value)
    return value
