"""The host's own API is django-ninja's; REST framework came with us and has no settings."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [*installed("tests.shapes.hosts.crm"), "ninja"]
REST_FRAMEWORK = {}
ROOT_URLCONF = "tests.shapes.ninja_urls"
