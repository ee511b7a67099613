"""What the doctor finds, and how an examination that breaks becomes a finding itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.db import Error as AnyDatabaseError

from stackone_connect.exceptions import ConfigurationError

Level = Literal["ok", "notice", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    ``id`` is stable, for machines. ``warning`` and ``error`` are wrong and have a ``hint`` that
    says how to mend them; a ``notice`` is worth knowing and nothing that this project must mend.
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


def ok(id_: str, title: str, detail: str) -> Finding:
    """It was looked at and is fine."""
    return Finding(id=id_, level="ok", title=title, detail=detail)


def notice(id_: str, title: str, detail: str, hint: str = "") -> Finding:
    """Worth knowing."""
    return Finding(id=id_, level="notice", title=title, detail=detail, hint=hint)


def warning(id_: str, title: str, detail: str, hint: str) -> Finding:
    """Wrong, and connecting goes on."""
    return Finding(id=id_, level="warning", title=title, detail=detail, hint=hint)


def error(id_: str, title: str, detail: str, hint: str) -> Finding:
    """Wrong, and connecting fails or harms."""
    return Finding(id=id_, level="error", title=title, detail=detail, hint=hint)


def guarded(
    id_: str, title: str, examination: Callable[[], Iterable[Finding]], *, hint: str
) -> list[Finding]:
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
