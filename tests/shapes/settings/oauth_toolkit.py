"""Users and machines come with tokens of the host's own OAuth server (django-oauth-toolkit)."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("oauth2_provider", "tests.shapes.hosts.crm", "tests.shapes.hosts.tokens")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
    ],
}
_SCOPED = "oauth2_provider.contrib.rest_framework.TokenHasReadWriteScope"
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.tokens.resolvers.of_token",
    "PERMISSION_CLASSES": {"read": _SCOPED, "connect": _SCOPED, "disconnect": _SCOPED},
}
