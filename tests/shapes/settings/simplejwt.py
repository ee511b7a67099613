"""Users sign in by JSON web token (djangorestframework-simplejwt) and are looked up."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("tests.shapes.hosts.crm", "tests.shapes.hosts.tokens")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ],
}
SIMPLE_JWT = {"SIGNING_KEY": "the host shapes only, and long enough"}
