"""Support works as a customer's user, with django-hijack."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [*installed("tests.shapes.hosts.crm"), "hijack"]
MIDDLEWARE = [*MIDDLEWARE, "hijack.middleware.HijackUserMiddleware"]
ROOT_URLCONF = "tests.shapes.hijack_urls"
LOGIN_REDIRECT_URL = "/admin/"
