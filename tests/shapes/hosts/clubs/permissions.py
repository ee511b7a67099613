"""Only an admin of the organization may connect or disconnect."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tests.shapes.hosts.clubs.resolvers import of_user


class IsAdmin(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        organization = of_user(request)
        # A user without an organization gets that error, and not a missing permission.
        return organization is None or organization.is_admin(request.user)
