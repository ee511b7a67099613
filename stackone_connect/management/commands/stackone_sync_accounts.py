"""``manage.py stackone_sync_accounts``: bring accounts and open sessions in sync with StackOne."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from stackone_connect.client import unlimited
from stackone_connect.management.failures import without_traceback
from stackone_connect.management.organizations import organization_by_key
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
        self.stdout.write(
            f"{report.seen} accounts seen, {report.repaired} out of date and repaired, "
            f"{report.disconnected} disconnected, {report.foreign} of owners not known here"
        )
        if report.unreadable:
            self.stdout.write(f"{report.unreadable} could not be read and were not changed")

    def _progress(self, report: Report) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{report.seen} accounts, {report.repaired} repaired", ending="")

    def _end_of_line(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
