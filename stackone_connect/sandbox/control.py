"""Drives the sandbox from Python: for tests, the control page and ``stackone_sandbox``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from stackone_connect.sandbox import (
    conf,
    faults,
    forms,
    linking,
    sender,
    transactions,
    webhooks,
    worker,
)
from stackone_connect.sandbox.catalogue import BY_PROVIDER
from stackone_connect.sandbox.ids import digest
from stackone_connect.sandbox.models import (
    TEXT,
    Account,
    ConnectSession,
    Delivery,
    Fault,
)
from stackone_connect.sandbox.sessions import TYPES
from stackone_connect.sandbox.subscriptions import (
    activate_webhook_secret,
    add_webhook,
    add_webhook_secret,
    drop_webhook_secret,
    remove_webhook,
    webhook_secrets,
)

__all__ = [
    "STATUSES",
    "activate_webhook_secret",
    "add_account",
    "add_webhook",
    "add_webhook_secret",
    "clear_faults",
    "delete_account",
    "deliver_due",
    "drop_webhook_secret",
    "expire_session",
    "expire_token",
    "move_account",
    "redeliver",
    "remove_webhook",
    "reset",
    "send_webhook",
    "set_account_status",
    "set_account_type",
    "set_fault",
    "webhook_secrets",
]

#: StackOne notes §1.3.
STATUSES = ("active", "inactive", "suspended", "archived", "expired", "error")


def expire_session(session_id: int) -> None:
    """Refuse the session's token from now on. Raises ``ConnectSession.DoesNotExist``."""
    _expire(ConnectSession.objects.get(pk=session_id))


def expire_token(token: str) -> None:
    """As ``expire_session``, by the token. Raises ``ConnectSession.DoesNotExist``."""
    _expire(ConnectSession.objects.get(token_digest=digest(token)))


def _expire(session: ConnectSession) -> None:
    ConnectSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())


def set_account_status(account_id: str, status: str, reasons: Sequence[str] = ()) -> None:
    """Change an account's status; each of ``reasons`` becomes the text of a status reason.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for a status that StackOne does not have.
    """
    if status not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(STATUSES)}")
    with transactions.atomic():
        linking.set_status(account_id, status, reasons)


def delete_account(account_id: str) -> None:
    """As StackOne's dashboard would. Raises ``Account.DoesNotExist``."""
    linking.delete(Account.objects.get(pk=account_id))


def add_account(
    provider: str,
    *,
    origin_owner_id: str,
    origin_owner_name: str,
    account_type: str = "production",
    label: str = "",
    credentials: Mapping[str, object] | None = None,
    project: str | None = None,
) -> str:
    """Add an account without a session; returns its id.

    It may be the second of an owner and provider. ``credentials`` fill in the provider's form and
    may be incomplete. Raises ``ValueError`` for an unknown provider, type or project, and for an
    owner without id or name.
    """
    if provider not in BY_PROVIDER:
        raise ValueError(f"{provider!r} is none of {', '.join(BY_PROVIDER)}")
    connector = BY_PROVIDER[provider]
    fields: dict[str, Any] = {
        "project": conf.project_named(project),
        "type": _account_type(account_type),
        "origin_owner_id": _owner_text(origin_owner_id),
        "origin_owner_name": _owner_text(origin_owner_name),
        "label": label,
    }
    filled = forms.read(connector, credentials or {})
    try:
        return linking.add(connector, filled, **fields).pk
    except IntegrityError:
        return linking.add(connector, filled, **fields, is_extra=True).pk


def move_account(
    account_id: str,
    *,
    origin_owner_id: str,
    origin_owner_name: str = "",
    send_webhook: bool = True,
) -> None:
    """Give an account to another owner, as ``PATCH /accounts/{id}`` does (StackOne notes §1.4).

    Without a name it keeps the one it has. With ``send_webhook`` an ``account.updated`` names the
    new owner; whether StackOne sends one no source says. Raises ``Account.DoesNotExist``,
    and ``ValueError`` for an owner without an id.
    """
    fields = {
        "origin_owner_id": _owner_text(origin_owner_id),
        "origin_owner_name": origin_owner_name.strip()[:TEXT],
    }
    linking.change(account_id, fields, send_webhook=send_webhook)


def set_account_type(account_id: str, account_type: str, *, send_webhook: bool = True) -> None:
    """Set an account's type to ``production`` or ``test``.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for another type.
    """
    linking.change(account_id, {"type": _account_type(account_type)}, send_webhook=send_webhook)


def _account_type(name: str) -> str:
    if name not in TYPES:
        raise ValueError(f"{name!r} is none of {', '.join(TYPES)}")
    return name


def _owner_text(text: str) -> str:
    if not text.strip() or len(text) > TEXT:
        raise ValueError(f"An owner's id and name have 1 to {TEXT} characters")
    return text


def deliver_due() -> int:
    """Attempt every due webhook before returning; the number of attempts."""
    return sender.deliver_due()


def redeliver(delivery_id: int) -> None:
    """Send a webhook once more, with the same event. Raises ``Delivery.DoesNotExist``."""
    delivery = Delivery.objects.get(pk=delivery_id)
    delivery.state, delivery.attempts = Delivery.State.WAITING, 0
    delivery.next_attempt_at = timezone.now()
    with transactions.atomic():
        delivery.save()
        transactions.on_commit(worker.wake)


def send_webhook(
    account_id: str, event: str = webhooks.UPDATED, *, is_forged: bool = False
) -> None:
    """Send an event that did not happen, with a valid signature or a forged one.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for an event that StackOne does not have.
    """
    if event not in webhooks.EVENTS:
        raise ValueError(f"{event!r} is none of {', '.join(webhooks.EVENTS)}")
    account = Account.objects.get(pk=account_id)
    with transactions.atomic():
        (webhooks.forge if is_forged else webhooks.emit)(event, account)


set_fault = faults.add


def clear_faults(fault_id: int | None = None) -> None:
    """Remove one fault, or all; does nothing for one that has happened."""
    Fault.objects.filter(**({} if fault_id is None else {"pk": fault_id})).delete()


def reset() -> None:
    """Delete sessions, attempts, accounts, deliveries and faults; webhook addresses stay."""
    Fault.objects.all().delete()
    ConnectSession.objects.all().delete()
    Account.objects.all().delete()
    Delivery.objects.all().delete()
