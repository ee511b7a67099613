"""Every view of the host asks for a sign-in, by Django's middleware."""

from tests.shapes.settings.base import *

MIDDLEWARE = [*MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
LOGIN_URL = "/admin/login/"
