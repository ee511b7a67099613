"""The tenant whose domain the request came to; the public schema is nobody's."""

from __future__ import annotations

from django.http import HttpRequest
from django_tenants.utils import get_public_schema_name

from tests.shapes.hosts.schemas.models import Client


def of_domain(request: HttpRequest) -> Client | None:
    """Users are in the tenant's schema: every user who is signed in there is a member."""
    tenant: Client | None = getattr(request, "tenant", None)
    if tenant is None or tenant.schema_name == get_public_schema_name():
        return None
    return tenant
