"""The organization points to its one user; ``user.organization`` is the way back."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.studios")
AUTH_USER_MODEL = "auth.User"
STACKONE_CONNECT = {**CONNECT, "ORGANIZATION_MODEL": "studios.Studio"}
