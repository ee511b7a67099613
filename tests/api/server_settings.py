"""Settings of a server beside the tests, for requests that need no database."""

from tests.settings import *  # noqa: F403 - the base, with a few things changed
from tests.settings import STACKONE_CONNECT

DEBUG = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "tests.api.server_urls"
WSGI_APPLICATION = None
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "AUTHENTICATION_CLASSES": ["tests.api.server_urls.Anybody"],
    "ORGANIZATION_RESOLVER": "tests.api.server_urls.some_organization",
    "WEBHOOK_SECRETS": ["the-webhook-secret"],
}
