"""Process all that is due: the accounts of one owner with one list, none while StackOne is out."""

from __future__ import annotations

import logging

from django.db.models import Count, Min

from stackone_connect import clock, logs
from stackone_connect.client import Client
from stackone_connect.exceptions import StackOneError, StackOneOutError, UnavailableError
from stackone_connect.models import WebhookEvent
from stackone_connect.services._webhooks import processing, queue
from stackone_connect.services._webhooks.interruptions import is_interruption
from stackone_connect.services._webhooks.queue import Claim

#: Accounts asked for in one list; more of StackOne's ids could make the address too long.
BATCH = 50
#: After so many failures in a row that would meet every other event too, a run ends.
CONSECUTIVE_FAILURES = 3


class Run:
    """One run through the due events of a StackOne project, oldest first."""

    def __init__(self, project: str, client: Client) -> None:
        self._project = project
        self._client = client
        self._began = clock.now()
        self._failures = 0

    def process(self, limit: int | None) -> int:
        """Process what was due when the run began, up to about ``limit`` events; how many.

        Each worker takes what no other has claimed. Ends early where StackOne answers nothing: what
        is left stays due, with all its attempts. What interrupts the run is raised.
        """
        count = 0
        while self._failures < CONSECUTIVE_FAILURES and (limit is None or count < limit):
            account_ids = self._oldest(None if limit is None else limit - count)
            if not account_ids:
                break
            due = WebhookEvent.objects.due(at=self._began)
            claim = queue.claim(due.filter(project=self._project, account_id__in=account_ids))
            with queue.released_if_interrupted(claim):
                count += sum(map(len, claim.events.values())) - self._process(claim)
        return count

    def _oldest(self, most: int | None) -> list[str]:
        """Accounts of the owner whose event has been due the longest, as many as fit one list.

        Where no owner is named, an account may be anybody's: then only one.
        """
        due = WebhookEvent.objects.due(at=self._began).filter(project=self._project)
        oldest = due.first()
        if oldest is None:
            return []
        if not oldest.origin_owner_id:
            return [oldest.account_id]
        of_owner = due.filter(origin_owner_id=oldest.origin_owner_id).values("account_id")
        in_turn = of_owner.annotate(
            since=Min("next_attempt_at"), first=Min("pk"), number=Count("pk")
        ).order_by("since", "first")
        chosen: list[str] = []
        for account in in_turn[:BATCH]:
            chosen.append(account["account_id"])
            most = None if most is None else most - account["number"]
            if most is not None and most <= 0:
                break
        return chosen

    def _process(self, claim: Claim) -> int:
        """How many of the claimed events were put back."""
        processing.quarantine_unknown(claim)
        if len(claim.events) > 1:
            self._ask_together(claim)
        for account_id in list(claim.events):
            if self._failures >= CONSECUTIVE_FAILURES:
                left = sum(map(len, claim.events.values()))
                queue.release(claim)
                return left
            queue.renew(claim)
            try:
                self._note(processing.ask_alone(claim, account_id, self._project, self._client))
            except Exception as error:  # noqa: BLE001 - one account must not stop the others
                self._go_on_after(error)
        return 0

    def _ask_together(self, claim: Claim) -> None:
        """Ask with one list; what it does not show is left to be asked for alone."""
        open_before = len(claim.events)
        failure: StackOneError | None = None
        try:
            processing.ask_list(claim, self._project, self._client)
        except StackOneError as error:
            failure = error
        except UnavailableError as error:
            for account_id in list(claim.events):
                queue.defer(claim, account_id, error.code, pause=queue.FIRST_BACKOFF)
            return
        except Exception as error:  # noqa: BLE001 - each is asked for alone
            self._go_on_after(error)
            return
        if failure is not None or len(claim.events) < open_before:
            self._note(failure)

    def _note(self, failure: StackOneError | None) -> None:
        """What came of one call; ``None`` for an answer."""
        self._failures = self._failures + 1 if isinstance(failure, StackOneOutError) else 0
        if failure is not None and self._failures >= CONSECUTIVE_FAILURES:
            logs.write(logging.WARNING, "webhook_events.stopped", code=failure.code)

    def _go_on_after(self, error: Exception) -> None:
        """Log what failed here; raise what interrupts the run."""
        if is_interruption(error):
            raise error
        logs.write(logging.ERROR, "webhook_event.unexpected_error", error=type(error).__name__)
