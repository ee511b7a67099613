"""``manage.py stackone_process``: run all due work. Run it every minute."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from stackone_connect.client import unlimited
from stackone_connect.management.failures import without_traceback
from stackone_connect.services import accounts, events, owners, sessions


class Command(BaseCommand):
    """Process due events, close abandoned sessions, poll open ones, finish disconnects."""

    help = (
        "Process the webhook events that are due, close sessions whose process was killed, ask "
        "StackOne about open sessions, retry disconnects that it did not answer, and disconnect "
        "what deleted organizations left behind. Safe to run from several machines at once; meant "
        "to be run every minute or so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-poll",
            action="store_true",
            help="do not ask StackOne about open sessions, where webhooks are reliable",
        )

    @without_traceback
    @unlimited()
    def handle(self, *args: Any, **options: Any) -> None:
        done = {
            "events processed": events.process_due(),
            "abandoned sessions closed": sessions.close_abandoned(),
            "open sessions asked about": 0 if options["no_poll"] else sessions.poll(),
            # After the events: an account that was connected again must not be disconnected.
            "accounts disconnected": accounts.retry_disconnects(),
        }
        if finished := owners.finish_deletions():
            done["deleted organizations finished"] = finished
        self.stdout.write(", ".join(f"{count} {what}" for what, count in done.items()))
