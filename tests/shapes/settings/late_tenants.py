"""The tenant model came in its app's second migration, and that app's label sorts after ours."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.tenants")
AUTH_USER_MODEL = "tenants.User"
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "tenants.Tenant",
    "ORGANIZATION_MIGRATION": "0002_tenant",
}
