"""Which account a session is for, and what connecting does: create, update, multiple."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from stackone_connect.sandbox import conf, transactions, webhooks
from stackone_connect.sandbox.catalogue import BY_PROVIDER, CONNECTORS, Connector
from stackone_connect.sandbox.errors import RefusedError, bad_request, not_found
from stackone_connect.sandbox.forms import Filled
from stackone_connect.sandbox.ids import is_possible
from stackone_connect.sandbox.models import Account, ConnectSession
from stackone_connect.sandbox.times import iso

_TRIES = 3


def account_for(session: ConnectSession, provider: str) -> Account | None:
    """The account that connecting ``provider`` would update; ``None`` means a new one.

    StackOne notes §3.1: an ``account_id`` is that account and ``multiple`` is ignored; ``multiple``
    leaves every account untouched; else owner id, owner name and provider used before mean that
    one. Of several (made with ``multiple``) the oldest, which is a guess: no source says.
    Raises ``RefusedError`` (404) for an ``account_id`` that is gone.
    """
    if session.account_id:
        return find_account(session.account_id, project=session.project)
    if session.multiple:
        return None
    return Account.objects.filter(
        project=session.project,
        origin_owner_id=session.origin_owner_id,
        origin_owner_name=session.origin_owner_name,
        provider=provider,
    ).first()


def find_account(account_id: str, *, project: str) -> Account:
    """Raises ``RefusedError`` (404), also for an account of another project."""
    of_project = Account.objects.filter(project=project)
    account = of_project.filter(pk=account_id).first() if is_possible(account_id) else None
    if account is None:
        raise not_found("Account not found")
    return account


def account_in_edit_mode(session: ConnectSession) -> Account | None:
    """The account that the hub should open instead of the list (StackOne notes §3.1, §20.9)."""
    if session.account_id or session.provider:
        return account_for(session, session.provider)
    return None


def connectors(session: ConnectSession) -> list[Connector]:
    """What the hub may list: filtered by account, or by provider, profile and categories."""
    account = account_in_edit_mode(session)
    if account is not None:
        return [BY_PROVIDER[account.provider]]
    return [
        connector
        for connector in CONNECTORS
        if session.provider in {"", connector.provider}
        and session.connector_profile_id in {"", connector.integration_id}
        and (not session.categories or {*session.categories} & {*connector.categories})
    ]


def connector(session: ConnectSession, integration_id: str) -> Connector:
    """One of the session's. Raises ``RefusedError`` (404)."""
    for candidate in connectors(session):
        if candidate.integration_id == integration_id:
            return candidate
    raise not_found("Connector not found")


def link(session: ConnectSession, chosen: Connector, filled: Filled) -> Account:
    """Create or update, as ``account_for`` says.

    Safe under concurrency: each transaction begins with its write, and where two create at once the
    unique constraint admits one and the other finds its account.
    Raises ``RefusedError``: 400 for an incomplete form or an inactive connector, 404, 409.
    """
    for _ in range(_TRIES):
        account = account_for(session, chosen.provider)
        try:
            if account is not None:
                return edit(session, account.pk, filled)
            return _create(session, chosen, filled)
        except (IntegrityError, Account.DoesNotExist):
            continue
    raise RefusedError(HTTPStatus.CONFLICT, "The account is being changed elsewhere")


def _create(session: ConnectSession, chosen: Connector, filled: Filled) -> Account:
    filled.check()
    if not chosen.active:
        raise bad_request(f"{chosen.name} is not enabled")
    return add(
        chosen,
        filled,
        project=session.project,
        type=session.type,
        origin_owner_id=session.origin_owner_id,
        origin_owner_name=session.origin_owner_name,
        origin_username=session.origin_username,
        label=session.label,
        is_extra=session.multiple,
    )


