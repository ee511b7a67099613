"""Everything that can be wrong with the dict ``STACKONE_CONNECT`` by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stackone_connect.conf.fields import Declaration
from stackone_connect.conf.projects import PROJECT_SETTINGS
from stackone_connect.conf.rules import DEFAULT_LIFETIME, DEFAULT_MAX_LIFETIME, NAME
from stackone_connect.conf.settings import SETTINGS
from stackone_connect.redaction import RedactedDict


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the dict."""

    kind: Literal["missing", "unknown", "invalid"]
    key: str
    message: str


def _required(given: Mapping[str, Any]) -> list[str]:
    """The keys that such a dict must have. With ``PROJECTS`` each of them has its own API key."""
    return [
        key
        for key, declared in SETTINGS.items()
        if declared.is_required and not (key in PROJECT_SETTINGS and given.get("PROJECTS"))
    ]


def problems(given: object) -> list[Problem]:
    """All problems of the dict by itself, without looking at anything else."""
    if not isinstance(given, Mapping):
        return [Problem("missing", NAME, f"{NAME} must be a dict in your settings.")]
    return [*_each_alone(given)] or [*_of_projects(given), *_between(given)]


def _each_alone(given: Mapping[str, Any]) -> Iterator[Problem]:
    for key in given:
        if key not in SETTINGS:
            message = f"{NAME}[{key!r}] is not a setting of stackone_connect."
            yield Problem("unknown", str(key), message)
    for key in _required(given):
        if not given.get(key):
            yield Problem("missing", key, f"{NAME}[{key!r}] is required.")
    for key, value in given.items():
        if key in SETTINGS and _is_wrong(SETTINGS[key], value):
            message = f"{NAME}[{key!r}] must be {SETTINGS[key].rule.must_be}."
            yield Problem("invalid", key, message)


def _of_projects(given: Mapping[str, Any]) -> list[Problem]:
    """Problems of ``PROJECTS``, project by project, and of what it leaves undecided."""
    projects = given.get("PROJECTS")
    if projects is None:
        return []
    found = []
    if len(projects) > 1 and given.get("PROJECT_OF") is None:
        message = f"{NAME}['PROJECT_OF'] is required: it says which project an organization is in."
        found.append(Problem("missing", "PROJECT_OF", message))
    for name, project in projects.items():
        found += _of_project(f"{NAME}['PROJECTS'][{name!r}]", project)
    return found or _shared_secrets(projects)


def _of_project(where: str, project: Mapping[str, Any]) -> Iterator[Problem]:
    if not project.get("API_KEY"):
        yield Problem("missing", "PROJECTS", f"{where}['API_KEY'] is required.")
    for key, value in project.items():
        if key not in PROJECT_SETTINGS:
            message = f"{where}[{key!r}] is not a setting of a project."
            yield Problem("unknown", "PROJECTS", message)
        elif _is_wrong(PROJECT_SETTINGS[key], value):
            message = f"{where}[{key!r}] must be {PROJECT_SETTINGS[key].rule.must_be}."
            yield Problem("invalid", "PROJECTS", message)


def _is_wrong(declared: Declaration, value: object) -> bool:
    """Whether a value breaks its rule. A required one that is empty counts as missing instead."""
    return not (declared.is_required and not value) and not declared.rule.holds(value)


def _shared_secrets(projects: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """A signing secret says whose event it is, so no two projects may share one."""
    seen = RedactedDict()
    for name, project in projects.items():
        secrets = project.get("WEBHOOK_SECRETS", [])
        for secret in () if callable(secrets) else {secret.strip() for secret in secrets}:
            if seen.setdefault(secret, name) != name:
                message = f"{NAME}['PROJECTS']: {seen[secret]!r} and {name!r} share a secret."
                return [Problem("invalid", "PROJECTS", message)]
    return []


def _between(given: Mapping[str, Any]) -> list[Problem]:
    """Problems of values that are right alone and wrong together."""
    longest = given.get("MAX_SESSION_LIFETIME", DEFAULT_MAX_LIFETIME)
    if given.get("SESSION_LIFETIME", DEFAULT_LIFETIME) <= longest:
        return []
    message = f"{NAME}['SESSION_LIFETIME'] must not exceed MAX_SESSION_LIFETIME ({longest})."
    return [Problem("invalid", "SESSION_LIFETIME", message)]
