"""A plain project with dj-stripe; it runs in an environment of its own, without this app."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _database.hostname,
        "PORT": _database.port,
        "USER": _database.username,
        "PASSWORD": _database.password or "",
        "NAME": _database.path.lstrip("/"),
        "CONN_MAX_AGE": None,
    }
}
SECRET_KEY = "for measuring only"  # noqa: S105 - no secret
ALLOWED_HOSTS = ["*"]
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "djstripe",
]
# As a new project has them, which ours has too.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Tables as they are today, without the half minute that dj-stripe's history takes.
MIGRATION_MODULES = dict.fromkeys(["auth", "contenttypes", "sessions", "djstripe"])
ROOT_URLCONF = "urls"
#: Nothing but what makes a measurement worthless.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}

STRIPE_API_HOST = os.environ["BENCH_STACKONE"]
STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = "sk_test_" + "x" * 24
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
