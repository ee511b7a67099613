"""``manage.py stackone_sandbox``: drives the sandbox from a terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError

from stackone_connect.sandbox import control, faults, worker
from stackone_connect.sandbox.models import Account, ConnectSession, Delivery, Webhook
from stackone_connect.sandbox.sessions import TYPES
from stackone_connect.sandbox.webhooks import EVENTS, UPDATED

#: Seconds to wait for webhooks before the process ends.
MAX_WAIT = 6
#: Deliveries that are listed.
SHOWN = 50
#: Error messages by what was not found.
_MISSING: dict[type[ObjectDoesNotExist], str] = {
    ConnectSession.DoesNotExist: "The sandbox has no such connect session.",
    Account.DoesNotExist: "The sandbox has no such account.",
    Webhook.DoesNotExist: "No such webhook was added here; those of the settings are fixed.",
}
_HYPHENS = "Put -- before an account id that begins with a hyphen."
_WEBHOOK = {
    "add": (control.add_webhook, "send every event to an address; prints the signing secret"),
    "add-secret": (control.add_webhook_secret, "add a second secret, which does not sign yet"),
    "activate-secret": (control.activate_webhook_secret, "sign with the other secret"),
    "drop-secret": (control.drop_webhook_secret, "remove the secret that does not sign"),
    "remove": (control.remove_webhook, "send no more events to the address"),
}


class Command(BaseCommand):
    help = "Expire a session, break an account, set a fault, add a webhook, or reset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)

        expire = commands.add_parser("expire", help="refuse a session's token from now on")
        which = expire.add_mutually_exclusive_group(required=True)
        which.add_argument("token", nargs="?", help="the session's token")
        which.add_argument("--session", type=int, metavar="ID", help="the session's id")

        status = commands.add_parser(
            "account-status", help="change an account's status", epilog=_HYPHENS
        )
        status.add_argument("--reason", action="append", default=[], help="may be repeated")
        status.add_argument("account_id")
        status.add_argument("status", choices=control.STATUSES)

        move = commands.add_parser(
            "move-account", help="give an account to another owner", epilog=_HYPHENS
        )
        move.add_argument("account_id")
        move.add_argument("owner_id", help="the other owner's origin_owner_id")
        move.add_argument("--name", default="", help="its origin_owner_name; by default unchanged")
        move.add_argument("--no-webhook", action="store_true", help="send no account.updated")

        kind = commands.add_parser("account-type", help="change an account's type", epilog=_HYPHENS)
        kind.add_argument("account_id")
        kind.add_argument("type", choices=TYPES)

        fault = commands.add_parser("fault", help="set a fault")
        fault.add_argument("kind", choices=faults.KINDS)
        fault.add_argument(
            "--target",
            default="",
            choices=faults.TARGETS,
            help="the calls that it is for; by default POST /connect_sessions",
        )
        fault.add_argument("--method", default="", choices=faults.METHODS)
        fault.add_argument("--prefix", default="", help="of a path (accounts/) or an event")
        fault.add_argument("--times", type=int, help="0 for always")
        fault.add_argument("--seconds", type=float, help="delay, or value of Retry-After")
        fault.add_argument("--status", type=int, help="400 to 599")
        fault.add_argument("--project", default="", help="only for this project")
        commands.add_parser("clear-faults", help="remove all faults")

        send = commands.add_parser(
            "send", help="send an event that did not happen", epilog=_HYPHENS
        )
        send.add_argument("--event", default=UPDATED, choices=EVENTS)
        send.add_argument("--forged", action="store_true", help="signed with a wrong secret")
        send.add_argument("account_id")

        webhook = commands.add_parser("webhook", help="manage webhook addresses")
        does = webhook.add_subparsers(dest="does", required=True)
        for name, (_, text) in _WEBHOOK.items():
            verb = does.add_parser(name, help=text)
            verb.add_argument("url")
            verb.add_argument("--project", help="required where there are several")

        commands.add_parser("deliveries", help="list the newest webhooks with their results")
        commands.add_parser("deliver", help="send every due webhook")
        commands.add_parser("reset", help="delete every session, account, delivery and fault")

    def handle(self, *args: Any, **options: Any) -> None:
        handler = getattr(self, options["action"].replace("-", "_"))
        try:
            output = handler(options)
        except ObjectDoesNotExist as error:
            raise CommandError(_MISSING[type(error)]) from error
        except ValueError as error:
            raise CommandError(f"{error}.") from error
        # Queued webhooks are sent before this process ends, unless a receiver is slow.
        worker.wait_until_idle(MAX_WAIT)
        self.stdout.write(self.style.SUCCESS(output or "Done."))

    def expire(self, options: dict[str, Any]) -> None:
        if options["session"] is not None:
            control.expire_session(options["session"])
        else:
            control.expire_token(options["token"])

    def account_status(self, options: dict[str, Any]) -> None:
        control.set_account_status(options["account_id"], options["status"], options["reason"])

    def move_account(self, options: dict[str, Any]) -> None:
        control.move_account(
            options["account_id"],
            origin_owner_id=options["owner_id"],
            origin_owner_name=options["name"],
            send_webhook=not options["no_webhook"],
        )

    def account_type(self, options: dict[str, Any]) -> None:
        control.set_account_type(options["account_id"], options["type"])

    def fault(self, options: dict[str, Any]) -> str:
        names = ("kind", "target", "method", "prefix", "times", "seconds", "status", "project")
        fault = control.set_fault(**{name: options[name] for name in names})
        times = f"{fault.remaining}×" if fault.remaining else "until removed"
        return f"{faults.label_of(fault)}: {faults.aim_of(fault)}, {times}."

    def clear_faults(self, options: dict[str, Any]) -> None:
        control.clear_faults()

    def send(self, options: dict[str, Any]) -> None:
        control.send_webhook(options["account_id"], options["event"], is_forged=options["forged"])

    def webhook(self, options: dict[str, Any]) -> str | None:
        """Returns a new secret, which is printed and not stored."""
        act, _ = _WEBHOOK[options["does"]]
        return act(options["url"], project=options["project"])

    def deliver(self, options: dict[str, Any]) -> str:
        return f"{control.deliver_due()} attempted."

    def deliveries(self, options: dict[str, Any]) -> str:
        return "\n".join(
            f"{item.created_at:%Y-%m-%d %H:%M:%S} {item.event} {item.account_id} {item.state} "
            f"{item.status_code or item.problem or '-'} attempts={item.attempts} {item.address}"
            for item in Delivery.objects.all()[:SHOWN]
        )

    def reset(self, options: dict[str, Any]) -> None:
        control.reset()
