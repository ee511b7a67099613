"""``manage.py stackone_process``: run all due work. Run it every minute."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from stackone_connect.client import unlimited
from stackone_connect.management.failures import without_traceback
from stackone_connect.management.terminals import written_anywhere
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

    @written_anywhere
    @without_traceback
    @unlimited()
    def handle(self, *args: Any, **options: Any) -> None:
        processed = events.process_due()
        closed = sessions.close_abandoned()
        asked = 0 if options["no_poll"] else sessions.poll()
        # After the events: an account that was connected again must not be disconnected.
        disconnected = accounts.retry_disconnects()
        finished = owners.finish_deletions()
        done = [
            ngettext("%(n)d event processed", "%(n)d events processed", processed)
            % {"n": processed},
            ngettext("%(n)d abandoned session closed", "%(n)d abandoned sessions closed", closed)
            % {"n": closed},
            ngettext("%(n)d open session asked about", "%(n)d open sessions asked about", asked)
            % {"n": asked},
            ngettext("%(n)d account disconnected", "%(n)d accounts disconnected", disconnected)
            % {"n": disconnected},
        ]
        if finished:
            text = ngettext(
                "%(n)d deleted organization finished",
                "%(n)d deleted organizations finished",
                finished,
            )
            done.append(text % {"n": finished})
        self.stdout.write(", ".join(done))
