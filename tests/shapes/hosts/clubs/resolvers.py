"""The organization that a user is a member of, as long as it is active."""

from __future__ import annotations

from django.http import HttpRequest
from organizations.models import Organization


def of_user(request: HttpRequest) -> Organization | None:
    mine = Organization.objects.filter(organization_users__user=request.user.pk, is_active=True)
    return mine.order_by("pk").first()
