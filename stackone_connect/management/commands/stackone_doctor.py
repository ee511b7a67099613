"""``manage.py stackone_doctor``: what is wrong, and how to fix it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from textwrap import indent, wrap
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from stackone_connect.client import unlimited
from stackone_connect.management.terminals import written_anywhere
from stackone_connect.services import doctor
from stackone_connect.services.doctor import Diagnostic

_WIDTH = 78


class Command(BaseCommand):
    """Print the findings of ``services.doctor``; exit code 1 if anything is wrong."""

    help = (
        "Examine the settings, the connection to StackOne, the API key and the records, and say "
        "what is wrong and how to fix it. Changes nothing. Exit code 1 if anything is wrong."
    )
    #: The checks are among the findings, so they must not end the command early.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines: one JSON object")

    @written_anywhere
    @unlimited()
    def handle(self, *args: Any, **options: Any) -> None:
        # What machines read is the same in every language.
        with translation.override(None if options["json"] else translation.get_language()):
            findings = doctor.examine()
        wrong = sum(finding.is_wrong for finding in findings)
        if options["json"]:
            answer = {"ok": not wrong, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            for finding in findings:
                self._print(finding)
        if wrong:
            message = _("Found wrong: %(wrong)d of %(all)d.")
            raise CommandError(message % {"wrong": wrong, "all": len(findings)}, returncode=1)
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS(_("All fine.")))

    def _print(self, finding: Diagnostic) -> None:
        styles: dict[str, Callable[[str], str]] = {
            "ok": self.style.SUCCESS,
            "notice": str,
            "warning": self.style.WARNING,
            "error": self.style.ERROR,
        }
        self.stdout.write(f"{styles[finding.level](f'{finding.level:<8}')} {finding.title}")
        self.stdout.write(_paragraph(finding.detail))
        if finding.hint and finding.level != "ok":
            self.stdout.write(_paragraph(f"→ {finding.hint}"))


def _paragraph(text: str) -> str:
    lines = wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return indent("\n".join(lines), " " * 9)
