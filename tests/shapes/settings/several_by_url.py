"""Users are members of several teams; the address says which one they work for."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.teams")
AUTH_USER_MODEL = "auth.User"
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "teams.Team",
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.teams.resolvers.from_url",
}
ROOT_URLCONF = "tests.shapes.team_urls"
MOUNT = "/teams/0/stackone/"
