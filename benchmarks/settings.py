"""The settings of the tests, on a PostgreSQL server, without a limit that would be measured."""

from tests.settings import *  # noqa: F403 - the base, with a few things changed
from tests.settings import MIDDLEWARE as TESTED
from tests.settings import STACKONE_CONNECT, env

#: The server. Each suite makes databases of its own there, named after this one.
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/stackone_bench"),
        # As in production: setting up a connection costs more than an issue.
        "CONN_MAX_AGE": None,
    }
}
ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = [name for name in TESTED if not name.startswith("example_project.")]
CALLS = env.int("BENCH_CALLS", default=0)
STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "BASE_URL": env("BENCH_STACKONE", default="http://127.0.0.1:1"),
    # Counted as in production, and never reached.
    "THROTTLE_RATE": env("BENCH_THROTTLE_RATE", default="1000000/min"),
    "MAX_CONCURRENT_CALLS": CALLS or None,
    "WEBHOOK_SECRETS": ["the-webhook-secret"],
    "BACKGROUND": env("BENCH_BACKGROUND", default="inline"),
}
#: Nothing but what makes a measurement worthless.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
