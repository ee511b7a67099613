"""The tenant whose domain the request came to, if the user works there."""

from __future__ import annotations

from django.http import HttpRequest

from tests.shapes.hosts.schemas.models import Client
from tests.shapes.hosts.schemas.resolvers import of_domain


def of_employee(request: HttpRequest) -> Client | None:
    """Where users are shared by all tenants, a sign-in alone says nothing of the tenant."""
    tenant = of_domain(request)
    if tenant is None:
        return None
    works_there = tenant.employment_set.filter(user=request.user.pk).exists()
    return tenant if works_there else None
