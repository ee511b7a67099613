"""How the demo is served: one process, as many threads as people at one desk need.

The sandbox is called by the same server, so it takes two threads at least.
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
# Paths without queries and without referrers: the hub's OAuth popup has a token in its address.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(M)sms"
# Anything more would be in the way of the address and the passwords printed just before.
loglevel = "warning"

#: Seconds between two runs of what a server has cron run every minute.
SWEEP_EVERY = 5


def post_worker_init(worker: Any) -> None:
    """Start the demo's stand-in for cron; a thread is enough for one process."""
    Thread(target=_sweep, name="sweep", daemon=True).start()


def _sweep() -> None:
    from django.core.management import call_command
    from django.db import connections

    while True:
        time.sleep(SWEEP_EVERY)
        try:
            call_command("stackone_process_webhooks", stdout=StringIO())
        except Exception:
            logging.getLogger(__name__).exception("sweep failed; the next one may not")
        finally:
            connections.close_all()
