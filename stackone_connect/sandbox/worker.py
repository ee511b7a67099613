"""A background thread per process that sends due webhooks; it ends when none is waiting.

The database holds the queue: what a killed process did not send is sent by the next process that
queues a webhook, or by ``stackone_sandbox deliver``.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connections
from django.utils import timezone

from stackone_connect.sandbox import sender

logger = logging.getLogger("stackone_sandbox")

#: Seconds between two looks at the queue at most, because another process may have added to it.
MAX_WAIT = 5.0
#: Seconds to wait after a database error.
ERROR_WAIT = 1.0


class Worker:
    """Owns the thread. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake_event = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def wake(self) -> None:
        """Start the thread unless it runs, and have it look at the queue now."""
        with self._lock:
            self._wake_event.set()
            # The parent's thread does not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="stackone-sandbox-worker", daemon=True
                )
                self._thread.start()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until the queue is empty; ``False`` if it is not after ``seconds``."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def stop(self) -> None:
        """End the thread after the delivery that it is sending; the others stay due."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._stopping = True
            self._wake_event.set()
            thread.join()
            self._stopping = False

    def _run(self) -> None:
        wait: float | None = 0.0
        while wait is not None:
            self._wake_event.wait(wait)
            self._wake_event.clear()
            if self._stopping:
                return
            wait = self._process()
            with self._lock:
                if wait is None and self._wake_event.is_set():
                    wait = 0.0
                elif wait is None:
                    self._thread = None

    def _process(self) -> float | None:
        """Send what is due; the seconds until the next delivery, ``None`` for an empty queue."""
        try:
            sender.deliver_due()
            due_at = sender.next_due()
        except DatabaseError as failed:
            # SQLite may be locked; a delivery under way is due again when its lease ends.
            logger.warning("webhooks.postponed error=%s", type(failed).__name__)
            return ERROR_WAIT
        finally:
            connections.close_all()
        if due_at is None:
            return None
        return min(MAX_WAIT, max(0.0, (due_at - timezone.now()).total_seconds()))


_worker = Worker()
wake = _worker.wake
wait_until_idle = _worker.wait_until_idle
stop = _worker.stop
