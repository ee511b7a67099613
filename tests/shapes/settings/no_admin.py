"""Nothing of Django's beyond what signs people in: no admin, no messages, no static files."""

from tests.shapes.settings.base import *

_LEFT_OUT = {"django.contrib.admin", "django.contrib.messages", "django.contrib.staticfiles"}
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in _LEFT_OUT]
MIDDLEWARE = [each for each in MIDDLEWARE if "messages" not in each]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
ROOT_URLCONF = "tests.shapes.page_urls"