def add(connector: Connector, filled: Filled, **fields: Any) -> Account:
    """A new account; its webhooks are queued.

    Raises ``IntegrityError`` where there is one that matches, unless it ``is_extra``.
    """
    now = timezone.now()
    with transactions.atomic():
        account = Account.objects.create(
            provider=connector.provider,
            setup=filled.setup,
            secret_tails=filled.secret_tails,
            created_at=now,
            updated_at=now,
            **fields,
        )
        webhooks.emit(webhooks.CREATED, account)
    return account


def edit(session: ConnectSession, account_id: str, filled: Filled) -> Account:
    """Merge new credentials in; a broken account works again. Raises ``Account.DoesNotExist``.

    The account's owner and type stay: an edit is not a move.
    """
    with transactions.atomic():
        account = lock(account_id)
        filled.check({*account.setup, *account.secret_tails})
        account.setup |= filled.setup
        account.secret_tails |= filled.secret_tails
        account.label = session.label or account.label
        account.origin_username = session.origin_username or account.origin_username
        if account.status == "error":
            account.status, account.status_reasons = "active", []
        account.save()
        webhooks.emit(webhooks.UPDATED, account)
    return account


def change(
    account_id: str,
    fields: Mapping[str, str],
    filled: Filled | None = None,
    *,
    send_webhook: bool = True,
) -> Account:
    """Set the fields of an account (its owner included) and of its form that are not empty; an
    empty label takes the label back.

    Where its new owner has a matching account already, it becomes an extra one.
    Raises ``Account.DoesNotExist``.
    """
    form = filled or Filled({}, {})
    try:
        return _change(account_id, fields, form, send_webhook=send_webhook)
    except IntegrityError:
        return _change(account_id, fields, form, send_webhook=send_webhook, is_extra=True)


def _change(
    account_id: str,
    fields: Mapping[str, str],
    filled: Filled,
    *,
    send_webhook: bool,
    is_extra: bool = False,
) -> Account:
    with transactions.atomic():
        account = lock(account_id)
        for name, value in fields.items():
            # An empty label takes the name back; nothing else of an account can be empty.
            if value or name == "label":
                setattr(account, name, value)
        account.is_extra = account.is_extra or is_extra
        account.setup |= filled.setup
        account.secret_tails |= filled.secret_tails
        account.save()
        if send_webhook:
            webhooks.emit(webhooks.UPDATED, account)
    return account


def lock(account_id: str) -> Account:
    """The account, locked until the transaction ends, with a new ``updated_at``.

    Writing first takes the lock on every database; SQLite cannot upgrade a read lock.
    Raises ``Account.DoesNotExist``.
    """
    Account.objects.filter(pk=account_id).update(updated_at=timezone.now())
    return Account.objects.get(pk=account_id)


def expire_test_accounts() -> None:
    """Expire accounts of type ``test`` that have reached their lifetime (StackOne notes §3.7)."""
    lifetime = conf.test_account_lifetime()
    if lifetime is None:
        return
    ended = Account.objects.filter(
        type="test", status="active", created_at__lte=timezone.now() - lifetime
    )
    for account_id in list(ended.values_list("pk", flat=True)):
        with transactions.atomic():
            set_status(account_id, "expired", ["The test account has reached its end."])


def set_status(account_id: str, status: str, reasons: Sequence[str] = ()) -> None:
    """To be called in a transaction. Raises ``Account.DoesNotExist``."""
    account = lock(account_id)
    account.status = status
    account.status_reasons = [
        {"code": status, "description": reason, "timestamp": iso(account.updated_at)}
        for reason in reasons
    ]
    account.save()
    webhooks.emit(webhooks.UPDATED, account)


def delete(account: Account) -> None:
    """Raises ``Account.DoesNotExist`` when another request deleted it first."""
    with transactions.atomic():
        deleted, _ = Account.objects.filter(pk=account.pk).delete()
        if not deleted:
            raise Account.DoesNotExist
        webhooks.emit(webhooks.DELETED, account)
