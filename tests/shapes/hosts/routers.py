"""A router of a host that keeps its people apart from the rest."""

from __future__ import annotations

from typing import Any

_TENANTS = {"admin", "auth", "contenttypes", "crm", "stackone_connect"}


class TenantsRouter:
    """People, tenants and what points to them on ``tenants``; all else on ``default``."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        return self._alias(model._meta.app_label)

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        return db == self._alias(app_label)

    def _alias(self, app_label: str) -> str:
        return "tenants" if app_label in _TENANTS else "default"


class ReplicaRouter:
    """Django's example of a primary and a replica, for what a replica that is behind lacks.

    Tenants are on the replica already; of ours nothing is, as in the second after it was written.
    Sign-ins are read from the primary.
    """

    def db_for_read(self, model: Any, **_: Any) -> str:
        return "replica" if model._meta.app_label == "stackone_connect" else "default"

    def db_for_write(self, model: Any, **_: Any) -> str:
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **_: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        return True
