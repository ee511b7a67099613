"""The admin wears django-jazzmin."""

from tests.shapes.settings.base import *

INSTALLED_APPS = ["jazzmin", *installed("tests.shapes.hosts.crm")]
