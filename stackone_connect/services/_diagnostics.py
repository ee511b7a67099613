"""What the doctor finds, and how an examination that breaks becomes a finding itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db import Error as AnyDatabaseError

from stackone_connect import clock, conf
from stackone_connect.conf.projects import Project
from stackone_connect.exceptions import ConfigurationError

Level = Literal["ok", "notice", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that was looked at.

    ``id`` is stable, for machines. ``warning`` and ``error`` are wrong and have a ``hint`` that
    says how to fix them; a ``notice`` is worth knowing and nothing that this project must fix.
    """

    id: str
    level: Level
    title: str
    detail: str
    hint: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether somebody has to do something."""
        return self.level in {"warning", "error"}


def ok(id_: str, title: str, detail: str) -> Diagnostic:
    """It was looked at and is fine."""
    return Diagnostic(id=id_, level="ok", title=title, detail=detail)


def notice(id_: str, title: str, detail: str, hint: str = "") -> Diagnostic:
    """Worth knowing."""
    return Diagnostic(id=id_, level="notice", title=title, detail=detail, hint=hint)


def warning(id_: str, title: str, detail: str, hint: str) -> Diagnostic:
    """Wrong, and connecting goes on."""
    return Diagnostic(id=id_, level="warning", title=title, detail=detail, hint=hint)


def error(id_: str, title: str, detail: str, hint: str) -> Diagnostic:
    """Wrong, and connecting fails or harms."""
    return Diagnostic(id=id_, level="error", title=title, detail=detail, hint=hint)


def at(when: datetime) -> str:
    """A time as the doctor writes it."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def since(when: datetime) -> str:
    """A time, and how long ago it was, in the largest unit of which it is at least two."""
    seconds = max(0, round((clock.now() - when).total_seconds()))
    units = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    name, size = next((n, s) for n, s in units.items() if seconds >= 2 * s or s == 1)
    return f"{at(when)}, {seconds // size} {name} ago"


def of_project(project: Project, finding: Diagnostic) -> Diagnostic:
    """The finding under its StackOne project's name, where there are several projects."""
    if len(conf.projects()) == 1:
        return finding
    title = f"{finding.title} ({project.name})"
    return replace(finding, id=f"{finding.id}:{project.name}", title=title)


def guarded(
    id_: str, title: str, examination: Callable[[], Iterable[Diagnostic]], *, hint: str
) -> list[Diagnostic]:
    """An examination's findings, or the one that it could not be done.

    An exception's own words are shown only where they are ours: others may hold a secret.
    """
    try:
        return list(examination())
    except ConfigurationError as mistake:
        detail, hint = str(mistake), "See docs/settings.md."
    except AnyDatabaseError as failure:
        detail = f"The database can't be read ({type(failure).__name__})."
        hint = "Check DATABASES, and run 'manage.py migrate'."
    except Exception as failure:  # noqa: BLE001 - whatever the host's callables raise
        detail = f"This could not be looked at ({type(failure).__name__})."
    return [error(id_, title, detail, hint)]
