"""Users have an e-mail address and no user name; organizations have no field ``name``."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.people")
AUTH_USER_MODEL = "people.Person"
STACKONE_CONNECT = {**CONNECT, "ORGANIZATION_MODEL": "people.Practice"}
