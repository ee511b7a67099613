"""Tenants have a text as primary key; users point to another unique column."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.places")
AUTH_USER_MODEL = "places.User"
STACKONE_CONNECT = {**CONNECT, "ORGANIZATION_MODEL": "places.Place"}
