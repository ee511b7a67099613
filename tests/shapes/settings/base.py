"""What the shapes' settings have in common: the least a project with an admin needs.

In memory on SQLite, or the database that ``DATABASE_URL`` names. A shape starts with
``from tests.shapes.settings.base import *`` and says only what is different.
"""

from __future__ import annotations

import os
from typing import Any

import environ

from tests.mysql import use_a_driver

env = environ.Env()


def database(alias: str = "default", **options: Any) -> dict[str, Any]:
    """One database; its test database is this process's own."""
    found = env.db_url("DATABASE_URL", default="sqlite://:memory:")
    use_a_driver(found["ENGINE"])
    if found["ENGINE"] != "django.db.backends.sqlite3":
        found["TEST"] = {"NAME": f"test_shapes_{alias}_{os.getpid()}"}
    return {**found, **options}


def installed(*hosts: str) -> list[str]:
    """The host's apps among Django's and ours."""
    return [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "rest_framework",
        *hosts,
        "stackone_connect",
    ]


SECRET_KEY = "the host shapes only"
ALLOWED_HOSTS = ["testserver"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
DATABASES = {"default": database()}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

INSTALLED_APPS = installed("tests.shapes.hosts.crm")
AUTH_USER_MODEL = "crm.User"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
STATIC_URL = "/static/"
ROOT_URLCONF = "tests.shapes.urls"
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
}

#: Every shape decides who may connect, as a check asks; the rest is each shape's own.
CONNECT = {
    "API_KEY": "no-key-is-ever-sent",
    "BASE_URL": "https://api.stackone.test",
    "WEBHOOK_SECRETS": ["the host shapes only"],
    "PERMISSION_CLASSES": {
        "connect": "rest_framework.permissions.IsAuthenticated",
        "disconnect": "rest_framework.permissions.IsAuthenticated",
    },
}
STACKONE_CONNECT: dict[str, Any] = {**CONNECT, "ORGANIZATION_MODEL": "crm.Company"}

#: Where our addresses are mounted, for the URL configuration and for the core suite.
MOUNT = "/api/stackone/"
