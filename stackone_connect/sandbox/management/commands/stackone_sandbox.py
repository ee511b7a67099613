"""``manage.py stackone_sandbox``: the sandbox's knobs in a terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError

from stackone_connect.sandbox import control, courier, faults
from stackone_connect.sandbox.models import Account, ConnectSession, Delivery, Webhook
from stackone_connect.sandbox.webhooks import EVENTS, UPDATED

#: Seconds.
AT_MOST = 6
#: Deliveries.
SHOWN = 50
#: What a command could not find, in words.
_MISSING: dict[type[ObjectDoesNotExist], str] = {
    ConnectSession.DoesNotExist: "The sandbox has no such connect session.",
    Account.DoesNotExist: "The sandbox has no such account.",
    Webhook.DoesNotExist: "No such webhook was added here; those of the settings stay.",
}
_WEBHOOK = {
    "add": (control.add_webhook, "tell an address of every event; prints the secret that signs"),
    "add-secret": (control.add_webhook_secret, "a second secret, which does not sign yet"),
    "activate-secret": (control.activate_webhook_secret, "let the other secret sign"),
    "drop-secret": (control.drop_webhook_secret, "forget the secret that does not sign"),
    "remove": (control.remove_webhook, "tell the address no more"),
}


class Command(BaseCommand):
    help = "Expire a session, break an account, set a fault, add a webhook, or start afresh."

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

        fault = commands.add_parser("fault", help="let something go wrong")
        fault.add_argument("kind", choices=faults.KINDS)
        fault.add_argument("--method", default="", choices=faults.METHODS)
        fault.add_argument("--prefix", default="", help="of a path as in accounts/, or of an event")
        fault.add_argument("--times", type=int, help="0 for always")
        fault.add_argument("--seconds", type=float, help="to wait, or of Retry-After")
        fault.add_argument("--status", type=int, help="400 to 599")
        commands.add_parser("clear-faults", help="let everything go right again")

        send = commands.add_parser("send", help="a webhook of something that did not happen")
        send.add_argument("--event", default=UPDATED, choices=EVENTS)
        send.add_argument("--forged", action="store_true", help="signed with a wrong secret")
        send.add_argument("account_id")

        webhook = commands.add_parser("webhook", help="who is told of events")
        does = webhook.add_subparsers(dest="does", required=True)
        for name, (_, what) in _WEBHOOK.items():
            does.add_parser(name, help=what).add_argument("url")

        commands.add_parser("deliveries", help="what became of the newest webhooks")
        commands.add_parser("deliver", help="send every webhook that is due")
        commands.add_parser("reset", help="forget every session, attempt, account and delivery")

    def handle(self, *args: Any, **options: Any) -> None:
        handler = getattr(self, options["action"].replace("-", "_"))
        try:
            said = handler(options)
        except ObjectDoesNotExist as error:
            raise CommandError(_MISSING[type(error)]) from error
        except ValueError as error:
            raise CommandError(f"{error}.") from error
        # This process ends; what it set off goes out before, unless a receiver keeps it waiting.
        courier.wait_until_idle(AT_MOST)
        self.stdout.write(self.style.SUCCESS(said or "Done."))

    def expire(self, options: dict[str, Any]) -> None:
        if options["session"] is not None:
            control.expire_session(options["session"])
        else:
            control.expire_token(options["token"])

    def account_status(self, options: dict[str, Any]) -> None:
        control.set_account_status(options["account_id"], options["status"], options["reason"])

    def fault(self, options: dict[str, Any]) -> None:
        names = ("kind", "method", "prefix", "times", "seconds", "status")
        control.set_fault(**{name: options[name] for name in names})

    def clear_faults(self, options: dict[str, Any]) -> None:
        control.clear_faults()

    def send(self, options: dict[str, Any]) -> None:
        control.send_webhook(options["account_id"], options["event"], is_forged=options["forged"])

    def webhook(self, options: dict[str, Any]) -> str | None:
        """The secret is shown to who asked for it; the sandbox does not keep it."""
        act, _ = _WEBHOOK[options["does"]]
        return act(options["url"])

    def deliver(self, options: dict[str, Any]) -> str:
        return f"{control.deliver_due()} attempted."

    def deliveries(self, options: dict[str, Any]) -> str:
        return "\n".join(
            f"{item.created_at:%H:%M:%S} {item.event} {item.account_id} {item.state} "
            f"{item.status_code or item.problem or '-'} attempts={item.attempts} {item.address}"
            for item in Delivery.objects.all()[:SHOWN]
        )

    def reset(self, options: dict[str, Any]) -> None:
        control.reset()
