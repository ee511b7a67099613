"""Tenants go when the account that pays goes; some have a table of their own beside (MTI)."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.holdings")
AUTH_USER_MODEL = "holdings.User"
STACKONE_CONNECT = {**CONNECT, "ORGANIZATION_MODEL": "holdings.Team"}
