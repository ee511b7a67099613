"""Organizations and users have UUID keys."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.workspaces")
AUTH_USER_MODEL = "workspaces.User"
STACKONE_CONNECT = {**CONNECT, "ORGANIZATION_MODEL": "workspaces.Workspace"}
