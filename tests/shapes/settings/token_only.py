"""REST framework's default is token-only; our views are told of the session."""

from tests.shapes.settings.base import *

INSTALLED_APPS = installed("rest_framework.authtoken", "tests.shapes.hosts.crm")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
}
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
}
