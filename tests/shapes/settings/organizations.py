"""Tenants and memberships are django-organizations'."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("organizations", "tests.shapes.hosts.clubs")
AUTH_USER_MODEL = "auth.User"
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "organizations.Organization",
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.clubs.resolvers.of_user",
    "PERMISSION_CLASSES": {
        "connect": "tests.shapes.hosts.clubs.permissions.IsAdmin",
        "disconnect": "tests.shapes.hosts.clubs.permissions.IsAdmin",
    },
}
