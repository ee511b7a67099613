"""The core suite's adapters: each tenant has a schema, a domain and, in one shape, its users."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as _connection
from django.db.models import Model
from django_tenants.utils import tenant_context

from tests.shapes.core.browser import Browser
from tests.shapes.core.host import Host
from tests.shapes.hosts.schemas.models import Client, Domain

#: That of django-tenants, which has no types.
connection: Any = _connection
_numbers = itertools.count(1)


@contextmanager
def in_public() -> Iterator[None]:
    """As in a command or on the public domain; what a request has left is left again."""
    left = connection.tenant
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(left)


class Schemas(Host):
    """Users in the schema of their tenant."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        connection.set_schema_to_public()
        public = Client.objects.filter(schema_name="public").first()
        self.public = public or self._made("public", "testserver")
        self.newest = self.public

    def organization(self, name: str) -> Any:
        number = next(_numbers)
        self.newest = self._made(f"tenant_{number}", f"{number}.tenants.test", name=name)
        return self.newest

    def _made(self, schema: str, domain: str, *, name: str = "") -> Client:
        with in_public():
            tenant = Client(schema_name=schema, name=name)
            tenant.save(verbosity=0)
            Domain.objects.create(tenant=tenant, domain=domain, is_primary=True)
        return tenant

    def delete(self, organization: Any) -> None:
        with in_public():
            connection.check_constraints()  # as the commits in between would have done
            organization.delete()

    def user(self, name: str, organization: Model | None = None) -> Any:
        with tenant_context(organization or self.newest):
            return self.users.create_user(name)

    def superuser(self, name: str) -> Any:
        with tenant_context(self.newest):
            return self.users.create_superuser(name)

    def delete_user(self, user: Any) -> None:
        with tenant_context(self.newest):
            user.delete()

    def browser(self, user: Any = None, organization: Model | None = None) -> Browser:
        with tenant_context(organization or self.newest):
            browser = super().browser(user, organization)
            browser.headers["Host"] = connection.tenant.get_primary_domain().domain
        browser.client.defaults["HTTP_HOST"] = browser.headers["Host"]
        return browser


class SharedUsers(Schemas):
    """Users in the public schema, for all tenants."""

    def user(self, name: str, organization: Model | None = None) -> Any:
        from tests.shapes.hosts.employments.models import Employment  # of this shape alone

        user = super().user(name, organization)
        if organization is not None:
            Employment(user=user, client=organization).save()
        return user
