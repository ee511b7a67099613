"""The core suite's adapter."""

from __future__ import annotations

from typing import Any

from organizations.models import OrganizationUser
from organizations.utils import create_organization

from tests.shapes.core.host import Host


class Clubs(Host):
    def organization(self, name: str) -> Any:
        owner = self.users.create_user(f"owner@{name}.example")
        return create_organization(owner, name, org_user_defaults={"is_admin": True})

    def move(self, user: Any, organization: Any) -> None:
        OrganizationUser.objects.filter(user=user).delete()
        organization.add_user(user, is_admin=True)
