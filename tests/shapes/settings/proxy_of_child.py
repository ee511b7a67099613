"""The tenant model is a proxy of a model that inherits from another one with a table."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.holdings")
AUTH_USER_MODEL = "holdings.User"
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "holdings.KeyCustomer",
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.holdings.resolvers.customer",
    "ON_ORGANIZATION_DELETE": "disconnect",
}
