"""``manage.py stackone_connect_session``: a link that support sends to a customer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stackone_connect import conf
from stackone_connect.choices import SessionPath
from stackone_connect.client import unlimited
from stackone_connect.conf.rules import LINK_LIFETIME
from stackone_connect.exceptions import (
    ConfigurationError,
    InvalidRequestError,
    StackOneError,
    StackOneRejectedError,
)
from stackone_connect.management.failures import without_traceback
from stackone_connect.management.organizations import organization_by_key
from stackone_connect.management.terminals import written_anywhere
from stackone_connect.redaction import RedactedStr
from stackone_connect.services import sessions
from stackone_connect.services.sessions import IssuedSession

_EXPECTED = {
    SessionPath.CREATE: gettext_lazy("It will probably create an account."),
    SessionPath.UPDATE: gettext_lazy("It will probably update an account that is already linked."),
    SessionPath.MULTIPLE: gettext_lazy("It will probably create another account."),
    SessionPath.UNDETERMINED: gettext_lazy(
        "It will create or update an account; which one is not known yet."
    ),
}


class Command(BaseCommand):
    """Issue a session with ``services.sessions`` and print its link, once."""

    help = (
        "Issue a connect session for an organization and print its link, to be sent to the "
        "customer. The link is shown once and not stored; anyone with it can use it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", required=True, metavar="ID", help="its primary key in this project"
        )
        parser.add_argument("--provider", metavar="P", help="the integration, such as bamboohr")
        parser.add_argument("--category", metavar="C", help="the category, such as hris")
        parser.add_argument(
            "--account-id",
            metavar="A",
            help="the linked account to edit; as --account-id=A where it begins with a hyphen",
        )
        parser.add_argument("--label", metavar="L", help="the label of the account")
        parser.add_argument(
            "--expires-in",
            type=int,
            metavar="S",
            help="seconds of validity (default: five days, or MAX_SESSION_LIFETIME if shorter)",
        )

    @written_anywhere
    @without_traceback
    @unlimited()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            issued = self._issue(options)
        except InvalidRequestError as error:
            lines = [
                f"--{field.replace('_', '-')}: {message}"
                for field, messages in error.errors.items()
                for message in messages
            ]
            raise CommandError("\n".join(lines)) from error
        except StackOneRejectedError:
            raise  # about what was asked, which the doctor does not see
        except StackOneError as error:
            message = _("%(what)s (%(code)s) Run 'manage.py stackone_doctor' to see why.")
            raise CommandError(message % {"what": error.detail, "code": error.code}) from error
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
        self._print(issued)

    def _issue(self, options: dict[str, Any]) -> IssuedSession:
        expires_in = options["expires_in"]
        if expires_in is None:
            expires_in = min(LINK_LIFETIME, conf.read().max_session_lifetime)
        return sessions.issue(
            organization=organization_by_key(options["organization"]),
            provider=options["provider"],
            category=options["category"],
            account_id=options["account_id"],
            label=options["label"],
            expires_in=expires_in,
        )

    def _print(self, issued: IssuedSession) -> None:
        session = issued.session
        if not issued.auth_link_url:
            message = _("StackOne issued the session %(session)s without a link.")
            raise CommandError(message % {"session": session.pk})
        self.stdout.write(
            _("For %(name)s. Anyone with this link can connect an account for them:")
            % {"name": session.owner.origin_owner_name}
        )
        # Redacted and with its line ending, because write() keeps it in a local variable.
        link = RedactedStr(f"\n{self.style.SUCCESS(issued.auth_link_url)}\n\n")
        self.stdout.write(link, ending="")
        until = {"until": f"{session.expires_at:%Y-%m-%d %H:%M} UTC"}
        self.stdout.write(_("It is valid until %(until)s.") % until)
        self.stdout.write(_("It is shown only once and not stored."))
        found = {"session": session.pk}
        self.stdout.write(_("In the admin, look for the connect session %(session)s.") % found)
        self.stdout.write(str(_EXPECTED[SessionPath(session.path)]))
