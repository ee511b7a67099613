"""How the demo is served: one process with threads.

The server also calls itself (the sandbox), so it needs at least two threads.
"""

from __future__ import annotations

import logging
import os
import time
from io import StringIO
from threading import Thread
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
wsgi_app = "example_project.wsgi:application"
workers = 1
threads = 16
accesslog = "-"
# Without query strings and referrers: the URL of the hub's OAuth popup has a token.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(M)sms"
# More output would hide the URL and the passwords that were printed just before.
loglevel = "warning"

#: Seconds between two runs of ``stackone_process``, which cron runs every minute on a server.
SWEEP_EVERY = 5


def post_worker_init(worker: Any) -> None:
    """Start a thread that does cron's work in the demo."""
    Thread(target=_sweep, name="sweep", daemon=True).start()


def _sweep() -> None:
    from django.core.management import call_command
    from django.db import connections

    while True:
        time.sleep(SWEEP_EVERY)
        try:
            call_command("stackone_process", stdout=StringIO())
        except Exception:
            logging.getLogger(__name__).exception("stackone_process failed; it is run again")
        finally:
            connections.close_all()
