"""Permissions are given for single rows, with django-guardian."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [*installed("tests.shapes.hosts.crm"), "guardian"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
