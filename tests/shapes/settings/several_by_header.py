"""Users are members of several teams; they sign in by token, and a header says which one."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("rest_framework.authtoken", "tests.shapes.hosts.teams")
AUTH_USER_MODEL = "auth.User"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
}
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "teams.Team",
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.teams.resolvers.from_header",
}
