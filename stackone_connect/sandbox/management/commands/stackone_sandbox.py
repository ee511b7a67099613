"""``manage.py stackone_sandbox``: the sandbox's knobs in a terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account, ConnectSession


class Command(BaseCommand):
    help = "Expire a connect session, set an account's status, or start the sandbox afresh."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)

        expire = commands.add_parser("expire", help="refuse a session's token from now on")
        which = expire.add_mutually_exclusive_group(required=True)
        which.add_argument("token", nargs="?", help="the session's token")
        which.add_argument("--session", type=int, metavar="ID", help="the session's id")

        status = commands.add_parser(
            "account-status",
            help="let an account break or recover",
            epilog="Put -- before an account id that begins with a hyphen.",
        )
        status.add_argument("--reason", action="append", default=[], help="may be repeated")
        status.add_argument("account_id")
        status.add_argument("status", choices=control.STATUSES)

        commands.add_parser("reset", help="forget every session, attempt and account")

    def handle(self, *args: Any, **options: Any) -> None:
        action = options["action"]
        try:
            if action == "expire" and options["session"] is not None:
                control.expire_session(options["session"])
            elif action == "expire":
                control.expire_token(options["token"])
            elif action == "account-status":
                control.set_account_status(
                    options["account_id"], options["status"], options["reason"]
                )
            else:
                control.reset()
        except ConnectSession.DoesNotExist as error:
            raise CommandError("The sandbox has no such connect session.") from error
        except Account.DoesNotExist as error:
            raise CommandError("The sandbox has no such account.") from error
        self.stdout.write(self.style.SUCCESS("Done."))
