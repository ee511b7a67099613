"""A router keeps tenants, users and our tables on a second database; both are atomic."""

from tests.shapes.settings.base import *

DATABASES = {
    "default": database(ATOMIC_REQUESTS=True),
    "tenants": database("tenants", ATOMIC_REQUESTS=True),
}
DATABASE_ROUTERS = ["tests.shapes.hosts.routers.TenantsRouter"]
