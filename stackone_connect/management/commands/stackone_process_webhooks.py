"""``manage.py stackone_process_webhooks``: finish what was left undone. Run it every minute."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from stackone_connect import client as clients
from stackone_connect.services import accounts, events, polling, sessions


class Command(BaseCommand):
    """Drain due events, close abandoned sessions, poll open sessions, retry disconnects."""

    help = (
        "Process the webhook events that are due, close sessions whose process was killed, ask "
        "StackOne about open sessions, and retry disconnects that it did not answer. Safe to run "
        "from several machines at once; meant to be run every minute or so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-poll",
            action="store_true",
            help="do not ask StackOne about open sessions, where webhooks are reliable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        client = clients.current()
        done = {
            "events processed": events.process_due(client=client),
            "abandoned sessions closed": sessions.close_abandoned(),
            "open sessions asked about": 0 if options["no_poll"] else polling.poll(client=client),
            # Last: whoever has connected an account again no longer wants it disconnected.
            "accounts disconnected": accounts.retry_disconnects(client=client),
        }
        self.stdout.write(", ".join(f"{count} {what}" for what, count in done.items()))
