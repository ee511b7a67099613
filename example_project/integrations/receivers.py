"""Notify an organization when one of its accounts stopped working: an example of a receiver."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage
from django.dispatch import receiver

from example_project.accounts.models import User
from stackone_connect.signals import account_needs_reconnect


@receiver(account_needs_reconnect, dispatch_uid="example.tell_members")
def tell_members(account: Any, **_: Any) -> None:
    """E-mail every member of the linked account's organization.

    The signal is sent after commit, so it is never about something that is rolled back. A real
    project would use its queue: the signal may be sent during a request.
    """
    members = User.objects.filter(organization=account.owner.organization_id)
    addresses = list(members.exclude(email="").values_list("email", flat=True))
    if not addresses:
        return
    name = account.display_name
    EmailMessage(
        subject=f"{name} needs to be reconnected",
        body=(
            f"{name} no longer lets us in, so its data is not up to date any more.\n\n"
            "Sign in, open Integrations and press Reconnect: it takes a minute.\n"
        ),
        bcc=addresses,
    ).send()
