"""``manage.py stackone_sync_accounts``: bring accounts and open sessions level with StackOne."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stackone_connect.exceptions import StackOneConnectError
from stackone_connect.management.organizations import organization_by_key
from stackone_connect.services import sync
from stackone_connect.services.sync import Report


class Command(BaseCommand):
    """Sync one organization or all, with progress where a person is looking."""

    help = (
        "Bring linked accounts and open sessions level with StackOne. Interrupted and run again, "
        "it ends level. Without webhooks, run it regularly; with them, once a day."
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

    def handle(self, *args: Any, **options: Any) -> None:
        force = options["force"]
        try:
            if options["organization"] is not None:
                organization = organization_by_key(options["organization"])
                report = sync.sync_organization(organization=organization, force=force)
            else:
                report = sync.sync_all(force=force, progress=self._progress)
        except StackOneConnectError as error:
            self._end_of_line()
            raise CommandError(f"{error.detail} ({error.code})") from error
        self._end_of_line()
        self.stdout.write(
            f"{report.seen} accounts seen, {report.repaired} had been missed and are repaired, "
            f"{report.disconnected} disconnected, {report.foreign} of owners not known here"
        )
        if report.unreadable:
            self.stdout.write(f"{report.unreadable} could not be read and were left alone")

    def _progress(self, report: Report) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{report.seen} accounts, {report.repaired} repaired", ending="")

    def _end_of_line(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
