"""Settings of a worker process beside the tests: StackOne is where ``STACKONE_BASE_URL`` says."""

from tests.settings import *  # noqa: F403 - the base, with a few things changed
from tests.settings import DATABASES, STACKONE_CONNECT, env

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {"timeout": 20, "transaction_mode": "IMMEDIATE"}

STACKONE_CONNECT = {
    **STACKONE_CONNECT,
    "BASE_URL": env.str("STACKONE_BASE_URL"),
    "WEBHOOK_SECRETS": [env.str("WEBHOOK_SECRET")],
}
