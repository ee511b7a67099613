"""The example project as it is deployed, with what the faults need to reach it."""

from __future__ import annotations

import os

from example_project.settings import *  # noqa: F403 - the deployed example, with a few things changed
from example_project.settings import DATABASES, STACKONE_CONNECT
from tests.mysql import use_a_driver

# Everything is on this machine and without TLS.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STACKONE_CONNECT = {**STACKONE_CONNECT, "BACKGROUND": "inline"}
ENGINE = DATABASES["default"]["ENGINE"]
use_a_driver(ENGINE)
if os.environ.get("RELIABILITY_ISOLATION") == "repeatable read":
    if ENGINE == "django.db.backends.mysql":
        DATABASES["default"]["OPTIONS"] = {"isolation_level": "repeatable read"}
    else:
        from psycopg import IsolationLevel

        DATABASES["default"]["OPTIONS"] = {"isolation_level": IsolationLevel.REPEATABLE_READ}
