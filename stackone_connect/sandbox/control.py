"""Turning the sandbox's knobs from Python, for tests and for the ``stackone_sandbox`` command."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from stackone_connect.sandbox import conf, courier, delivering, faults, linking, webhooks
from stackone_connect.sandbox.ids import digest
from stackone_connect.sandbox.models import (
    TEXT,
    Account,
    ConnectSession,
    Delivery,
    Fault,
    Webhook,
)

#: Contract §1.3.
STATUSES = ("active", "inactive", "suspended", "archived", "expired", "error")


def expire_session(session_id: int) -> None:
    """Its token is refused from now on. Raises ``ConnectSession.DoesNotExist``."""
    _expire(ConnectSession.objects.get(pk=session_id))


def expire_token(token: str) -> None:
    """As ``expire_session``, by the token that the sandbox itself doesn't keep."""
    _expire(ConnectSession.objects.get(token_digest=digest(token)))


def _expire(session: ConnectSession) -> None:
    ConnectSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())


def set_account_status(account_id: str, status: str, reasons: Sequence[str] = ()) -> None:
    """Let an account break or recover; ``reasons`` are sentences, each becomes a status reason.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for a status that StackOne doesn't have.
    """
    if status not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(STATUSES)}")
    with transaction.atomic():
        linking.set_status(account_id, status, reasons)


def delete_account(account_id: str) -> None:
    """As StackOne's dashboard would. Raises ``Account.DoesNotExist``."""
    linking.delete(Account.objects.get(pk=account_id))


def add_webhook(url: str) -> str:
    """Tell an address of every event from now on; answers the secret that signs.

    The secret is made here and not stored; ``webhook_secrets`` answers it again. Raises
    ``ValueError`` for an address that is there already, is too long, or is not http(s).
    """
    if not conf.is_address(url) or len(url) > TEXT:
        raise ValueError("A webhook's address begins with http:// or https://")
    if any(target.url == url for target in webhooks.targets()):
        raise ValueError("There is such a webhook already")
    return webhooks.secrets_of(Webhook.objects.create(url=url, keys=[webhooks.new_key()]))[0]


def webhook_secrets(url: str) -> tuple[str, ...]:
    """One or two; the first signs. Raises ``Webhook.DoesNotExist`` for one of the settings."""
    return webhooks.secrets_of(Webhook.objects.get(url=url))


def add_webhook_secret(url: str) -> str:
    """A second secret, which does not sign yet (contract §4.4); answers it.

    Raises ``Webhook.DoesNotExist``, and ``ValueError`` when there are two.
    """
    webhook = Webhook.objects.get(url=url)
    if len(webhook.keys) >= conf.MOST_SECRETS:
        raise ValueError("A webhook has at most two secrets")
    webhook.keys.append(webhooks.new_key())
    webhook.save()
    return webhooks.secrets_of(webhook)[-1]


def activate_webhook_secret(url: str) -> None:
    """Let the other secret sign. Raises ``Webhook.DoesNotExist``, ``ValueError`` if none."""
    webhook = Webhook.objects.get(url=url)
    if len(webhook.keys) < conf.MOST_SECRETS:
        raise ValueError("This webhook has one secret only")
    webhook.keys.reverse()
    webhook.save()


def drop_webhook_secret(url: str) -> None:
    """Forget the secret that does not sign. Raises ``Webhook.DoesNotExist``."""
    webhook = Webhook.objects.get(url=url)
    del webhook.keys[1:]
    webhook.save()


def remove_webhook(url: str) -> None:
    """Raises ``Webhook.DoesNotExist`` for one of the settings, too."""
    Webhook.objects.get(url=url).delete()


def deliver_due() -> int:
    """Attempt every webhook that is due, here and now; how many."""
    return delivering.deliver_due()


def redeliver(delivery_id: int) -> None:
    """Send a webhook once more, with the same event. Raises ``Delivery.DoesNotExist``."""
    delivery = Delivery.objects.get(pk=delivery_id)
    delivery.state, delivery.attempts = Delivery.State.WAITING, 0
    delivery.next_attempt_at = timezone.now()
    with transaction.atomic():
        delivery.save()
        transaction.on_commit(courier.wake)


def send_webhook(
    account_id: str, event: str = webhooks.UPDATED, *, is_forged: bool = False
) -> None:
    """Tell of something that did not happen, truly signed or forged.

    Raises ``Account.DoesNotExist``, and ``ValueError`` for an event that StackOne doesn't have.
    """
    if event not in webhooks.EVENTS:
        raise ValueError(f"{event!r} is none of {', '.join(webhooks.EVENTS)}")
    account = Account.objects.get(pk=account_id)
    with transaction.atomic():
        (webhooks.forge if is_forged else webhooks.tell)(event, account)


set_fault = faults.add


def clear_faults(fault_id: int | None = None) -> None:
    """Take one fault away, or all; harmless for one that has happened."""
    Fault.objects.filter(**({} if fault_id is None else {"pk": fault_id})).delete()


def reset() -> None:
    """Forget sessions, attempts, accounts, deliveries and faults; webhooks' addresses stay."""
    Fault.objects.all().delete()
    ConnectSession.objects.all().delete()
    Account.objects.all().delete()
    Delivery.objects.all().delete()
