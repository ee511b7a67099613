"""A thread per process that sends what is due, started by the first event and ended by the last.

The rows are the truth: what a killed process left is sent by the next one that has something to
send, or by ``stackone_sandbox deliver``.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connections
from django.utils import timezone

logger = logging.getLogger("stackone_sandbox")

#: Seconds. Another process may have set something due, so none is waited for longer.
LONGEST_NAP = 5.0
AFTER_AN_ERROR = 1.0


class Courier:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """See to it that what is due is sent soon, by this process."""
        with self._lock:
            self._woken.set()
            # After a fork the parent's thread is not alive here.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="stackone-sandbox-courier", daemon=True
                )
                self._thread.start()

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether everything was sent or given up within ``seconds``."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        nap: float | None = 0.0
        while nap is not None:
            self._woken.wait(nap)
            self._woken.clear()
            nap = self._round()
            with self._lock:
                if nap is None and self._woken.is_set():
                    nap = 0.0
                elif nap is None:
                    self._thread = None

    def _round(self) -> float | None:
        """Send what is due; how long to wait for more, ``None`` when nothing waits."""
        from stackone_connect.sandbox.delivering import deliver_due, next_due

        try:
            deliver_due()
            due_at = next_due()
        except DatabaseError as failed:
            # SQLite is locked now and then; what was under way is due again after its lease.
            logger.warning("webhooks.postponed error=%s", type(failed).__name__)
            return AFTER_AN_ERROR
        finally:
            connections.close_all()
        if due_at is None:
            return None
        return min(LONGEST_NAP, max(0.0, (due_at - timezone.now()).total_seconds()))


_courier = Courier()
wake = _courier.wake
wait_until_idle = _courier.wait_until_idle
