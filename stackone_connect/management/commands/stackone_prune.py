"""``manage.py stackone_prune``: delete what is older than its retention. Run it every day."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect.management.failures import without_traceback
from stackone_connect.management.terminals import written_anywhere
from stackone_connect.services import retention


class Command(BaseCommand):
    """Delete old sessions and events in batches."""

    help = (
        "Delete sessions and webhook events older than SESSION_RETENTION_DAYS and "
        "WEBHOOK_RETENTION_DAYS, keeping what is still needed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    @written_anywhere
    @without_traceback
    def handle(self, *args: Any, **options: Any) -> None:
        pruned = retention.prune(dry_run=options["dry_run"])
        text = _("%(sessions)s and %(events)s deleted")
        if options["dry_run"]:
            text = _("%(sessions)s and %(events)s would be deleted")
        counts = {
            "sessions": ngettext("%(n)d session", "%(n)d sessions", pruned.sessions)
            % {"n": pruned.sessions},
            "events": ngettext("%(n)d event", "%(n)d events", pruned.events) % {"n": pruned.events},
        }
        self.stdout.write(text % counts)
