"""The core suite's adapter."""

from __future__ import annotations

from typing import Any

from tests.shapes.core.host import Host


class Holdings(Host):
    def move(self, user: Any, organization: Any) -> None:
        user.team = organization
        user.save()
