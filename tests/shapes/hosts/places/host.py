"""The core suite's adapter."""

from __future__ import annotations

from typing import Any

from tests.shapes.core.host import Host
from tests.shapes.hosts.places.models import Place


class Places(Host):
    def organization(self, name: str) -> Any:
        return Place.objects.create(code=f"é/{name} №1", slug=name.lower(), name=name)
