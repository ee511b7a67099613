"""``manage.py stackone_process_webhooks``: the old name of ``stackone_process``."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from stackone_connect.management.commands import stackone_process


class Command(stackone_process.Command):
    """An alias of ``stackone_process`` that names the new name."""

    help = "The old name of stackone_process, which does more than webhooks. Use that."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write(_("stackone_process_webhooks is now called stackone_process."))
        super().handle(*args, **options)
