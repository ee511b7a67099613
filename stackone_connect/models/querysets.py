"""Where our rows are read: from the database that they are written to."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router

_Model = TypeVar("_Model", bound=models.Model)


class PrimaryQuerySet(models.QuerySet[_Model]):
    """Reads from the database that the model is written to, whatever replica a router names.

    A replica may be behind: a session that was just issued would not be found, and an event that
    was just leased neither. Nearly every read of ours decides something, so all of them are made
    there, those of relations and of ``refresh_from_db`` included (``base_manager_name``).
    ``using`` still names another database. Nothing is set on the query itself, so that it may be a
    subquery of one that the host runs elsewhere.
    """

    _db: str | None  # what ``using`` named

    @property
    def db(self) -> str:
        """The alias that this query runs on."""
        return self._db or router.db_for_write(self.model)
