"""Tenants with a PostgreSQL schema each. They are rows of the public schema."""

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):  # type: ignore[misc]  # the package has no types
    name = models.CharField(max_length=100)

    auto_drop_schema = True

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]  # the package has no types
    pass
