"""The token is all there is of a user (``TokenUser`` of djangorestframework-simplejwt)."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.crm", "tests.shapes.hosts.tokens")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication",
    ],
}
SIMPLE_JWT = {"SIGNING_KEY": "the host shapes only, and long enough"}
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.tokens.resolvers.of_claim",
}
