"""A schema for each tenant (django-tenants); users and ours are shared."""

from tests.shapes.settings.schemas_own_users import *

SHARED_APPS = [
    *SHARED_APPS,
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin",
    "tests.shapes.hosts.employments",
]
TENANT_APPS = ["tests.shapes.hosts.notes"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.employments.resolvers.of_employee",
}
