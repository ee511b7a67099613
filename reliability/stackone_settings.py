"""StackOne's process: the sandbox alone, on a database file of its own."""

from __future__ import annotations

import os

SECRET_KEY = "one run only"  # noqa: S105 - nothing is signed with it
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
INSTALLED_APPS = ["stackone_connect.sandbox"]
ROOT_URLCONF = "reliability.stackone_urls"
TEMPLATES: list[dict[str, object]] = []
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["RELIABILITY_STACKONE"],
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
        "CONN_MAX_AGE": 60,
    }
}
STACKONE_SANDBOX = {"ALLOW_WITHOUT_DEBUG": True, "RATE_LIMIT": None}
