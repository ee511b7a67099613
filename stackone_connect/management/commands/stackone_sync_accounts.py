"""``manage.py stackone_sync_accounts``: bring accounts and open sessions in sync with StackOne."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stackone_connect.client import unlimited
from stackone_connect.management.failures import without_traceback
from stackone_connect.management.organizations import organization_by_key
from stackone_connect.management.terminals import written_anywhere
from stackone_connect.services import sync
from stackone_connect.services.sync import Report


class Command(BaseCommand):
    """Sync one organization or all, with progress on a terminal."""

    help = (
        "Bring linked accounts and open sessions in sync with StackOne. It may be interrupted and "
        "run again. Without webhooks, run it regularly; with them, once a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", metavar="ID", help="only this one, by its primary key here"
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="disconnect even more than half of the accounts, if StackOne says they are gone",
        )

    @written_anywhere
    @without_traceback
    @unlimited()
    def handle(self, *args: Any, **options: Any) -> None:
        force = options["force"]
        try:
            if options["organization"] is not None:
                organization = organization_by_key(options["organization"])
                report = sync.sync_organization(organization=organization, force=force)
            else:
                report = sync.sync_all(force=force, progress=self._progress)
        finally:
            self._end_of_line()
        seen = ngettext("%(n)d account seen", "%(n)d accounts seen", report.seen)
        counts = (
            (seen, report.seen),
            (_("%(n)d out of date and repaired"), report.repaired),
            (_("%(n)d disconnected"), report.disconnected),
            (_("%(n)d of owners not known here"), report.foreign),
        )
        self.stdout.write(", ".join(text % {"n": count} for text, count in counts))
        if report.unreadable:
            text = ngettext(
                "%(n)d could not be read and was not changed",
                "%(n)d could not be read and were not changed",
                report.unreadable,
            )
            self.stdout.write(text % {"n": report.unreadable})

    def _progress(self, report: Report) -> None:
        if self.stderr.isatty():
            text = _("Accounts: %(seen)d, repaired: %(repaired)d")
            counts = {"seen": report.seen, "repaired": report.repaired}
            self.stderr.write(f"\r{text % counts}", ending="")

    def _end_of_line(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
