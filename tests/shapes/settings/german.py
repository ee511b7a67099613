"""The host speaks German, groups thousands with points and lives in Berlin."""

from tests.shapes.settings.base import *

LANGUAGE_CODE = "de"
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Europe/Berlin"
MIDDLEWARE = [MIDDLEWARE[0], "django.middleware.locale.LocaleMiddleware", *MIDDLEWARE[1:]]
