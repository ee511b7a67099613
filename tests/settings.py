"""Settings of the test suite: SQLite unless ``DATABASE_URL`` names another database."""

from pathlib import Path
from typing import Any

import environ

from tests.mysql import use_a_driver

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SECRET_KEY = "the test suite only"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"

DATABASES = {"default": env.db_url("DATABASE_URL", default="sqlite://:memory:")}
use_a_driver(DATABASES["default"]["ENGINE"])
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "example_project.accounts",
    "example_project.integrations",
    "stackone_connect",
    "stackone_connect.sandbox",
    "django_tasks_db",
]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "example_project.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "example_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "example_project" / "static"]
LOCALE_PATHS = [BASE_DIR / "example_project" / "locale"]
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "stackone_pages:integrations"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
}

STACKONE_CONNECT: dict[str, Any] = {
    "ORGANIZATION_MODEL": "accounts.Organization",
    "API_KEY": "sandbox-key",
    "BASE_URL": "https://api.stackone.test",
    "PAGES_BASE_TEMPLATE": "base.html",
}
USE_SANDBOX = True
STACKONE_SANDBOX = {"API_KEYS": ["sandbox-key"], "ALLOW_WITHOUT_DEBUG": True}
#: Every line is written in every test, so that one that can't be does not wait for production.
LOGGING = {
    "version": 1,
    "loggers": {"stackone_connect": {"level": "DEBUG"}},
    "disable_existing_loggers": False,
}
