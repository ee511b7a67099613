"""The core suite's adapter."""

from __future__ import annotations

from typing import Any

from tests.shapes.core.host import Host
from tests.shapes.hosts.studios.models import Studio


class Studios(Host):
    def move(self, user: Any, organization: Any) -> None:
        Studio.objects.filter(owner=user).update(owner=None)
        Studio.objects.filter(pk=organization.pk).update(owner=user)
