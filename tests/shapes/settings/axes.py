"""Sign-ins that fail too often are locked out, with django-axes."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [*installed("tests.shapes.hosts.crm"), "axes"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
MIDDLEWARE = [*MIDDLEWARE, "axes.middleware.AxesMiddleware"]
AXES_FAILURE_LIMIT = 2
