"""A host's Celery app, with the module from docs/background.md among its tasks."""

from celery import Celery

from tests.settings import env

app = Celery(
    "host",
    broker=env.str("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/15"),
    include=["stackone_jobs"],
)
app.conf.broker_connection_retry_on_startup = True
