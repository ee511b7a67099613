"""What the app adds to the memory of a process that serves a Django project without it.

``python -m benchmarks.app with`` or ``without``: the memory of such a process, in MB.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.load import ROUNDS
from benchmarks.results import Results, of_rounds
from benchmarks.servers import ROOT

APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "example_project.accounts",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]


def measure() -> Results:
    """The difference, each round in new processes."""
    return {
        "app_weight_mb": of_rounds(
            [_memory_of("with") - _memory_of("without") for _ in range(ROUNDS)], "<= 5"
        )
    }


def _memory_of(which: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.app", which],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(done.stdout)


def serve(*, with_app: bool) -> float:
    """Answer one request, and measure."""
    import django
    import psycopg  # noqa: F401 - the host has its database's driver
    import requests  # noqa: F401 - and calls others too
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="for measuring only",  # noqa: S106 - no secret
        INSTALLED_APPS=[*APPS, *(["stackone_connect"] if with_app else [])],
        MIDDLEWARE=MIDDLEWARE,
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}},
        AUTH_USER_MODEL="accounts.User",
        ROOT_URLCONF="benchmarks.app_urls",
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        STACKONE_CONNECT={"ORGANIZATION_MODEL": "accounts.Organization", "API_KEY": "a-key"},
    )
    django.setup()
    from django.test import Client

    for path in ("/plain/", "/api/stackone/connect-sessions/"):
        response = Client().get(path)
        assert response.status_code in {200, 403, 404}, response.status_code
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    print(serve(with_app=sys.argv[1] == "with"))
