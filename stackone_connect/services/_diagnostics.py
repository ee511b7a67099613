"""What the doctor finds, and how an examination that breaks becomes a finding itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db import Error as AnyDatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect import clock, conf
from stackone_connect.conf.projects import Project
from stackone_connect.exceptions import ConfigurationError

Level = Literal["ok", "notice", "warning", "error"]
#: A sentence, or one that is in the language of whoever reads it.
Text = str | Promise


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


def ok(id_: str, title: Text, detail: Text) -> Diagnostic:
    """It was looked at and is fine."""
    return _made(id_, "ok", title, detail)


def notice(id_: str, title: Text, detail: Text, hint: Text = "") -> Diagnostic:
    """Worth knowing."""
    return _made(id_, "notice", title, detail, hint)


def warning(id_: str, title: Text, detail: Text, hint: Text) -> Diagnostic:
    """Wrong, and connecting goes on."""
    return _made(id_, "warning", title, detail, hint)


def error(id_: str, title: Text, detail: Text, hint: Text) -> Diagnostic:
    """Wrong, and connecting fails or harms."""
    return _made(id_, "error", title, detail, hint)


def _made(id_: str, level: Level, title: Text, *texts: Text) -> Diagnostic:
    detail, hint = map(str, (*texts, "")[:2])
    return Diagnostic(id=id_, level=level, title=str(title), detail=detail, hint=hint)


def at(when: datetime) -> str:
    """A time as the doctor writes it."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def since(when: datetime) -> str:
    """A time, and how long ago it was, in the largest unit of which it is at least two."""
    seconds = max(0, round((clock.now() - when).total_seconds()))
    size = next(size for size in (86_400, 3_600, 60, 1) if seconds >= 2 * size or size == 1)
    n = seconds // size
    ago = {
        86_400: ngettext("%(n)d day ago", "%(n)d days ago", n),
        3_600: ngettext("%(n)d hour ago", "%(n)d hours ago", n),
        60: ngettext("%(n)d minute ago", "%(n)d minutes ago", n),
        1: ngettext("%(n)d second ago", "%(n)d seconds ago", n),
    }[size]
    return f"{at(when)}, {ago % {'n': n}}"


def of_project(project: Project, finding: Diagnostic) -> Diagnostic:
    """The finding under its StackOne project's name, where there are several projects."""
    if len(conf.projects()) == 1:
        return finding
    title = f"{finding.title} ({project.name})"
    return replace(finding, id=f"{finding.id}:{project.name}", title=title)


def guarded(
    id_: str, title: Text, examination: Callable[[], Iterable[Diagnostic]], *, hint: Text
) -> list[Diagnostic]:
    """An examination's findings, or the one that it could not be done.

    An exception's own words are shown only where they are ours: others may hold a secret.
    """
    try:
        return list(examination())
    except ConfigurationError as mistake:
        detail, hint = str(mistake), _("See docs/settings.md.")
    except AnyDatabaseError as failure:
        detail = _("The database can't be read (%(error)s).") % {"error": type(failure).__name__}
        hint = _("Check DATABASES, and run 'manage.py migrate'.")
    except Exception as failure:  # noqa: BLE001 - whatever the host's callables raise
        detail = _("This could not be looked at (%(error)s).") % {"error": type(failure).__name__}
    return [error(id_, title, detail, hint)]
